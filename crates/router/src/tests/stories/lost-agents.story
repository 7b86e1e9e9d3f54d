# Agents who are lost: what they hold is kept for a while, then others have it. No chapter of the reference.

given a team
    0s queue All : 1==1
    0s queue Sales : dept == "sales"
    0s workflow Main : "default_filter":{"queue":"@All","priority":4}
    0s agent Ana chat=2
    1s agent Ben : {"dept":"sales"}
    2s connect Ana
    3s connect Ben
    10s task T1 in=C key=k => offer T1 Ana, made T1
    11s accept T1 Ana => accepted T1 Ana, Ana joined T1

# Proves I4.4.
story A lost agent keeps what they hold for a while
    with a team
    12s task T2 => offer T2 Ben, made T2
    13s task T3 => offer T3 Ana, made T3
    14s wrap T1 => wrapping T1 Ana, wrap-up of T1
    15s accept T3 Ana => accepted T3 Ana, Ana joined T3
    16s lost Ana
    17s complete T1 => completed T1 Ana, ended T1 completed (completed)
    18s task T4 => made T4, nobody for T4
    19s connect Ana => offer T4 Ana
    20s lost Ana
    25s accept T2 Ben => accepted T2 Ben, Ben joined T2
    26s wrap T2 => wrapping T2 Ben, wrap-up of T2
    27s lost Ben
    28s gone Ana => completed T3 Ana, rescinded T4 Ana, T3 moved to T3' (agent_lost), nobody for T3'
    28s show T3 => completed All - prio 4 since 13s agent lost
    28s show T3' => pending All - prio 4 since 13s
    29s gone Ben => completed T2 Ben, ended T2 completed (agent lost)
    30s connect Ben => offer T3' Ben
    31s connect Ana => offer T4 Ana

story A lost agent's task without a conversation keeps its id
    with a team
    12s task R rest => offer R Ben
    13s accept R Ben => accepted R Ben
    14s lost Ben
    15s gone Ben => canceled R Ben, offer R Ana
    15s show R => reserved All - prio 4 since 12s

# Proves I4.4.
story Gone counts, though the desk was never seen to close
    with a team
    20s gone Ana => completed T1 Ana, offer T1' Ben, T1 moved to T1' (agent_lost)

story Without a desk no offers
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All","skip_if":"workers.available == 1"}
    0s agent Ana
    1s task T1 => made T1, nobody for T1
    2s connect Ana => offer T1 Ana
    3s lost Ana
    22s tick => timeout T1 Ana, Ana Away

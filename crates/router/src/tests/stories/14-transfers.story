# Transfers (chapter 14), as ours are: a new task continues the old one. The customer keeps the place in line.

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

story To a worker
    with a team
    20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
    20s show T1 => completed All - prio 4 since 10s transferred
    20s show T2 => reserved All - prio 4 since 10s
    21s accept T2 Ben => accepted T2 Ben, Ben joined T2
    22s transfer T2 Ben as T3 => to same_worker
    23s transfer T1 Ana as T3 => it is completed

story To a worker who refuses: it takes the way of all, and the one who passed it on comes last
    with a team
    12s worker Cat
    20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
    21s reject T2 Ben => rejected T2 Ben, offer T2 Cat
    22s reject T2 Cat => rejected T2 Cat
    35s tick => offer T2 Ana
    36s show T2 => reserved All - prio 4 since 10s

story To a worker who misses it
    with a team
    20s transfer T1 Ben as T2 => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
    40s tick => timeout T2 Ben, Ben Away, offer T2 Ana

story To a worker who is away: the workflow has it again when an offer would be over
    with a team
    12s activity Ben Break
    20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, T1 moved to T2 (transferred), nobody for T2
    20s next => 35s
    39s tick =>
    40s tick => offer T2 Ana

story To a queue
    with a team
    12s worker Cat
    20s transfer T1 Sales as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
    21s reject T2 Ben => rejected T2 Ben
    21s show T2 => pending Sales - prio 4 since 10s
    36s tick => offer T2 Ben
    37s accept T2 Ben => accepted T2 Ben, Ben joined T2
    38s requeue T2 as T3 => completed T2 Ben, offer T3 Cat, T2 moved to T3 (requeued)
    38s show T3 => reserved All - prio 4 since 10s

story Back to the flow
    with a team
    20s transfer T1 flow as T2 by=Ana => completed T1 Ana, T1 back to flow
    21s task T3 rest => offer T3 Ben
    22s transfer T3 flow as T4 => to no_conversation
    23s task T5 => offer T5 Ana, made T5
    24s transfer T5 flow as T6 => canceled T5 Ana, T5 back to flow
    25s show T5 => canceled All - prio 4 since 23s transferred

story What nobody accepted yet simply moves
    with a team
    20s task T2 => offer T2 Ben, made T2
    21s transfer T2 Ana as T3 => rescinded T2 Ben, offer T2 Ana, T2 moved to T2 (transferred)
    22s transfer T2 Sales as T3 => rescinded T2 Ana, offer T2 Ben, T2 moved to T2 (transferred)
    23s accept T2 Ana => offer over
    24s requeue T2 as T3 by=Ben => rescinded T2 Ben, offer T2 Ana, T2 moved to T2 (requeued)

# Proves I4.3.
story Requeued, and behind nobody who came later
    with a team
    12s task T2 => offer T2 Ben, made T2
    13s accept T2 Ben => accepted T2 Ben, Ben joined T2
    14s task T3 => offer T3 Ana, made T3
    15s task T4 => made T4, nobody for T4
    20s requeue T1 as T5 by=Ana => completed T1 Ana, offer T4 Ana, T1 moved to T5 (requeued), nobody for T5
    21s complete T2 => completed T2 Ben, offer T5 Ben, ended T2 completed (completed)

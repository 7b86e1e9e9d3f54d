# Choosing worker and task (chapter 6).

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

story The worker longest without a task is offered it [D]
    with one queue
    0s worker Ana
    5s worker Ben
    10s task T1 => offer T1 Ana, made T1
    11s task T2 => offer T2 Ben, made T2
    12s accept T1 Ana => accepted T1 Ana, Ana joined T1
    13s accept T2 Ben => accepted T2 Ben, Ben joined T2
    20s complete T2 => completed T2 Ben, ended T2 completed (completed)
    30s complete T1 => completed T1 Ana, ended T1 completed (completed)
    40s task T3 => offer T3 Ben, made T3

story `order_by` comes before idleness, clause by clause [D]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"targets":[{"queue":"@Q","order_by":"worker.level DESC, worker.channel.chat.assigned_tasks ASC"}]}]
    0s worker Ana chat=2 : {"level":1}
    1s worker Ben chat=2 : {"level":2}
    2s worker Cat chat=2 : {"level":2}
    3s worker Dan chat=2
    10s task T1 => offer T1 Ben, made T1
    10s why T1 Ben
        => skill (1==1), activity (Available), capacity (chat: 0 of 2 in use), order (worker.level DESC,
           worker.channel.chat.assigned_tasks ASC), order (longest idle: 9 s), Ana order (idle: 10 s), Cat order (idle: 8 s),
           Dan order (idle: 7 s)
    11s accept T1 Ben => accepted T1 Ben, Ben joined T1
    20s task T2 => offer T2 Cat, made T2

story Higher priority first, then the earlier virtual start [D]
    with one queue
    0s task T1 => made T1, nobody for T1
    600s task T2 prio=1 => made T2, nobody for T2
    601s task T3 prio=1 since=599s => made T3, nobody for T3
    602s worker Ana chat=2 => offer T3 Ana, offer T2 Ana
    603s reject T3 Ana => rejected T3 Ana, offer T1 Ana

story Of equal priority: queues that are first-in before those that are last-in, and there the newest first [O]
    0s queue Old lifo : 1==1
    0s queue New : 1==1
    0s workflow Main : "filters":[{"expression":"q == 'old'","targets":[{"queue":"@Old"}]}],"default_filter":{"queue":"@New"}
    0s task T1 : {"q":"old"} => made T1, nobody for T1
    1s task T2 : {"q":"old"} => made T2, nobody for T2
    2s task T3 => made T3, nobody for T3
    3s worker Ana chat=2 => offer T3 Ana, offer T2 Ana

story The order of queues as it comes: first-in queues go first [O]
    0s queue In : 1==1
    0s queue Out lifo : 1==1
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
    0s settings
    1s task Old => made Old, nobody for Old
    2s task New1 : {"q":1} => made New1, nobody for New1
    3s task New2 : {"q":1} => made New2, nobody for New2
    4s worker Ana => offer Old Ana

story Last-in queues may go first [O]
    0s queue In : 1==1
    0s queue Out lifo : 1==1
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
    0s settings lifo
    1s task Old => made Old, nobody for Old
    2s task New1 : {"q":1} => made New1, nobody for New1
    3s task New2 : {"q":1} => made New2, nobody for New2
    4s worker Ana => offer New2 Ana

story A changed order of queues counts for those who wait already [O]
    0s queue In : 1==1
    0s queue Out lifo : 1==1
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
    1s task Old => made Old, nobody for Old
    2s task New : {"q":1} => made New, nobody for New
    3s settings lifo
    4s worker Ana => offer New Ana

story Idleness is that on any channel [D]
    with one queue
    0s worker Ana
    0s worker Ben
    0s channel sms
    1s task T1 on=sms => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s complete T1 => completed T1 Ana, ended T1 completed (completed)
    4s task T2 => offer T2 Ben, made T2
    5s accept T2 Ben => accepted T2 Ben, Ben joined T2
    6s complete T2 => completed T2 Ben, ended T2 completed (completed)
    7s task T3 on=sms => offer T3 Ana, made T3

story A channel may measure idleness by itself: Ana rested longer, but had the last message; Ben never had one [D]
    with one queue
    0s worker Ana
    0s worker Ben
    0s channel sms optimized
    1s task T1 on=sms => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s complete T1 => completed T1 Ana, ended T1 completed (completed)
    4s task T2 => offer T2 Ben, made T2
    5s accept T2 Ben => accepted T2 Ben, Ben joined T2
    6s complete T2 => completed T2 Ben, ended T2 completed (completed)
    7s task T3 on=sms => offer T3 Ben, made T3

# Proves I4.1 and I5.1.
story Several may be asked at once, and the first accept wins [D]
    0s queue All max=3 : 1==1
    0s workflow Main : "filters":[],"default_filter":{"queue":"@All"}
    0s worker Ana
    1s worker Ben
    2s worker Cat
    3s worker Dan
    10s task T1 => offer T1 Ana, offer T1 Ben, offer T1 Cat, made T1
    10s slot T1 Cat => offer 2 slot Some(0) of 1
    10s why T1 Ben
        => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 9 s),
           Ana held (has the offer already), Cat order (idle: 8 s), Dan order (idle: 7 s)
    11s reject T1 Ben => rejected T1 Ben, offer T1 Dan
    11s slot T1 Dan => offer 1 slot Some(0) of 1
    12s accept T1 Cat => accepted T1 Cat, rescinded T1 Ana, rescinded T1 Dan, Cat joined T1
    13s accept T1 Ana => taken by Cat
    14s accept T1 Ben => it is rejected
    15s show T1 => assigned All - prio 0 since 10s

story A task for one worker may ignore capacity and activity [O]
    with one queue
    0s worker Ana chat=0
    0s worker Ben
    1s task T1 to=Ana => made T1, nobody for T1
    2s task T2 to=Ana ignore => offer T2 Ana, made T2
    2s slot T2 Ana => offer 0 slot None of 0
    2s why T2 Ana
        => skill (asked for directly), activity (Available), capacity (capacity ignored), order (longest idle: 2 s),
           Ben skill (another worker was asked for)
    3s activity Ana Break => rejected T2 Ana, ended T2 canceled (routing target refused)
    4s task T3 to=Ana ignore => offer T3 Ana, made T3
    5s task T4 ignore => refused (ignore_capacity: only a task for one worker may ignore capacity), ignore_capacity needs_worker
    6s task T5 to=Ben workflow=Main => offer T5 Ben, made T5
    7s task T6 queue=All => made T6, nobody for T6
    8s reject T5 Ben => rejected T5 Ben, offer T6 Ben

story Nobody is there: told once, and the task waits its turn
    with one queue
    0s task T1 => made T1, nobody for T1
    1s task T2 => made T2, nobody for T2
    2s worker Ana => offer T1 Ana
    3s accept T1 Ana => accepted T1 Ana, Ana joined T1
    4s complete T1 => completed T1 Ana, offer T2 Ana, ended T1 completed (completed)
    24s tick => timeout T2 Ana, Ana Away
    24s show T2 => pending All - prio 0 since 1s

story Who rejects comes after everybody free, and not before the pause is over
    with one queue
    0s worker Ana
    1s worker Ben
    10s task T1 => offer T1 Ana, made T1
    12s reject T1 Ana => rejected T1 Ana, offer T1 Ben
    14s reject T1 Ben => rejected T1 Ben
    14s next => 27s
    26s tick =>
    27s tick => offer T1 Ana
    27s why T1 Ana
        => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 27 s),
           Ben rejected_recently (refused 13 s ago)
    28s reject T1 Ana => rejected T1 Ana
    28s next => 29s
    29s tick => offer T1 Ben
    30s show T1 => reserved All - prio 0 since 10s

story Who refused waits while somebody else has the offer
    with one queue
    0s worker Ana
    10s task T1 => offer T1 Ana, made T1
    11s reject T1 Ana => rejected T1 Ana
    12s worker Ben => offer T1 Ben
    26s tick =>
    32s tick => timeout T1 Ben, Ben Away, offer T1 Ana

story Without a pause a refused task comes again at once [U]
    with one queue
    0s settings reoffer=0
    0s worker Ana
    0s worker Ben
    1s task T1 => offer T1 Ana, made T1
    2s reject T1 Ana => rejected T1 Ana, offer T1 Ben
    3s reject T1 Ben => rejected T1 Ben, offer T1 Ana
    4s reject T1 Ana => rejected T1 Ana, offer T1 Ben

story An offer names what was against each of the others
    0s queue Korean : languages HAS "ko"
    0s workflow W : "default_filter":{"queue":"@Korean","expression":"worker.level >= task.tier"}
    0s worker Ana : {"languages":["en"]}
    0s worker Ben : {"languages":["ko"],"level":1}
    0s worker Cat chat=0 : {"languages":["ko"],"level":3}
    0s agent Dan : {"languages":["ko"],"level":3}
    0s worker Eve : {"languages":["ko"],"level":3}
    0s worker Fay : {"languages":["ko"],"level":3}
    0s activity Fay Break
    1s task T : {"tier":2} => offer T Eve, made T
    1s why T Eve
        => skill (languages HAS "ko"), skill (worker.level >= task.tier), activity (Available), capacity (chat: 0 of 1 in use),
           order (longest idle: 1 s), Ana skill (languages HAS "ko"), Ben skill (worker.level >= task.tier),
           Cat capacity (chat: 0 of 0 in use), Dan connection (no desk connected), Fay activity (Break)

story The older task of lower priority waits behind the younger one [D, trace J]
    with one queue
    0s task T1 => made T1, nobody for T1
    599s task T2 prio=1 => made T2, nobody for T2
    600s worker Bob => offer T2 Bob

story Three are asked at once, one accepts, and it counts as one offer [D, trace K]
    0s queue All max=3 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Bob
    0s worker Cat
    0s worker Dan
    1s task T => offer T Bob, offer T Cat, offer T Dan, made T
    1s happened
        => task.created T, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, reservation.created Bob,
           reservation.created Cat, reservation.created Dan
    1s counted T => 1
    2s accept T Cat => accepted T Cat, rescinded T Bob, rescinded T Dan, Cat joined T
    2s happened => reservation.accepted Cat, reservation.rescinded Bob, reservation.rescinded Dan
    2s show T => assigned All - prio 0 since 1s
    2s counted T => 1

story Of several offers the task is pending again only when the last has ended [D]
    0s queue All max=2 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Bob
    0s worker Cat
    1s task T => offer T Bob, offer T Cat, made T
    2s reject T Bob Break => rejected T Bob
    2s show T => reserved All - prio 0 since 1s
    3s reject T Cat Break => rejected T Cat, nobody for T
    3s show T => pending All - prio 0 since 1s
    3s counted T => 1

story Fewer than may be asked are there: who comes later is asked beside them [D]
    0s queue All max=3 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Bob
    1s task T => offer T Bob, made T
    2s worker Cat => offer T Cat
    2s counted T => 1

story Priority counts before age, also between queues [D]
    0s queue A : 1==1
    0s queue B : 1==1
    0s workflow Main : "filters":[{"expression":"q == 'b'","targets":[{"queue":"@B"}]}],"default_filter":{"queue":"@A"}
    0s task Old => made Old, nobody for Old
    1s task New prio=1 : {"q":"b"} => made New, nobody for New
    2s worker Ana => offer New Ana

story In a queue that is last-in the newest of equal priority goes first, and higher priority before it [D]
    0s queue All lifo : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s task T1 => made T1, nobody for T1
    1s task T2 prio=1 => made T2, nobody for T2
    2s task T3 => made T3, nobody for T3
    3s worker Ana chat=3 => offer T2 Ana, offer T3 Ana, offer T1 Ana

story Priority counts before the order of queues [U]
    0s queue In : 1==1
    0s queue Out lifo : 1==1
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
    0s task T1 => made T1, nobody for T1
    1s task T2 prio=1 : {"q":1} => made T2, nobody for T2
    2s worker Ana => offer T2 Ana

story Without the attribute of `order_by` a worker comes last, in both directions [U]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q","order_by":"worker.level ASC"}]}],
        "default_filter":{"queue":"@Q","order_by":"worker.level DESC"}
    0s worker Ana
    1s worker Ben : {"level":1}
    2s worker Cat : {"level":2}
    3s task T1 : {"a":1} => offer T1 Ben, made T1
    3s cancel T1 => canceled T1 Ben, ended T1 canceled (asked to)
    4s task T2 => offer T2 Cat, made T2
    4s cancel T2 => canceled T2 Cat, ended T2 canceled (asked to)

story Equal by `order_by`, the next clause decides, and at last who was longest without a task [D]
    0s queue Q : 1==1
    0s workflow W : "default_filter":{"queue":"@Q","order_by":"worker.level DESC, worker.cost"}
    0s worker Ana : {"level":1}
    1s worker Ben : {"level":2,"cost":5}
    2s worker Cat : {"level":2,"cost":3}
    3s worker Dan : {"level":2,"cost":3}
    4s task T1 => offer T1 Cat, made T1
    4s task T2 => offer T2 Dan, made T2
    4s task T3 => offer T3 Ben, made T3
    4s task T4 => offer T4 Ana, made T4

story An offer that was refused is no task: idleness runs on [D]
    with one queue
    0s worker Ana
    1s worker Ben
    2s task T1 => offer T1 Ana, made T1
    3s reject T1 Ana => rejected T1 Ana, offer T1 Ben
    4s task T2 => offer T2 Ana, made T2

story A queue without an expression has nobody; one that says nothing of it has everybody [O, vector 20]
    0s queue Nobody :
    0s queue All : 1==1
    0s worker Ana
    1s task T1 queue=Nobody => made T1, nobody for T1
    2s task T2 queue=All => offer T2 Ana, made T2

story A queue asks up to fifty at once
    0s queue All max=50 : 1==1
    0s queue All max=0 : 1==1 => max_reserved_workers out_of_range
    0s queue All max=51 : 1==1 => max_reserved_workers out_of_range

story A task for one worker waits for that worker alone; one that ignores capacity does not wait [O]
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T1 to=Ana => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s task T2 to=Ana => made T2, nobody for T2
    4s task T3 to=Ana ignore => offer T3 Ana, made T3
    5s complete T1 => completed T1 Ana, offer T2 Ana, ended T1 completed (completed)

story A task for one worker ends when that worker refuses it [D][U]
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T1 to=Ana => offer T1 Ana, made T1
    2s reject T1 Ana => rejected T1 Ana, ended T1 canceled (routing target refused)

story A task for one worker ends when that worker misses it [U]
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T1 to=Ana => offer T1 Ana, made T1
    1s next => 121s
    121s tick => timeout T1 Ana, Ana Away, ended T1 canceled (routing target refused)

# The life of a reservation (chapter 10).

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

# Proves I4.3.
story A missed offer puts the worker into the timeout activity and the task back into its place [D]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s task T2 => made T2, nobody for T2
    3s next => 21s
    21s tick => timeout T1 Ana, Ana Away, nobody for T1
    22s activity Ana Available => offer T2 Ana
    23s worker Ben => offer T1 Ben

# Proves I5.2.
story An offer is over at its deadline, though no tick has run
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    21s accept T1 Ana => timeout T1 Ana, Ana Away, nobody for T1, offer over
    22s activity Ana Available =>
    36s tick => offer T1 Ana
    55s accept T1 Ana => accepted T1 Ana, Ana joined T1
    56s accept T1 Ana => taken by Ana
    57s complete T1 => completed T1 Ana, ended T1 completed (completed)
    58s accept T1 Ana => it is completed
    59s complete T1 => it is completed

story Rejecting may name an activity [D]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s reject T1 Ana Break => rejected T1 Ana, nobody for T1
    3s reject T1 Ana => it is rejected
    4s worker Ben => offer T1 Ben
    4s why T1 Ben
        => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 0 s), Ana activity (Break)

story Pending, accepted, wrapping, completed [D]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s accept T Ana => accepted T Ana, Ana joined T
    3s wrap T => wrapping T Ana, wrap-up of T
    4s complete T => completed T Ana, ended T completed (completed)

story When a task is canceled its offers are canceled [D]
    0s queue All max=2 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Ana
    0s worker Ben
    1s task T => offer T Ana, offer T Ben, made T
    2s cancel T => canceled T Ana, canceled T Ben, ended T canceled (asked to)

story When an offer is accepted those beside it are rescinded [D]
    0s queue All max=2 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Ana
    0s worker Ben
    1s task T => offer T Ana, offer T Ben, made T
    2s accept T Ben => accepted T Ben, rescinded T Ana, Ben joined T
    3s accept T Ana => taken by Ben
    3s reject T Ana => taken by Ben

story What is no longer pending cannot be accepted or rejected [D]
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T => offer T Ana, made T
    2s reject T Ana => rejected T Ana, offer T Ben
    3s accept T Ana => it is rejected
    3s reject T Ana => it is rejected
    4s accept T Ben => accepted T Ben, Ben joined T
    5s reject T Ben => taken by Ben
    6s wrap T => wrapping T Ben, wrap-up of T
    6s accept T Ben => taken by Ben
    7s complete T => completed T Ben, ended T completed (completed)
    7s accept T Ben => it is completed
    7s reject T Ben => it is completed

story Accepting rejects nothing else [D]
    with one queue
    0s worker Ana chat=2
    1s task T1 => offer T1 Ana, made T1
    1s task T2 => offer T2 Ana, made T2
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s accept T2 Ana => accepted T2 Ana, Ana joined T2

story An offer that could not be carried out is canceled, and its worker did nothing [F]
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T => offer T Ana, made T
    2s withdraw T Ana => canceled T Ana, offer T Ben
    2s happened => reservation.canceled Ana, reservation.created Ben

story An offer stands as long as its workflow says, and two minutes where there is none
    0s queue All : 1==1
    0s workflow Main timeout=7 : "default_filter":{"queue":"@All"}
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    1s next => 8s
    8s tick => timeout T1 Ana, Ana Away, nobody for T1
    9s cancel T1 => ended T1 canceled (asked to)
    9s activity Ana Available
    10s task T2 queue=All => offer T2 Ana, made T2
    10s next => 130s

# Activities and the state of workers (chapter 7), and what of them may be written.

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

story Who becomes unavailable refuses what is offered, and keeps what was accepted [D][U]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s worker Ben
    3s activity Ana Break => rejected T1 Ana, offer T1 Ben
    4s accept T1 Ben => accepted T1 Ben, Ben joined T1
    5s activity Ben Break
    6s complete T1 => completed T1 Ben, ended T1 completed (completed)

story A queue may ask for an activity, and for a name [D]
    0s queue Break : activity_name == "Break"
    0s queue Ana : friendly_name == "Ana"
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Break","skip_if":"workers.unavailable == 0"},
        {"queue":"@Ana"}]}]
    0s worker Ana
    1s task T1 : {"q":1} => offer T1 Ana, made T1
    2s activity Ana Break => rejected T1 Ana, nobody for T1
    3s task T2 : {"q":1} => made T2, nobody for T2
    4s show T2 => pending Break 0.0 prio 0 since 3s

story Changed attributes and changed queues find the tasks that wait
    0s queue Vip : vip == true
    0s workflow Main : "default_filter":{"queue":"@Vip"}
    0s worker Ana
    1s task T1 => made T1, nobody for T1
    2s worker Ana : {"vip":true} => offer T1 Ana
    3s worker Ben
    4s task T2 => made T2, nobody for T2
    5s queue Vip max=2 : 1==1 => offer T1 Ben
    6s reject T1 Ben => rejected T1 Ben, offer T2 Ben
    7s queue Vip version=1 : 1==1 => stale
    8s queue Vip max=51 : 1==1 => max_reserved_workers out_of_range
    9s queue Vip : vip == => target_workers syntax at 6
    10s queue VIP => name taken
    11s queue Empty

story What is written of a worker is checked
    with one queue
    0s worker Ana
    1s worker ana => name taken
    1s worker Ben : [] => attributes wrong_type
    1s worker Ben : {"a" => attributes not_json
    1s worker Ben chat=-1 => channels.chat.capacity out_of_range
    1s worker Ben version=3 => stale
    1s worker Ana version=7 => stale

story What is needed cannot be deleted
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s delete Ana => in use: Ana has 1 open tasks or offers
    3s reject T1 Ana Break => rejected T1 Ana, nobody for T1
    4s delete Ana => in use: this is the last worker and 1 tasks wait
    4s delete Break => in use: Ana is in this activity
    4s delete Away => in use: a missed offer puts agents into this activity
    5s delete All => in use: the workflow Main sends tasks to this queue
    5s delete Main => in use: 1 open tasks are in this workflow
    6s cancel T1 => ended T1 canceled (asked to)
    7s delete Ana version=1 => stale
    8s delete Ana
    9s delete Ana => no such worker
    10s delete Main
    11s delete All
    12s delete Offline

story The last queue stays while tasks wait
    0s worker Ana chat=0
    0s queue All
    1s task T1 to=Ana => made T1, nobody for T1
    2s delete All => in use: this is the last queue and 1 tasks wait
    3s cancel T1 => ended T1 canceled (asked to)
    4s task T2 queue=All => made T2, nobody for T2
    5s delete All => in use: 1 open tasks are in this queue

story The tasks of a deleted worker take the way of all
    with one queue
    0s worker Ana
    0s worker Ben chat=0
    1s task T1 to=Ben workflow=Main => made T1, nobody for T1
    2s task T2 to=Ben => made T2, nobody for T2
    3s delete Ben => offer T1 Ana, ended T2 canceled (routing target refused)

story A worker who moves from one available activity to another keeps what is offered [D]
    with one queue
    0s make Phone available
    0s worker Ana
    1s task T => offer T Ana, made T
    2s activity Ana Phone
    3s accept T Ana => accepted T Ana, Ana joined T

story Who becomes unavailable gets no more offers, and goes on with what was accepted [D]
    with one queue
    0s worker Ana chat=2
    1s task T1 => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s activity Ana Break
    4s task T2 => made T2, nobody for T2
    5s wrap T1 => wrapping T1 Ana, wrap-up of T1
    6s complete T1 => completed T1 Ana, ended T1 completed (completed)
    7s activity Ana Available => offer T2 Ana

story A missed offer moves the worker; another offer to them stands [D]
    with one queue
    0s worker Ana chat=2
    1s task T1 => offer T1 Ana, made T1
    6s task T2 => offer T2 Ana, made T2
    21s tick => timeout T1 Ana, Ana Away, nobody for T1
    22s accept T2 Ana => accepted T2 Ana, Ana joined T2

story Who is unavailable already stays where they are when an offer is missed
    with one queue
    0s worker Ana chat=0
    0s activity Ana Break
    1s task T to=Ana ignore => offer T Ana, made T
    121s tick => timeout T Ana, ended T canceled (routing target refused)

story The activity for missed offers is a setting [O]
    with one queue
    0s settings away=Break
    0s worker Ana
    1s task T => offer T Ana, made T
    21s tick => timeout T Ana, Ana Break, nobody for T

story Rejecting without an activity leaves the worker where they are [D]
    with one queue
    0s settings reoffer=0
    0s worker Ana
    1s task T => offer T Ana, made T
    2s reject T Ana => rejected T Ana, offer T Ana

story Rejecting may name an available activity too
    with one queue
    0s settings reoffer=0
    0s make Phone available
    0s worker Ana
    1s task T => offer T Ana, made T
    2s reject T Ana Phone => rejected T Ana, offer T Ana

story Whether an activity is available is decided when it is made; its name may change [F]
    0s queue Resting : activity_name == "Rest"
    0s worker Ana
    0s activity Ana Break
    1s task T queue=Resting ignore to=Ana => offer T Ana, made T
    1s cancel T => canceled T Ana, ended T canceled (asked to)
    1s task T2 queue=Resting => made T2, nobody for T2
    2s make Break available
    3s make Break as=Rest
    3s waits T2 => place 1; activity_name == "Rest"; Ana activity (Rest); 1 activity
    4s make Break as=available => name taken
    5s make Other as=AVAILABLE => name taken

story System fields of a worker may be asked for, and come before attributes of the same name [D]
    0s worker Ana : {"friendly_name":"Ben","activity_name":"Break","sid":"x"}
    0s queue Q1 : friendly_name == "Ana" AND activity_name == "Available"
    0s queue Q2 : sid == "@Ana" AND activity_sid == "@Available"
    0s queue Q3 : sid == "x"
    1s task T1 queue=Q1 => offer T1 Ana, made T1
    1s cancel T1 => canceled T1 Ana, ended T1 canceled (asked to)
    1s task T2 queue=Q2 => offer T2 Ana, made T2
    1s cancel T2 => canceled T2 Ana, ended T2 canceled (asked to)
    1s task T3 queue=Q3 => made T3, nobody for T3

story A target asks for system fields of the worker beside its attributes [D]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"targets":[{"queue":"@Q","expression":"task.worker_sid = worker.sid OR task.name == worker.friendly_name
        OR task.doing == worker.activity_name OR task.activity == worker.activity_sid"}]}]
    0s worker Ana chat=9
    0s worker Ben chat=9
    1s task T1 : {"worker_sid":"@Ben","name":"x","doing":"x","activity":"x"} => offer T1 Ben, made T1
    2s task T2 : {"worker_sid":"x","name":"Ana","doing":"x","activity":"x"} => offer T2 Ana, made T2
    3s activity Ben Break => rejected T1 Ben, nobody for T1
    4s task T3 : {"worker_sid":"x","name":"x","doing":"Available","activity":"x"} => offer T3 Ana, made T3
    5s task T4 : {"worker_sid":"x","name":"x","doing":"x","activity":"@Available"} => offer T4 Ana, made T4
    6s task T5 : {"worker_sid":"x","name":"x","doing":"Break","activity":"@Break"} => made T5, nobody for T5

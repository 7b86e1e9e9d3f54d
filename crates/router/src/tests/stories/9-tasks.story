# The life of a task (chapter 9).

given two queues
    0s queue Q1 : name == "nobody"
    0s queue Q2 : 1==1
    0s worker Bob : {"level":2,"agent":"bob"}

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

story A closed conversation ends its tasks, and a task that waits may be canceled [D]
    with one queue
    0s worker Ana
    1s task T1 in=C => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s task T2 in=C => made T2, nobody for T2
    4s close C => completed T1 Ana, ended T1 completed (closed), ended T2 canceled (closed)
    5s task T3 => offer T3 Ana, made T3
    6s cancel T3 => canceled T3 Ana, ended T3 canceled (asked to)
    7s cancel T3 => it is canceled
    8s close C =>

story A change and the end that comes with it are one [D]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    1s happened => task.created T1, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, reservation.created Ana
    2s update T1 prio=3 end=wrapping => it is reserved
    2s happened
    3s update T1 prio=-1 end=canceled => priority out_of_range
    3s happened
    4s accept T1 Ana => accepted T1 Ana, Ana joined T1
    4s happened => reservation.accepted Ana
    5s update T1 end=canceled : {"a":1} => it is assigned
    5s happened
    6s update T1 prio=3 end=wrapping => wrapping T1 Ana, wrap-up of T1
    6s happened => task.updated T1, reservation.wrapup Ana, task.wrapup T1
    7s update T1 end=completed => completed T1 Ana, ended T1 completed (completed)
    7s happened => reservation.completed Ana, task.completed T1
    8s update T1 end=completed => it is completed

story Only who is assigned wraps up, only who waits is canceled, and the wrap-up ends by itself [D]
    with one queue
    0s settings wrap=30
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s wrap T1 => it is reserved
    2s complete T1 => it is reserved
    3s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s cancel T1 => it is assigned
    4s wrap T1 => wrapping T1 Ana, wrap-up of T1
    4s next => 34s
    34s tick => completed T1 Ana, ended T1 completed (wrap-up time over)
    35s settings wrap=0
    36s task T2 => offer T2 Ana, made T2
    37s accept T2 Ana => accepted T2 Ana, Ana joined T2
    38s wrap T2 => wrapping T2 Ana, wrap-up of T2
    38s next => never

story A task that waits too long is canceled, with its offers [D]
    with one queue
    0s worker Ana
    1s task T1 ttl=10 => offer T1 Ana, made T1
    2s task T2 ttl=5 => made T2, nobody for T2
    7s tick => ended T2 timed_out (Task TTL Exceeded)
    11s accept T1 Ana => canceled T1 Ana, ended T1 timed_out (Task TTL Exceeded), offer over
    12s show T1 => canceled All - prio 0 since 1s Task TTL Exceeded

# Proves I3.1.
story The same wish is the same task
    with one queue
    0s task T1 in=C key=step4 => made T1, nobody for T1
    1s task T2 in=C key=step4 =>
    2s task T3 in=C key=step5 => made T3, nobody for T3
    3s task T4 in=D key=step4 => made T4, nobody for T4
    4s task T1 =>

story Wrong requests are refused, and the conversation hears of it
    with one queue
    0s task T1 : [1] => refused (attributes: attributes are a JSON object), attributes wrong_type
    0s task T2 : {"a": => refused (attributes: EOF while parsing a value at line 1 column 5), attributes not_json
    0s task T3 ttl=0 => refused (timeout_s: must be from 1 to 1209600), timeout_s out_of_range
    0s task T4 rest on=9x => channel wrong_name
    0s task T5 prio=-1 rest => priority out_of_range
    0s task T6 since=5s rest => virtual_start_time out_of_range
    1s workflow Other : "filters":[]
    1s task T7 => refused (workflow_id: which workflow routes this task?), workflow_id required
    1s task T8 workflow=Other => refused (attributes: no filter matches), attributes no_filter_matches

story A waiting task may change its channel and its virtual start, which moves it in line [D]
    with two queues
    0s workflow W timeout=10 : "default_filter":{"queue":"@Q2"}
    0s activity Bob Break
    0s task T1 => made T1, nobody for T1
    1s task T2 => made T2, nobody for T2
    2s update T2 since=-60
    2s update T2 since=90 => virtual_start_time out_of_range
    2s update T2 since=-2300000000 => virtual_start_time out_of_range
    2s update T2 on=2nd => channel wrong_name
    3s activity Bob Available => offer T2 Bob
    4s update T1 on=sms => offer T1 Bob
    5s accept T2 Bob => accepted T2 Bob, Bob joined T2
    6s update T2 on=sms => it is assigned
    7s update T2 prio=7
    7s show T2 => assigned Q2 - prio 7 since -60s

story One attribute is written beside the others
    with two queues
    0s workflow W timeout=10 : "default_filter":{"queue":"@Q2","expression":"task.a == 1 AND task.b == 2"}
    0s task T : {"a":1,"c":"kept"} => made T, nobody for T
    1s set T b : 2 => offer T Bob
    1s attributes T => {"a":1,"c":"kept","b":2}
    2s set T b
    2s attributes T => {"a":1,"c":"kept"}

story From pending over reserved, assigned and wrapping to completed [D]
    with one queue
    0s task T => made T, nobody for T
    0s show T => pending All - prio 0 since 0s
    1s worker Ana => offer T Ana
    1s show T => reserved All - prio 0 since 0s
    2s accept T Ana => accepted T Ana, Ana joined T
    2s show T => assigned All - prio 0 since 0s
    3s wrap T => wrapping T Ana, wrap-up of T
    3s show T => wrapping All - prio 0 since 0s
    4s complete T => completed T Ana, ended T completed (completed)
    4s show T => completed All - prio 0 since 0s completed

story An assigned task may be completed without a wrap-up [D]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s accept T Ana => accepted T Ana, Ana joined T
    3s complete T => completed T Ana, ended T completed (completed)

story When its last offer ended a task is pending again [D]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s reject T Ana Break => rejected T Ana, nobody for T
    2s show T => pending All - prio 0 since 1s
    3s activity Ana Available
    17s tick => offer T Ana
    18s withdraw T Ana => canceled T Ana
    18s show T => pending All - prio 0 since 1s

story What waits cannot be completed or wrapped up, what is assigned cannot be canceled, and what ended is over [D][U]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    1s complete T => it is reserved
    1s wrap T => it is reserved
    2s accept T Ana => accepted T Ana, Ana joined T
    2s cancel T => it is assigned
    3s wrap T => wrapping T Ana, wrap-up of T
    3s wrap T => it is wrapping
    3s cancel T => it is wrapping
    4s complete T => completed T Ana, ended T completed (completed)
    5s complete T => it is completed
    5s wrap T => it is completed
    5s cancel T => it is completed
    5s update T prio=1 => it is completed
    5s transfer T Ana as T2 => it is completed

story The time of a task runs while it is pending or reserved, and no more once it is assigned [D]
    with one queue
    0s worker Ana
    1s task T1 ttl=10 => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    2s next => never
    100s tick
    100s show T1 => assigned All - prio 0 since 1s

story The time of a task that is reserved runs too: its offer is canceled [D]
    with one queue
    0s worker Ana
    1s task T1 ttl=10 => offer T1 Ana, made T1
    11s tick => canceled T1 Ana, ended T1 timed_out (Task TTL Exceeded)
    11s show T1 => canceled All - prio 0 since 1s Task TTL Exceeded

story From one second to two weeks, and a priority up to 2,147,483,647 [O]
    with one queue
    0s task T1 rest ttl=1209600
    0s task T2 rest ttl=1209601 => timeout_s out_of_range
    0s task T3 rest ttl=0 => timeout_s out_of_range
    0s task T4 rest prio=2147483647
    0s show T4 => pending All - prio 2147483647 since 0s
    0s task T5 rest prio=2147483648 => priority out_of_range
    0s update T1 prio=-1 => priority out_of_range

story New attributes take the place of all that was there [D]
    with one queue
    0s task T : {"a":1,"b":2} => made T, nobody for T
    1s update T : {"b":3}
    1s attributes T => {"b":3}
    2s update T : [] => attributes wrong_type
    2s attributes T => {"b":3}

story Attributes may be written as long as a task is open [F]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s accept T Ana => accepted T Ana, Ana joined T
    3s update T : {"a":1}
    4s wrap T => wrapping T Ana, wrap-up of T
    5s update T : {"a":2}
    5s attributes T => {"a":2}

story A higher priority moves a task that waits to the front, an earlier start before its equals [D]
    with one queue
    0s task T1 => made T1, nobody for T1
    1s task T2 => made T2, nobody for T2
    2s task T3 => made T3, nobody for T3
    3s update T3 prio=1
    4s update T2 since=-5
    5s worker Ana chat=2 => offer T3 Ana, offer T2 Ana

story With more than one workflow a task must say which [O]
    with one queue
    0s workflow Other : "default_filter":{"queue":"@All"}
    0s task T1 rest => workflow_id required
    0s task T2 rest workflow=Other
    0s show T2 => pending All - prio 0 since 0s

story A task of no conversation is deleted when it was assigned for 24 hours [D]
    with one queue
    0s worker Ana
    1s task T rest => offer T Ana
    2s accept T Ana => accepted T Ana
    2s next => 86402s
    86401s tick
    86402s tick => canceled T Ana
    86402s happened => reservation.canceled Ana, task.system-deleted T
    86402s show T => canceled All - prio 0 since 1s assigned for 24 hours
    86403s complete T => it is canceled

story The 24 hours begin anew with another agent, and end with the wrap-up [D]
    with one queue
    0s settings wrap=0
    0s agent Ana
    0s connect Ana
    1s task T rest => offer T Ana
    2s accept T Ana => accepted T Ana
    80000s gone Ana => canceled T Ana
    80000s connect Ana => offer T Ana
    80001s accept T Ana => accepted T Ana
    80001s next => 166401s
    100000s wrap T => wrapping T Ana
    100000s next => never

story A conversation's task has no such end
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s accept T Ana => accepted T Ana, Ana joined T
    2s next => never

story A task may wait for two weeks, and not a second longer [D]
    with one queue
    0s task T rest ttl=1209600
    1209599s tick
    1209600s tick
    1209600s happened => task.canceled T
    1209600s show T => canceled All - prio 0 since 0s Task TTL Exceeded

story A task may be sent to a workflow [O]
    with one queue
    0s workflow Other : "default_filter":{"queue":"@All","priority":7}
    0s task T rest through=Other
    0s show T => pending All - prio 7 since 0s
    0s happened => task.created T, workflow.entered Other, workflow.target-matched Other, task-queue.entered All
    1s task T2 rest through=Other workflow=Main => routing_workflow exclusive
    1s task T3 rest through=Other queue=All => routing_workflow exclusive

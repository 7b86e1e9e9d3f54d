# What the reference leaves open, read otherwise: one story for each reading that a workspace may switch on.

given two queues
    0s queue Q1 : lang == "xx"
    0s queue Q2 : 1==1

story Values in expressions are read as the workspace says, and queues and workflows anew when that changes
    0s queue Big : name == "ANA"
    0s workflow W : "filters":[{"expression":"tier < 5","targets":[{"queue":"@Big"}]}]
    0s worker Ana : {"name":"Ana"}
    0s task T1 => refused (attributes: no filter matches), attributes no_filter_matches
    1s settings read=null_is_zero
    2s task T2 => made T2, nobody for T2
    3s settings read=ignore_case => offer T2 Ana
    3s task T3 => refused (attributes: no filter matches), attributes no_filter_matches
    4s accept T2 Ana => accepted T2 Ana, Ana joined T2

story What is read otherwise changes nothing of what waits, is offered and was accepted
    0s queue All : 1==1
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@All","timeout":30},{"queue":"@All"}]}]
    0s worker Ana chat=2
    0s task T1 => offer T1 Ana, made T1
    1s task T2 => offer T2 Ana, made T2
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s task T3 => made T3, nobody for T3
    4s settings read=ignore_case
    5s show T1 => assigned All 0.0 prio 0 since 0s
    5s show T2 => reserved All 0.0 prio 0 since 1s
    11s tick => timeout T2 Ana, Ana Away, nobody for T2
    33s tick
    33s show T3 => pending All 0.1 prio 0 since 3s

story order_by_inherited: a target without `order_by` takes that of the target before it
    0s queue Q : 1==1
    0s settings read=order_by_inherited
    0s workflow W : "filters":[{"targets":[{"queue":"@Q","expression":"1==0","skip_if":"1==1","order_by":"worker.level DESC"},{}]}]
    0s worker Ana : {"level":1}
    1s worker Ben : {"level":2}
    2s task T => offer T Ben, made T

story order_by_missing_first: without the attribute a worker comes first, in both directions
    0s queue Q : 1==1
    0s settings read=order_by_missing_first
    0s workflow W : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q","order_by":"worker.level ASC"}]}],
        "default_filter":{"queue":"@Q","order_by":"worker.level DESC"}
    0s worker Ben : {"level":1}
    1s worker Ana
    3s task T1 : {"a":1} => offer T1 Ana, made T1
    3s cancel T1 => canceled T1 Ana, ended T1 canceled (asked to)
    4s task T2 => offer T2 Ana, made T2

story timeout_ends_offers: the time of the target does not wait for the offer
    with two queues
    0s settings read=timeout_ends_offers
    0s workflow W timeout=60 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s worker Bob
    0s task T => offer T Bob, made T
    0s next => 5s
    5s tick => rescinded T Bob, nobody for T
    5s show T => pending Q1 0.1 prio 0 since 0s

story timeout_ends_offers: who accepted before is not interrupted
    with two queues
    0s settings read=timeout_ends_offers
    0s workflow W timeout=60 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s worker Bob
    0s task T => offer T Bob, made T
    4s accept T Bob => accepted T Bob, Bob joined T
    5s tick

story skip_if_once: an offer that led to nothing leaves the task where it is
    with two queues
    0s settings read=skip_if_once
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"1==1"},{"queue":"@Q1"}]}]
    0s worker Bob
    0s task T1 => offer T1 Bob, made T1
    1s reject T1 Bob => rejected T1 Bob
    1s show T1 => pending Q2 0.0 prio 0 since 0s
    2s activity Bob Break
    3s task T2 => made T2, nobody for T2
    3s show T2 => pending Q1 0.1 prio 0 since 3s

story attributes_restart: new attributes choose another filter, where one takes the task
    with two queues
    0s settings read=attributes_restart
    0s workflow W : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q1","timeout":5}]},{"expression":"a == 2",
        "targets":[{"queue":"@Q2"}]}]
    0s worker Bob
    0s task T : {"a":1} => made T, nobody for T
    1s update T : {"a":3}
    1s show T => pending Q1 0.0 prio 0 since 0s
    2s update T : {"a":2} => offer T Bob
    3s update T : {"a":1}
    3s show T => reserved Q2 1.0 prio 0 since 0s

story queue_order_first: the order of queues counts before priority
    0s queue In : 1==1
    0s queue Out lifo : 1==1
    0s settings read=queue_order_first
    0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
    0s task T1 => made T1, nobody for T1
    1s task T2 prio=1 : {"q":1} => made T2, nobody for T2
    2s worker Ana => offer T1 Ana

story direct_refusal_waits: a task for one worker who refuses it waits for them
    0s queue All : 1==1
    0s settings read=direct_refusal_waits reoffer=15
    0s worker Ana
    0s worker Ben
    1s task T1 to=Ana => offer T1 Ana, made T1
    2s reject T1 Ana => rejected T1 Ana
    17s tick => offer T1 Ana

story no_capacity_is_free: without capacity a channel is wholly free
    0s queue Q : 1==1
    0s settings read=no_capacity_is_free
    0s workflow W : "default_filter":{"queue":"@Q","expression":"worker.channel.sms.available_capacity_percentage == 100"}
    0s worker Ana chat=1 sms=0
    1s task T1 => offer T1 Ana, made T1

story timeout_ends_offers: a workflow that changed meanwhile is gone through anew, not past
    with two queues
    0s settings read=timeout_ends_offers
    0s workflow W timeout=60 : "filters":[{"expression":"1==1","targets":[{"queue":"@Q1","timeout":5},{"queue":"@Q2","timeout":5}]}]
    0s worker Bob
    0s task T => made T, nobody for T
    5s tick => offer T Bob
    6s workflow W timeout=60 : "filters":[{"expression":"1==1","targets":[{"queue":"@Q1"}]}]
    10s tick => rescinded T Bob
    10s show T => pending Q1 0.0 prio 0 since 0s

story timeout_ends_offers: what one worker was asked for stands its whole time
    with two queues
    0s settings read=timeout_ends_offers
    0s workflow W timeout=60 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s worker Bob
    0s task T to=Bob => offer T Bob, made T
    0s next => 120s

story direct_refusal_waits: who is deleted is not waited for
    0s queue All : 1==1
    0s settings read=direct_refusal_waits reoffer=15
    0s worker Ana
    0s worker Ben
    1s task T1 to=Ana => offer T1 Ana, made T1
    2s reject T1 Ana => rejected T1 Ana
    3s delete Ana => ended T1 canceled (routing target refused)

story attributes_restart: what says the same as before, in other words, restarts nothing
    with two queues
    0s settings read=attributes_restart
    0s workflow W : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q1","timeout":5},{"queue":"@Q1"}]}]
    0s task T : {"a":1} => made T, nobody for T
    5s tick
    6s update T : {"a": 1}
    6s show T => pending Q1 0.1 prio 0 since 0s

# Targets that know their worker (chapter 5.1).

given two queues
    0s queue Q1 : name == "nobody"
    0s queue Q2 : 1==1
    0s worker Bob : {"level":2,"agent":"bob"}

story A known worker by name, whatever its case; nobody else is asked [D][U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_friendly_name":"task.agent","timeout":60},
        {"priority":1}]}]
    0s worker Ann
    1s task T : {"agent":"ann"} => offer T Ann, made T
    1s why T Ann
        => skill (1==1), skill (known worker: task.agent), activity (Available), capacity (chat: 0 of 1 in use),
           order (longest idle: 1 s), Bob skill (known worker: task.agent)
    2s task U : {"agent":"bob"} => offer U Bob, made U
    3s task V : {"agent":null} => made V, nobody for V
    63s accept U Bob => timeout T Ann, Ann Away, timeout U Bob, Bob Away, nobody for T, nobody for U, offer over

story A known worker by sid; nobody else is asked [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent","timeout":60},{}]}]
    0s worker Ann
    1s task T : {"agent":"@Ann"} => offer T Ann, made T
    2s task U : {"agent":"@Bob"} => offer U Bob, made U
    3s task V : {"agent":"@Ann"} => made V, nobody for V
    60s show V => pending Q2 0.0 prio 0 since 3s
    63s tick => timeout T Ann, Ann Away, timeout U Bob, Bob Away, nobody for T, nobody for U
    63s show V => pending Q2 0.1 prio 0 since 3s

story The expression of the target must hold too [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent","expression":"worker.level > 2"}]}]
    0s task T : {"agent":"@Bob"} => made T, nobody for T
    1s worker Bob : {"level":3} => offer T Bob

story Who does not belong to the queue is not asked: the task stays in the target until its time is over [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","known_worker_sid":"task.agent","timeout":5},{"queue":"@Q2"}]}]
    0s task T : {"agent":"@Bob"} => made T, nobody for T
    5s tick => offer T Bob

story Nobody, null, or no attribute at all: the task stays in the target until its time is over [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent","timeout":5},{"queue":"@Q1"}]}]
    0s task T1 : {"agent":"WK00000000000000000000000000000000"} => made T1, nobody for T1
    0s task T2 : {"agent":null} => made T2, nobody for T2
    0s task T3 : {"agent":7} => made T3, nobody for T3
    0s task T4 => made T4, nobody for T4
    5s tick
    5s show T1 => pending Q1 0.1 prio 0 since 0s
    5s show T2 => pending Q1 0.1 prio 0 since 0s
    5s show T3 => pending Q1 0.1 prio 0 since 0s
    5s show T4 => pending Q1 0.1 prio 0 since 0s

story A busy known worker is waited for [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent","timeout":60},{"queue":"@Q1"}]}]
    0s worker Ann
    0s task T1 : {"agent":"@Bob"} => offer T1 Bob, made T1
    1s accept T1 Bob => accepted T1 Bob, Bob joined T1
    2s task T2 : {"agent":"@Bob"} => made T2, nobody for T2
    3s complete T1 => completed T1 Bob, offer T2 Bob, ended T1 completed (completed)

story A busy known worker may be skipped [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent","skip_if":"1==1"},{"queue":"@Q2"}]}]
    0s worker Ann
    0s task T1 : {"agent":"@Bob"} => offer T1 Bob, made T1
    1s accept T1 Bob => accepted T1 Bob, Bob joined T1
    2s task T2 : {"agent":"@Bob"} => offer T2 Ann, made T2

story Who is written into the task afterwards is asked at once [F]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","known_worker_sid":"task.agent"}]}]
    0s task T => made T, nobody for T
    1s update T : {"agent":"@Bob"} => offer T Bob

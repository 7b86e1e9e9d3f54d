# Workflow evaluation (chapter 5): filters, targets, and the ways out of them.
# Q1 has nobody, Q2 has Bob; an offer stands 10 s.

given two queues
    0s queue Q1 : name == "nobody"
    0s queue Q2 : 1==1
    0s worker Bob : {"level":2,"agent":"bob"}

story A target is left when its time is over [D, trace A]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":30},{"queue":"@Q2"}]}]
    0s task T => made T, nobody for T
    0s show T => pending Q1 0.0 prio 0 since 0s
    30s tick => offer T Bob
    30s show T => reserved Q2 0.1 prio 0 since 0s

story A target is skipped at once if nobody can be reserved and `skip_if` holds [D, trace B]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"},{"queue":"@Q2"}]}]
    0s task T => offer T Bob, made T
    0s show T => reserved Q2 0.1 prio 0 since 0s

story After a timeout the default is not used: the task is canceled [D, trace C]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":30}]}],"default_filter":{"queue":"@Q2"}
    0s task T => made T, nobody for T
    30s tick => ended T timed_out (workflow timeout)

story After skipping the default is used [D, trace D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"workers.available == 0"}]}],
        "default_filter":{"queue":"@Q2"}
    0s task T => offer T Bob, made T
    0s show T => reserved Q2 - prio 0 since 0s

story When everything was skipped the task is canceled [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"}]}]
    0s task T => made T, ended T canceled (workflow skipped)

story The default may be skipped too [U]
    with two queues
    0s workflow W timeout=10 : "filters":[],"default_filter":{"queue":"@Q1","skip_if":"1==1"}
    0s task T => made T, ended T canceled (workflow skipped)

story After the last target the next filter below that matches goes on [D, trace E]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"1==1","targets":[{"queue":"@Q1","timeout":5}]},
        {"expression":"1==0","targets":[{"queue":"@Q1"}]},{"expression":"a == 1","targets":[{"queue":"@Q2"}]}]
    0s task T : {"a":1} => made T, nobody for T
    5s tick => offer T Bob
    5s show T => reserved Q2 2.0 prio 0 since 0s

story A missed offer does not restart the time of its target [D, trace F]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":15,"priority":10},{"priority":50}]}]
    0s task T => offer T Bob, made T
    10s tick => timeout T Bob, Bob Away, nobody for T
    10s show T => pending Q2 0.0 prio 10 since 0s
    15s tick =>
    15s show T => pending Q2 0.1 prio 50 since 0s

story A standing offer outlives the time of its target, and may be accepted [U, trace G]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    1s next => 10s
    8s accept T Bob => accepted T Bob, Bob joined T

story A standing offer that is refused when the time of its target is over: the next target at once [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    8s reject T Bob => rejected T Bob, nobody for T
    8s show T => pending Q1 0.1 prio 0 since 0s

story No filter matches and there is no default: no task [D, trace H]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q2"}]}]
    0s task T => refused (attributes: no filter matches), attributes no_filter_matches

story A target inherits the queue and nothing else [D, trace I]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","expression":"worker.level > task.tier","timeout":5},
        {"timeout":10}]}]
    0s task T : {"tier":3} => made T, nobody for T
    5s tick => offer T Bob
    5s show T => reserved Q2 0.1 prio 0 since 0s

story An offer says which filter and queue brought it
    with two queues
    0s workflow W timeout=10 : "filters":[{"filter_friendly_name":" VIP ","expression":"vip == true","targets":[{"queue":"@Q1",
        "timeout":5},{"queue":"@Q2"}]},{"filter_friendly_name":7,"expression":"tier > 2","targets":[{"queue":"@Q2"}]}],
        "default_filter":{"queue":"@Q2"}
    0s task T : {"vip":true} => made T, nobody for T
    5s tick => offer T Bob
    5s brought T Bob => by VIP through Q2
    6s accept T Bob => accepted T Bob, Bob joined T
    7s worker Cat
    8s task U : {"tier":3} => offer U Cat, made U
    8s brought U Cat => by tier > 2 through Q2
    9s accept U Cat => accepted U Cat, Cat joined U
    10s worker Dan
    11s task V => offer V Dan, made V
    11s brought V Dan => by - through Q2

story New attributes and a new priority count at once [F]
    with two queues
    0s workflow W timeout=10 : "default_filter":{"queue":"@Q2","expression":"worker.agent == task.agent"}
    0s task T1 : {"agent":"ann"} => made T1, nobody for T1
    1s task T2 : {"agent":"ann"} => made T2, nobody for T2
    2s update T1 : {"agent":"bob"} => offer T1 Bob
    3s update T2 prio=5 : {"agent":"bob"}
    4s reject T1 Bob => rejected T1 Bob, offer T2 Bob
    5s update T2 : nonsense => attributes not_json

story A changed workflow takes its waiting tasks along (`ReEvaluateTasks`) [D]
    with two queues
    0s workflow W timeout=10 : "default_filter":{"queue":"@Q1"}
    0s task T => made T, nobody for T
    5s workflow W timeout=10 : "default_filter":{"queue":"@Q2","priority":3} => offer T Bob
    5s show T => reserved Q2 - prio 3 since 0s
    6s workflow W timeout=10 : "filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}]
        => in use: 1 waiting tasks would match no filter; add a default filter
    7s update T : {"a":1}
    8s workflow W timeout=10 : "filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}]
    9s reject T Bob => rejected T Bob
    9s show T => pending Q1 0.0 prio 3 since 0s
    10s workflow W version=1 : "filters":[] => stale

story A changed workflow leaves its waiting tasks where they stand if told so [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}],"default_filter":{"queue":"@Q1"}
    0s task T1 : {"a":1} => made T1, nobody for T1
    0s task T2 => made T2, nobody for T2
    5s workflow W keep : "filters":[{"expression":"a==2","targets":[{"queue":"@Q1"}]}],"default_filter":{"queue":"@Q2"}
        => offer T2 Bob
    5s show T1 => pending Q1 0.0 prio 0 since 0s
    6s workflow W : "default_filter":{"queue":"@Q1"}
    6s show T1 => pending Q1 - prio 0 since 0s

story A filter without an expression, or with an empty one, matches; the first that matches is entered [U][D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a == 2","targets":[{"queue":"@Q1"}]},
        {"expression":" ","targets":[{"queue":"@Q2"}]},{"targets":[{"queue":"@Q1"}]}]
    0s task T : {"a":1} => offer T Bob, made T
    0s show T => reserved Q2 1.0 prio 0 since 0s

story `skip_if` is asked only when nobody could be reserved: with somebody free even 1==1 does not skip [D, vector 25]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"1==1"},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    0s show T => reserved Q2 0.0 prio 0 since 0s

story 1==1 also skips when somebody is there who has no room [D]
    with two queues
    0s queue Q3 : 1==1
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"1==1"},{"queue":"@Q3"}]}]
    0s task T1 => offer T1 Bob, made T1
    0s accept T1 Bob => accepted T1 Bob, Bob joined T1
    1s task T2 => made T2, nobody for T2
    1s show T2 => pending Q3 0.1 prio 0 since 1s

story Who is busy is available: `workers.available == 0` does not skip [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"workers.available == 0"},{"queue":"@Q1"}]}]
    0s task T1 => offer T1 Bob, made T1
    0s accept T1 Bob => accepted T1 Bob, Bob joined T1
    1s task T2 => made T2, nobody for T2
    1s show T2 => pending Q2 0.0 prio 0 since 1s

story `skip_if` may count by activity, and who is unavailable [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"workers.@Break == 2"},{"queue":"@Q2",
        "skip_if":"workers.unavailable > 1"},{"queue":"@Q1"}]}]
    0s worker Ann
    0s activity Bob Break
    0s activity Ann Offline
    1s task T1 => made T1, nobody for T1
    1s show T1 => pending Q2 0.0 prio 0 since 1s
    2s activity Ann Break
    2s task T2 => made T2, nobody for T2
    2s show T2 => pending Q1 0.2 prio 0 since 2s

story `skip_if` is asked again after an offer that led to nothing [U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"1==1"},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    1s reject T Bob => rejected T Bob, nobody for T
    1s show T => pending Q1 0.1 prio 0 since 0s

story While a task waits `skip_if` is not asked: whoever leaves changes nothing [U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"workers.available == 0"},{"queue":"@Q1"}]}]
    0s task T1 => offer T1 Bob, made T1
    0s accept T1 Bob => accepted T1 Bob, Bob joined T1
    1s task T2 => made T2, nobody for T2
    2s activity Bob Break
    2s show T2 => pending Q2 0.0 prio 0 since 1s

story `skip_if` and `order_by` are not inherited [D][U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","skip_if":"1==1","order_by":"worker.level DESC","timeout":5},{}]}]
    0s worker Ann : {"level":1}
    0s task T1 => offer T1 Bob, made T1
    0s accept T1 Bob => accepted T1 Bob, Bob joined T1
    0s task T2 => offer T2 Ann, made T2
    0s accept T2 Ann => accepted T2 Ann, Ann joined T2
    1s task T3 => made T3, nobody for T3
    1s show T3 => pending Q2 0.1 prio 0 since 1s
    2s complete T2 => completed T2 Ann, offer T3 Ann, ended T2 completed (completed)
    3s task T4 => made T4, nobody for T4
    3s show T4 => pending Q2 0.1 prio 0 since 3s

story After skipping the last target the next filter below that matches goes on [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"}]},
        {"expression":"a == 1","targets":[{"queue":"@Q1"}]},{"targets":[{"queue":"@Q2"}]}],"default_filter":{"queue":"@Q1"}
    0s task T => offer T Bob, made T
    0s show T => reserved Q2 2.0 prio 0 since 0s

story A target left in time, then a filter left by skipping: the default is used [U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":5}]},{"targets":[{"queue":"@Q1","skip_if":"1==1"}]}],
        "default_filter":{"queue":"@Q2"}
    0s task T => made T, nobody for T
    5s tick => offer T Bob
    5s show T => reserved Q2 - prio 0 since 0s

story A filter left by skipping, then one left in time: the default is not used [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"}]},{"targets":[{"queue":"@Q1","timeout":5}]}],
        "default_filter":{"queue":"@Q2"}
    0s task T => made T, nobody for T
    5s tick => ended T timed_out (workflow timeout)

story In the default a task waits until its own time is over; a timeout there counts for nothing [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"1==0","targets":[{"queue":"@Q2"}]}],"default_filter":{"queue":"@Q1","timeout":5}
    0s task T ttl=60 => made T, nobody for T
    0s next => 60s
    59s show T => pending Q1 - prio 0 since 0s
    60s tick => ended T timed_out (Task TTL Exceeded)

story A target sets the priority, and without one the task keeps its own [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q1","priority":"10","timeout":5},{"timeout":5},
        {"priority":0}]}],"default_filter":{"queue":"@Q1"}
    0s task T1 prio=7 => made T1, nobody for T1
    0s show T1 => pending Q1 - prio 7 since 0s
    0s task T2 prio=7 : {"a":1} => made T2, nobody for T2
    0s show T2 => pending Q1 0.0 prio 10 since 0s
    5s tick
    5s show T2 => pending Q1 0.1 prio 10 since 0s
    10s tick
    10s show T2 => pending Q1 0.2 prio 0 since 0s

story A queue is inherited from the target before, whatever it inherited [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":5},{"timeout":5},
        {"queue":"@Q2","expression":"1==0","timeout":5},{"expression":"1==0"}]}]
    0s task T => made T, nobody for T
    5s tick
    5s show T => pending Q1 0.1 prio 0 since 0s
    10s tick
    10s show T => pending Q2 0.2 prio 0 since 0s
    15s tick
    15s show T => pending Q2 0.3 prio 0 since 0s
    100s show T => pending Q2 0.3 prio 0 since 0s

story A refused offer goes on in the same target, whose time runs on [D, trace L]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":30},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    5s reject T Bob Break => rejected T Bob, nobody for T
    5s show T => pending Q2 0.0 prio 0 since 0s
    29s tick
    29s show T => pending Q2 0.0 prio 0 since 0s
    30s tick
    30s show T => pending Q1 0.1 prio 0 since 0s

story Once accepted a task has left its workflow: no timeout moves it [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s task T ttl=60 => offer T Bob, made T
    4s accept T Bob => accepted T Bob, Bob joined T
    5s next => never
    100s tick
    100s show T => assigned Q2 0.0 prio 0 since 0s

story Accept and the time of the target at once: accept wins [U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]
    0s task T => offer T Bob, made T
    5s accept T Bob => accepted T Bob, Bob joined T

story New attributes do not choose another filter; they count in the target where the task stands [U]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q1","timeout":5}]},{"expression":"a == 2",
        "targets":[{"queue":"@Q2"}]}]
    0s task T : {"a":1} => made T, nobody for T
    1s update T : {"a":2}
    1s show T => pending Q1 0.0 prio 0 since 0s
    5s tick => offer T Bob

story A task sent to a queue knows no workflow: it waits there [O]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2"}]}]
    0s task T queue=Q1 ttl=60 => made T, nobody for T
    0s show T => pending Q1 - prio 0 since 0s
    0s next => 60s
    60s tick => ended T timed_out (Task TTL Exceeded)

story Levels relax: first who speaks it well, then who speaks it, then anybody
    0s queue All : 1==1
    0s workflow Main : "filters":[{"expression":"language == 'de'","targets":[
        {"queue":"@All","expression":"worker.levels.de >= 8","timeout":30},
        {"queue":"@All","expression":"worker.levels.de >= 4","timeout":60},
        {"queue":"@All"}]}]
    0s worker Good : {"levels":{"de":5}}
    0s worker None : {"levels":{}}
    1s task T1 : {"language":"de"} => made T1, nobody for T1
    1s task T2 : {"language":"de"} => made T2, nobody for T2
    2s worker Well : {"levels":{"de":9}} => offer T1 Well
    2s accept T1 Well => accepted T1 Well, Well joined T1
    30s tick
    31s tick => offer T2 Good
    31s reject T2 Good => rejected T2 Good
    90s tick => offer T2 Good
    90s accept T2 Good => accepted T2 Good, Good joined T2
    91s task T3 : {"language":"de"} => made T3, nobody for T3
    121s tick
    180s tick
    181s tick => offer T3 None
    181s way T3 => All matched at 91s behind 0, All timeout at 121s behind 0, All timeout at 181s behind 0

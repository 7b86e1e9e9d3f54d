# Queues with business hours. `hours Day closed=100-200` is open but for those seconds.

given a queue by day
    0s hours Day closed=100-200
    0s queue Day hours=Day : 1==1
    0s workflow Main : "default_filter":{"queue":"@Day"}

given a day and a night
    0s hours Day closed=100-200
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s queue Night : friendly_name == 'Nia'
    0s workflow Main : "filters":[{"filter_friendly_name":"all","expression":"1==1","targets":[{"queue":"@Day","timeout":60},{"queue":"@Night","timeout":500}]}]

story A closed queue offers nothing, and goes on in order when it opens
    with a queue by day
    0s worker Ana chat=2
    99s task T1 => offer T1 Ana, made T1
    100s tick
    101s accept T1 Ana => accepted T1 Ana, Ana joined T1
    102s task T2 => made T2, nobody for T2
    103s task T3 => made T3, nobody for T3
    103s waits T3 => place 2, closed until 1970-01-12T13:50:00+00:00; 1==1
    104s complete T1 => completed T1 Ana, ended T1 completed (completed)
    199s tick
    200s tick => offer T2 Ana, offer T3 Ana

story Somebody asked for directly is asked whatever the hour
    with a queue by day
    0s worker Ana
    150s task T to=Ana => offer T Ana, made T

story An offer that stands when it closes may be taken, and one that is refused waits for the opening
    with a queue by day
    0s worker Ana chat=2
    99s task T1 => offer T1 Ana, made T1
    99s task T2 => offer T2 Ana, made T2
    101s accept T1 Ana => accepted T1 Ana, Ana joined T1
    102s reject T2 Ana => rejected T2 Ana, nobody for T2
    150s tick
    200s tick => offer T2 Ana

story Behind closed doors a task goes on to a later target that is open
    with a day and a night
    0s worker Ana
    0s worker Nia
    99s task T1 => offer T1 Ana, made T1
    99s accept T1 Ana => accepted T1 Ana, Ana joined T1
    150s task T2 => offer T2 Nia, made T2
    150s way T2 => Day matched at 150s behind 0, Night closed at 150s behind 0

story What waits when it closes goes on as well, and nobody comes back by themselves
    with a day and a night
    0s worker Nia
    90s task T => made T, nobody for T
    100s tick => offer T Nia
    100s way T => Day matched at 90s behind 0, Night closed at 100s behind 0

story With both closed it waits in the first for whichever opens first
    0s hours Day closed=100-300
    0s hours Night closed=0-200
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s queue Night hours=Night : friendly_name == 'Nia'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60},{"queue":"@Night","timeout":500}]}]
    0s worker Ana
    0s worker Nia
    150s task T => made T, nobody for T
    150s show T => pending Day 0.0 prio 0 since 150s
    200s tick => offer T Nia

story Time passes only while the queue is open
    0s hours Day closed=100-200
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s queue Late : friendly_name == 'Nia'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60}]},{"expression":"2==2","targets":[{"queue":"@Late","timeout":60}]}]
    0s worker Nia
    90s task T1 => made T1, nobody for T1
    90s next => 100s
    100s tick
    199s tick
    249s tick
    250s tick => offer T1 Nia

story A task's own time passes only while its queue is open, too
    with a queue by day
    50s task T ttl=60 => made T, nobody for T
    110s tick
    209s tick
    210s tick => ended T timed_out (Task TTL Exceeded)

story Hours that change give a time that ran out meanwhile anew
    0s hours Day
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60}]}]
    50s task T => made T, nobody for T
    60s hours Day closed=60-200
    110s tick
    259s tick
    260s tick => ended T timed_out (workflow timeout)

story Closed until further notice, and open again
    with a queue by day
    0s worker Ana
    10s hours Day closed=0-
    20s task T => made T, nobody for T
    20s waits T => place 1, closed until further notice; 1==1
    30s hours Day => offer T Ana

story Hours stay while a queue has them
    with a queue by day
    0s delete-hours Day => in use: the queue Day has these hours
    0s queue Day : 1==1
    0s delete-hours Day
    0s delete-hours Day => no such business_hours
    0s hours Odd zone=Berlin => time_zone unknown

story A queue that gets hours is closed at once
    0s hours Day closed=100-200
    0s queue Day : 1==1
    0s workflow Main : "default_filter":{"queue":"@Day"}
    50s task T1 => made T1, nobody for T1
    110s queue Day hours=Day : 1==1
    120s worker Ana
    200s tick => offer T1 Ana

story What is tried after hours says when it is offered
    with a queue by day
    0s worker Ana
    150s try T : {} => waits at place 1; 0s Day matched; 50s-70s Ana; canceled Task TTL Exceeded

story A time that ends as the queue closes has run out, and stays so
    0s hours Day closed=110-200
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60}]}]
    50s task T1 => made T1, nobody for T1
    60s task T2 ttl=50 => made T2, nobody for T2
    110s tick => ended T2 timed_out (Task TTL Exceeded), ended T1 timed_out (workflow timeout)

story A time that ends as the queue closes has run out, whoever slept meanwhile
    0s hours Day closed=110-200
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s workflow Main : "default_filter":{"queue":"@Day"}
    50s task T ttl=60 => made T, nobody for T
    150s tick => ended T timed_out (Task TTL Exceeded)

story A time that ran out behind closed doors is given anew, whoever slept meanwhile
    0s hours Day
    0s queue Day hours=Day : friendly_name == 'Ana'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60}]}]
    50s task T1 => made T1, nobody for T1
    51s task T2 ttl=60 => made T2, nobody for T2
    60s hours Day closed=100-200
    250s tick
    309s tick
    310s tick => ended T2 timed_out (Task TTL Exceeded), ended T1 timed_out (workflow timeout)

story A changed workflow shows what waits behind closed doors the way on at once
    with a queue by day
    0s queue Night : friendly_name == 'Nia'
    0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60}]}]
    0s worker Nia chat=0
    150s task T => made T, nobody for T
    151s worker Nia chat=1
    152s workflow Main keep : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":60},{"queue":"@Night"}]}] => offer T Nia

story A night says nothing of how long the day's line takes
    0s hours Day closed=100-40000
    0s queue Day hours=Day : 1==1
    0s workflow Main : "default_filter":{"queue":"@Day"}
    0s worker Ana chat=4
    150s task T1 => made T1, nobody for T1
    150s task T2 => made T2, nobody for T2
    150s task T3 => made T3, nobody for T3
    40000s tick => offer T1 Ana, offer T2 Ana, offer T3 Ana
    40001s accept T1 Ana => accepted T1 Ana, Ana joined T1
    40001s accept T2 Ana => accepted T2 Ana, Ana joined T2
    40001s accept T3 Ana => accepted T3 Ana, Ana joined T3
    40002s task T4 => offer T4 Ana, made T4
    40003s task T5 => made T5, nobody for T5
    40003s waits T5 => place 1; 1==1; Ana capacity (chat: 4 of 4 in use); 1 capacity

story Waiting is counted while the queue is open
    with a queue by day
    90s task T1 => made T1, nobody for T1
    150s task T2 => made T2, nobody for T2
    190s worker Ana chat=2
    205s tick => offer T1 Ana, offer T2 Ana
    207s accept T1 Ana => accepted T1 Ana, Ana joined T1
    207s waited => reservation.accepted 17s 17s
    209s accept T2 Ana => accepted T2 Ana, Ana joined T2
    209s waited => reservation.accepted 9s 9s

# Why a task waits, where it stands, and the way it came. No chapter of the reference.

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

story Each worker has a rule against them
    0s queue Billing : skills HAS "billing"
    0s workflow Main : "filters":[{"filter_friendly_name":"German","expression":"lang == 'de'","targets":[{"queue":"@Billing",
        "expression":"worker.languages HAS task.lang","timeout":60},{}]}],"default_filter":{"queue":"@Billing"}
    0s worker Ana : {"skills":["billing"],"languages":["de"]}
    0s worker Ben : {"skills":["billing"],"languages":["en"]}
    0s worker Cat : {"skills":["billing"],"languages":["de"]}
    0s worker Dan : {"skills":["sales"]}
    0s agent Eve : {"skills":["billing"],"languages":["de"]}
    0s activity Cat Break
    1s task T1 : {"lang":"de"} => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s task T2 : {"lang":"de"} => made T2, nobody for T2
    4s task T3 : {"lang":"de"} => made T3, nobody for T3
    4s waits T3
        => place 2; skills HAS "billing" and worker.languages HAS task.lang; Ana capacity (chat: 1 of 1 in use);
           Eve connection (no desk connected); Cat activity (Break); Ben skill (worker.languages HAS task.lang); 2 skill;
           1 activity; 1 connection; 1 capacity
    4s waits T1 => it does not
    63s tick => offer T2 Ben
    64s tick
    64s waits T3
        => place 1; skills HAS "billing"; Ana capacity (chat: 1 of 1 in use); Ben capacity (chat: 1 of 1 in use);
           Eve connection (no desk connected); Cat activity (Break); 1 skill; 1 activity; 1 connection; 2 capacity
    65s reject T2 Ben => rejected T2 Ben, offer T3 Ben
    66s waits T2
        => place 1; skills HAS "billing"; Ana capacity (chat: 1 of 1 in use); Ben capacity (chat: 1 of 1 in use);
           Eve connection (no desk connected); Cat activity (Break); 1 skill; 1 activity; 1 connection; 2 capacity
    66s way T2 => Billing matched at 3s behind 0, Billing timeout at 63s behind 1
    66s way T3 => Billing matched at 4s behind 1, Billing timeout at 64s behind 0

story Whoever refused it is named
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s reject T Ana => rejected T Ana
    5s waits T => place 1; 1==1; Ana rejected_recently (refused 3 s ago); 1 rejected_recently
    5s way T => All matched at 1s behind 0

story The wait is judged by those who were accepted
    with one queue
    0s worker Ana
    0s activity Ana Break
    0s task T1 => made T1, nobody for T1
    0s task T2 => made T2, nobody for T2
    0s task T3 => made T3, nobody for T3
    0s task T4 => made T4, nobody for T4
    0s task T5 => made T5, nobody for T5
    10s activity Ana Available => offer T1 Ana
    10s accept T1 Ana => accepted T1 Ana, Ana joined T1
    20s complete T1 => completed T1 Ana, offer T2 Ana, ended T1 completed (completed)
    20s accept T2 Ana => accepted T2 Ana, Ana joined T2
    21s waits T4 => place 2; 1==1; Ana capacity (chat: 1 of 1 in use); 1 capacity
    30s complete T2 => completed T2 Ana, offer T3 Ana, ended T2 completed (completed)
    30s accept T3 Ana => accepted T3 Ana, Ana joined T3
    31s waits T4 => place 1, 10 s; 1==1; Ana capacity (chat: 1 of 1 in use); 1 capacity
    31s waits T5 => place 2, 20 s; 1==1; Ana capacity (chat: 1 of 1 in use); 1 capacity

story A task handed on says why it is where it is
    0s queue All : 1==1
    0s queue Other : friendly_name == 'Ben'
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Ana
    1s task T to=Ana => offer T Ana, made T
    1s way T => - sent at 1s behind 0
    2s accept T Ana => accepted T Ana, Ana joined T
    3s transfer T Other as T2 => completed T Ana, T moved to T2 (transferred), nobody for T2
    3s way T2 => Other moved at 3s behind 0
    4s waits T2 => place 1; friendly_name == 'Ben'; 1 skill

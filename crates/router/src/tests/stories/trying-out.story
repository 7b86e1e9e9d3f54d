# What would become of a task, told before there is one. No chapter of the reference.

story Through a draft and through what is saved; what is played leaves no trace
    0s queue Billing : skills HAS "billing"
    0s queue All : 1==1
    0s workflow Main timeout=20 : "filters":[{"expression":"lang == 'de'","targets":[{"queue":"@Billing","timeout":60},
        {"queue":"@All"}]}],"default_filter":{"queue":"@All"}
    0s worker Ana : {"skills":["billing"]}
    0s worker Ben
    1s try T ttl=100 : {"lang":"de"} => 0s Billing matched; 60s All timeout; 0s-20s Ana; 60s-80s Ben; canceled Task TTL Exceeded
    1s try T ttl=100 draft=Main : {"lang":"de"} :: "default_filter":{"queue":"@All"}
        => 0s All matched; 0s-20s Ana; 20s-40s Ben; canceled Task TTL Exceeded
    1s try T : {"lang":"de"} => 0s Billing matched; 60s All timeout; 0s-20s Ana; 60s-80s Ben; canceled Task TTL Exceeded
    1s next => never
    2s task T1 : {"lang":"de"} => offer T1 Ana, made T1
    3s accept T1 Ana => accepted T1 Ana, Ana joined T1
    4s task T2 : {"lang":"de"} => made T2, nobody for T2
    5s try T ttl=100 : {"lang":"de"}
        => waits at place 2; 0s Billing matched; 60s All timeout; 60s-80s Ben; canceled Task TTL Exceeded
    6s try T draft=Main : {} :: "filters":[{"expression":"lang == 'fr'","targets":[{"queue":"@All"}]}]
        => refused InUse { what: "strands_tasks", detail: "1 waiting ta

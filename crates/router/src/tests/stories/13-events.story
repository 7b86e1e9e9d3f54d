# What happened, told as TaskRouter's events (chapter 13), in the order in which it is told.
# `happened` shows the events of the line before it, each with the one whom it is about.

given two queues
    0s queue Q1 : name == "nobody"
    0s queue Q2 : 1==1
    0s worker Bob : {"level":2}

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

story A lifecycle is ten events
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    1s happened
        => task.created T, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, reservation.created Ana
    2s accept T Ana => accepted T Ana, Ana joined T
    2s happened => reservation.accepted Ana
    3s wrap T => wrapping T Ana, wrap-up of T
    3s happened => reservation.wrapup Ana, task.wrapup T
    4s complete T => completed T Ana, ended T completed (completed)
    4s happened => reservation.completed Ana, task.completed T

story A target left in time [D, trace A]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":30},{"queue":"@Q2"}]}]
    0s task T => made T, nobody for T
    0s happened => task.created T, workflow.entered W, workflow.target-matched W, task-queue.entered Q1
    30s tick => offer T Bob
    30s happened
        => task-queue.timeout Q1, workflow.target-matched W, task-queue.moved Q1, task-queue.entered Q2, reservation.created Bob

story A target skipped [D, trace B]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"},{"queue":"@Q2"}]}]
    0s task T => offer T Bob, made T
    0s happened
        => task.created T, workflow.entered W, workflow.target-matched W, task-queue.entered Q1, workflow.skipped W,
           workflow.target-matched W, task-queue.moved Q1, task-queue.entered Q2, reservation.created Bob

story The workflow's time is over [D, trace C]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","timeout":30}]}],"default_filter":{"queue":"@Q2"}
    0s task T => made T, nobody for T
    30s tick => ended T timed_out (workflow timeout)
    30s happened => task-queue.timeout Q1, workflow.timeout W, task.canceled T

story Skipped into the default [D, trace D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"workers.available == 0"}]}],"default_filter":{"queue":"@Q2"}
    0s task T => offer T Bob, made T
    0s happened
        => task.created T, workflow.entered W, workflow.target-matched W, task-queue.entered Q1, workflow.skipped W,
           workflow.target-matched W, task-queue.moved Q1, task-queue.entered Q2, reservation.created Bob

story Everything skipped, and the task with it [D]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"}]}]
    0s task T => made T, ended T canceled (workflow skipped)
    0s happened
        => task.created T, workflow.entered W, workflow.target-matched W, task-queue.entered Q1, workflow.skipped W, task.canceled T

story The next target in the same queue: nothing is entered again [D, trace F]
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2","timeout":15,"priority":10},{"priority":50}]}]
    0s task T => offer T Bob, made T
    0s happened => task.created T, workflow.entered W, workflow.target-matched W, task-queue.entered Q2, reservation.created Bob
    10s tick => timeout T Bob, Bob Away, nobody for T
    10s happened => reservation.timeout Bob, worker.activity.update Bob
    15s tick
    15s happened => task-queue.timeout Q2, workflow.target-matched W

story Straight into the default
    with one queue
    0s task T => made T, nobody for T
    0s happened => task.created T, workflow.entered Main, workflow.target-matched Main, task-queue.entered All

story Refused for want of a filter: nothing happened [D, trace H]
    with two queues
    0s workflow W timeout=10 : "filters":[{"expression":"a == 1","targets":[{"queue":"@Q2"}]}]
    0s task T => refused (attributes: no filter matches), attributes no_filter_matches
    0s happened

story A rejected offer, and the activity named with it [D, trace L]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    2s reject T Ana Break => rejected T Ana, nobody for T
    2s happened => reservation.rejected Ana, worker.activity.update Ana

story A missed offer [D]
    with one queue
    0s worker Ana
    1s task T => offer T Ana, made T
    21s tick => timeout T Ana, Ana Away, nobody for T
    21s happened => reservation.timeout Ana, worker.activity.update Ana

story A canceled task, and one whose time is over [D]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s cancel T1 => canceled T1 Ana, ended T1 canceled (asked to)
    2s happened => reservation.canceled Ana, task.canceled T1
    3s task T2 ttl=5 => offer T2 Ana, made T2
    8s tick => canceled T2 Ana, ended T2 timed_out (Task TTL Exceeded)
    8s happened => reservation.canceled Ana, task.canceled T2

story Several offers [D, trace K]
    0s queue All max=3 : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}
    0s worker Bob
    0s worker Cat
    0s worker Dan
    1s task T => offer T Bob, offer T Cat, offer T Dan, made T
    1s happened
        => task.created T, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, reservation.created Bob,
           reservation.created Cat, reservation.created Dan
    2s accept T Cat => accepted T Cat, rescinded T Bob, rescinded T Dan, Cat joined T
    2s happened => reservation.accepted Cat, reservation.rescinded Bob, reservation.rescinded Dan

story A transfer: the old task is completed, a new one is made
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T1 => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s transfer T1 Ben as T2 => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
    3s happened => reservation.completed Ana, task.completed T1, task.created T2, task-queue.entered All, reservation.created Ben
    4s accept T2 Ben => accepted T2 Ben, Ben joined T2
    4s happened => reservation.accepted Ben

story What nobody accepted moves to another queue
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2"}]}]
    0s task T => offer T Bob, made T
    1s transfer T Q1 as T2 => rescinded T Bob, T moved to T (transferred), nobody for T
    1s happened => reservation.rescinded Bob, task-queue.moved Q2, task-queue.entered Q1

story A changed task, and one attribute of it
    with one queue
    0s task T => made T, nobody for T
    1s update T prio=3
    1s happened => task.updated T
    2s set T a : 1
    2s happened => task.updated T

story A task for one worker knows no queue
    with one queue
    0s worker Ana
    1s task T to=Ana => offer T Ana, made T
    1s happened => task.created T, reservation.created Ana

story A worker is made, changed, moved and deleted
    0s settings
    0s worker Ana chat=1 : {"a":1}
    0s happened => worker.created Ana
    1s worker Ana chat=1 : {"a":1}
    1s happened
    2s worker Ana chat=1 : {"a":2}
    2s happened => worker.attributes.update Ana
    3s worker Ana chat=2 : {"a":2}
    3s happened => worker.capacity.update Ana
    4s worker Ana chat=off : {"a":2}
    4s happened => worker.capacity.update Ana, worker.channel.availability.update Ana
    5s worker Ana chat=3 sms=2 : {"a":3}
    5s happened
        => worker.attributes.update Ana, worker.capacity.update Ana, worker.channel.availability.update Ana,
           worker.capacity.update Ana
    6s activity Ana Break
    6s happened => worker.activity.update Ana
    7s activity Ana Break
    7s happened
    8s delete Ana
    8s happened => worker.activity.update Ana, worker.deleted Ana

story Activities, channels, queues, workflows and settings; a workspace without rows gets the channels of all first
    0s settings
    0s happened
        => workspace.updated, task-channel.created default, task-channel.created voice, task-channel.created chat,
           task-channel.created sms, task-channel.created video, task-channel.created email
    0s make Lunch
    0s happened => activity.created Lunch
    1s make Lunch as=Dinner
    1s happened => activity.updated Lunch
    2s delete Lunch
    2s happened => activity.deleted Lunch
    3s channel fax
    3s happened => task-channel.created fax
    4s channel fax optimized
    4s happened => task-channel.updated fax
    5s delete fax
    5s happened => task-channel.deleted fax
    6s queue Q : 1==1
    6s happened => task-queue.created Q
    7s queue Q max=2 : 1==1
    7s happened
    8s queue Q max=2 : a == 1
    8s happened => task-queue.expression.updated Q
    9s workflow W : "default_filter":{"queue":"@Q"}
    9s happened => workflow.created W
    10s workflow W timeout=5 : "default_filter":{"queue":"@Q"}
    10s happened => workflow.updated W
    11s delete W
    11s happened => workflow.deleted W
    12s delete Q
    12s happened => task-queue.deleted Q
    13s settings wrap=5
    13s happened => workspace.updated

story A task on a channel that is new makes the channel
    with one queue
    0s task T on=fax => made T, nobody for T
    0s happened
        => task.created T, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, task-channel.created fax

story A lost agent
    with one queue
    0s agent Ana
    0s connect Ana
    1s task T => offer T Ana, made T
    2s accept T Ana => accepted T Ana, Ana joined T
    3s gone Ana => completed T Ana, T moved to T' (agent_lost), nobody for T'
    3s happened
        => reservation.completed Ana, task.completed T, task.created T', workflow.entered Main, workflow.target-matched Main,
           task-queue.entered All

story A changed workflow takes a task along [D]
    with two queues
    0s workflow W timeout=10 : "default_filter":{"queue":"@Q1"}
    0s task T => made T, nobody for T
    5s workflow W timeout=10 : "default_filter":{"queue":"@Q2"} => offer T Bob
    5s happened
        => workflow.updated W, workflow.target-matched W, task-queue.moved Q1, task-queue.entered Q2, reservation.created Bob

story Sent to a worker first, a task enters its workflow when it comes to it
    with one queue
    0s worker Ana
    0s worker Ben
    1s task T to=Ana workflow=Main => offer T Ana, made T
    1s happened => task.created T, reservation.created Ana
    2s reject T Ana => rejected T Ana, offer T Ben
    2s happened
        => reservation.rejected Ana, workflow.entered Main, workflow.target-matched Main, task-queue.entered All, reservation.created Ben

story Sent to a queue first, and to its workflow later
    with one queue
    0s queue Quiet : name == "nobody"
    1s task T queue=Quiet workflow=Main => made T, nobody for T
    1s happened => task.created T, task-queue.entered Quiet
    2s requeue T as T2 => T moved to T (requeued)
    2s happened
        => workflow.entered Main, workflow.target-matched Main, task-queue.moved Quiet, task-queue.entered All

story A task enters its workflow once, however often it goes through it
    with one queue
    0s task T => made T, nobody for T
    1s requeue T as T2 => T moved to T (requeued)
    1s happened => workflow.target-matched Main

story What continues a task is made where it goes, not where the other one stood
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2"}]}]
    0s task T1 => offer T1 Bob, made T1
    1s accept T1 Bob => accepted T1 Bob, Bob joined T1
    2s transfer T1 Q1 as T2 => completed T1 Bob, T1 moved to T2 (transferred), nobody for T2
    2s stood => task.completed Q2, task.created Q1
    2s happened => reservation.completed Bob, task.completed T1, task.created T2, task-queue.entered Q1

story Put back into its workflow it stands in no queue when it is made
    with two queues
    0s workflow W timeout=10 : "filters":[{"targets":[{"queue":"@Q2"}]}]
    0s task T1 => offer T1 Bob, made T1
    1s accept T1 Bob => accepted T1 Bob, Bob joined T1
    2s requeue T1 as T2 => completed T1 Bob, offer T2 Bob, T1 moved to T2 (requeued)
    2s stood => task.completed Q2, task.created -

story Nobody waits while an agent who is lost later talks to them
    with one queue
    0s agent Ana
    0s connect Ana
    10s task T rest => offer T Ana
    15s accept T Ana => accepted T Ana
    15s waited => reservation.accepted 5s 5s
    95s gone Ana => canceled T Ana
    100s connect Ana => offer T Ana
    103s accept T Ana => accepted T Ana
    103s waited => reservation.accepted 13s 13s

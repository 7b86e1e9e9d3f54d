# Channels and capacity (chapter 8).

given one queue
    0s queue All : 1==1
    0s workflow Main : "default_filter":{"queue":"@All"}

# Proves I4.2.
story Capacity is counted by channel, from the offer to the end of the wrap-up [D]
    with one queue
    0s worker Ana chat=2 sms=1
    1s task T1 => offer T1 Ana, made T1
    1s task T2 => offer T2 Ana, made T2
    1s task T3 => made T3, nobody for T3
    1s task S1 on=sms => offer S1 Ana, made S1
    1s slot T2 Ana => offer 0 slot Some(1) of 2
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s wrap T1 => wrapping T1 Ana, wrap-up of T1
    4s complete T1 => completed T1 Ana, offer T3 Ana, ended T1 completed (completed)
    4s slot T3 Ana => offer 0 slot Some(0) of 2
    5s worker Ana chat=1 sms=0
    6s accept T2 Ana => accepted T2 Ana, Ana joined T2
    7s accept T3 Ana => accepted T3 Ana, Ana joined T3
    8s complete T2 => completed T2 Ana, ended T2 completed (completed)
    9s task T4 => made T4, nobody for T4
    10s complete T3 => completed T3 Ana, offer T4 Ana, ended T3 completed (completed)
    11s worker Ben chat=off sms=1
    12s reject T4 Ana Break => rejected T4 Ana, rejected S1 Ana, offer S1 Ben
    13s worker Ben chat=1 sms=1 => offer T4 Ben

story A target may ask for the load on a channel: only what was accepted is assigned [D]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"targets":[{"queue":"@Q",
        "expression":"worker.channel.chat.assigned_tasks == 0 AND worker.channel.chat.available_capacity_percentage >= 33"}]}]
    0s worker Ana chat=3
    1s task T1 => offer T1 Ana, made T1
    2s task T2 => offer T2 Ana, made T2
    3s task T3 => offer T3 Ana, made T3
    4s accept T1 Ana => accepted T1 Ana, Ana joined T1
    5s task T4 => made T4, nobody for T4
    6s reject T3 Ana => rejected T3 Ana, nobody for T3
    7s complete T1 => completed T1 Ana, offer T4 Ana, ended T1 completed (completed)

story A channel has a row as soon as somebody names it
    with one queue
    1s channels => default 1, voice 1, chat 1, sms 1, video 1, email 1
    2s worker Ana fax=2
    2s task T on=pigeon => offer T Ana, made T
    3s channels => default 1, voice 1, chat 1, sms 1, video 1, email 1, fax 1, pigeon 1
    4s channel fax optimized
    4s channel fax version=1 => stale
    4s channel fax as=telefax => unique_name fixed
    4s channel 2nd => unique_name wrong_name
    4s channel fax off=fax => held_off_by itself
    4s channel fax off=owl => held_off_by unknown
    5s channel chat off=fax
    5s delete chat => in use: every workspace has this task channel
    5s delete pigeon => in use: 1 open tasks are of this task channel
    6s accept T Ana => accepted T Ana, Ana joined T
    7s complete T => completed T Ana, ended T completed (completed)
    8s delete pigeon
    8s delete fax
    8s channels => default 1, voice 1, chat 3, sms 1, video 1, email 1
    9s task T2 on=fax => offer T2 Ana, made T2
    9s channels => default 1, voice 1, chat 3, sms 1, video 1, email 1, fax 1

story A channel may be held off by another: a call keeps chats away, and chats no call
    with one queue
    0s worker Ana chat=2
    0s channel chat off=voice
    1s task Chat1 => offer Chat1 Ana, made Chat1
    2s accept Chat1 Ana => accepted Chat1 Ana, Ana joined Chat1
    3s task Call on=voice => offer Call Ana, made Call
    4s task Chat2 => made Chat2, nobody for Chat2
    5s accept Call Ana => accepted Call Ana, Ana joined Call
    5s worker Ben => offer Chat2 Ben
    5s why Chat2 Ben
        => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 0 s),
           Ana capacity (chat: held off by voice)
    6s reject Chat2 Ben => rejected Chat2 Ben
    7s delete Ben
    8s complete Call => completed Call Ana, offer Chat2 Ana, ended Call completed (completed)

story The share of capacity that is free is a whole number, rounded down: of three with two in use 33, of none 0 [D][U]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"expression":"a == 33","targets":[
        {"queue":"@Q","expression":"worker.channel.chat.available_capacity_percentage == 33"}]},
        {"expression":"a == 0","targets":[{"queue":"@Q","expression":"worker.channel.sms.available_capacity_percentage == 0"}]}],
        "default_filter":{"queue":"@Q"}
    0s worker Ana chat=3 sms=0
    1s task T1 => offer T1 Ana, made T1
    1s task T2 => offer T2 Ana, made T2
    2s task T3 : {"a":33} => offer T3 Ana, made T3
    3s cancel T3 => canceled T3 Ana, ended T3 canceled (asked to)
    3s task T4 : {"a":0} => offer T4 Ana, made T4

story Assigned is only what was accepted: neither an offer nor a wrap-up [D, vector 24]
    0s queue Q : 1==1
    0s workflow W : "default_filter":{"queue":"@Q","expression":"worker.channel.chat.assigned_tasks == 0"}
    0s worker Ana chat=4
    1s task T1 => offer T1 Ana, made T1
    2s task T2 => offer T2 Ana, made T2
    3s accept T1 Ana => accepted T1 Ana, Ana joined T1
    4s task T3 => made T3, nobody for T3
    5s wrap T1 => wrapping T1 Ana, offer T3 Ana, wrap-up of T1

story Capacity may be asked for [D]
    0s queue Q : 1==1
    0s workflow W : "default_filter":{"queue":"@Q","expression":"worker.channel.chat.configured_capacity > 1"}
    0s worker Ana
    1s task T => made T, nobody for T
    2s worker Ana chat=2 => offer T Ana

story Full on one channel is free on another, unless a target says otherwise [D]
    0s queue Q : 1==1
    0s workflow W : "filters":[{"expression":"quiet == true","targets":[
        {"queue":"@Q","expression":"worker.channel.voice.assigned_tasks == 0"}]}],
        "default_filter":{"queue":"@Q"}
    0s worker Ana voice=1 chat=2
    1s task Call on=voice => offer Call Ana, made Call
    2s accept Call Ana => accepted Call Ana, Ana joined Call
    3s task Call2 on=voice => made Call2, nobody for Call2
    4s task Chat1 => offer Chat1 Ana, made Chat1
    5s task Chat2 : {"quiet":true} => made Chat2, nobody for Chat2
    6s complete Call => completed Call Ana, offer Call2 Ana, offer Chat2 Ana, ended Call completed (completed)

story A unit is free again when an offer was rejected, withdrawn, missed, or its task was canceled [D]
    with one queue
    0s settings reoffer=0
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    1s task T2 => made T2, nobody for T2
    2s reject T1 Ana => rejected T1 Ana, offer T1 Ana
    3s cancel T1 => canceled T1 Ana, offer T2 Ana, ended T1 canceled (asked to)
    4s withdraw T2 Ana => canceled T2 Ana, offer T2 Ana
    5s cancel T2 => canceled T2 Ana, ended T2 canceled (asked to)
    6s task T3 => offer T3 Ana, made T3
    7s task T4 => made T4, nobody for T4
    26s tick => timeout T3 Ana, Ana Away, nobody for T3
    27s activity Ana Available => offer T3 Ana

story A unit is free again when somebody else was first [D]
    0s queue All max=2 : 1==1
    0s queue Ben : friendly_name == "Ben"
    0s worker Ana
    0s worker Ben
    1s task T1 queue=All => offer T1 Ana, offer T1 Ben, made T1
    2s task T2 queue=Ben => made T2, nobody for T2
    3s accept T1 Ana => accepted T1 Ana, rescinded T1 Ben, offer T2 Ben, Ana joined T1

story A wrap-up still holds its unit [D]
    with one queue
    0s worker Ana
    1s task T1 => offer T1 Ana, made T1
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    3s wrap T1 => wrapping T1 Ana, wrap-up of T1
    4s task T2 => made T2, nobody for T2
    5s complete T1 => completed T1 Ana, offer T2 Ana, ended T1 completed (completed)

story Less capacity takes nothing away, and nothing is offered until it fits [D]
    with one queue
    0s worker Ana chat=2
    1s task T1 => offer T1 Ana, made T1
    1s task T2 => offer T2 Ana, made T2
    2s accept T1 Ana => accepted T1 Ana, Ana joined T1
    2s accept T2 Ana => accepted T2 Ana, Ana joined T2
    3s worker Ana chat=1
    4s task T3 => made T3, nobody for T3
    5s complete T1 => completed T1 Ana, ended T1 completed (completed)
    6s complete T2 => completed T2 Ana, offer T3 Ana, ended T2 completed (completed)

story No capacity, or a channel that is not available: no offers [O]
    with one queue
    0s worker Ana chat=0
    0s worker Ben chat=off
    1s task T => made T, nobody for T
    2s worker Ben chat=1 => offer T Ben

story A channel that is new has room for one task of each worker [U]
    with one queue
    0s worker Ana
    1s task T1 on=fax => offer T1 Ana, made T1
    2s task T2 on=fax => made T2, nobody for T2

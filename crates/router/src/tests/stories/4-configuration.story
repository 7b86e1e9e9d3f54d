# What a workflow's configuration must be, and where it is wrong (chapter 4).

story What is deployed in practice is fine: no filters, no default, a target that only inherits [F]
    0s queue Q : 1==1
    0s judge : {"task_routing":{}} => fine
    0s judge : {"task_routing":{"filters":[]}} => fine
    0s judge : {"task_routing":{"filters":null,"default_filter":null}} => fine
    0s judge : {"task_routing":{"default_filter":{"queue":"@Q"}}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"expression":null,"targets":[{"queue":"@Q"}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"expression":"","targets":[{"queue":"@Q","expression":""}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"queue":null,"skip_if":null}]}]}} => fine

story Unknown keys are left alone, and so is the old name of a filter's name [U]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[],"other":1},"more":[]} => fine
    0s judge : {"task_routing":{"filters":[{"friendly_name":"old","targets":[{"queue":"@Q","colour":"red"}]}]}} => fine

story Priority and timeout are whole numbers, or text that is one [F]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","priority":10,"timeout":5}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","priority":"10","timeout":"5"}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","priority":0}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","timeout":0}]}]}}
        => configuration.task_routing.filters[0].targets[0].timeout out_of_range
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","timeout":-1}]}]}}
        => configuration.task_routing.filters[0].targets[0].timeout out_of_range
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","timeout":"soon"}]}]}}
        => configuration.task_routing.filters[0].targets[0].timeout wrong_type
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"priority":1.5}]}]}}
        => configuration.task_routing.filters[0].targets[1].priority wrong_type
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","priority":-1}]}]}}
        => configuration.task_routing.filters[0].targets[0].priority out_of_range
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","priority":2147483648}]}]}}
        => configuration.task_routing.filters[0].targets[0].priority out_of_range

story The default takes every key of a target [U]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"default_filter":{"queue":"@Q","priority":"3","skip_if":"1==1","order_by":"worker.a DESC",
        "expression":"worker.a == task.a","timeout":5}}}
        => fine

story `order_by` takes any number of clauses, each of a worker's attribute [D]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","order_by":"worker.a DESC, worker.b, worker.c.d[0] ASC"}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"order_by":"level DESC"}]}]}}
        => configuration.task_routing.filters[0].targets[1].order_by syntax at 0

story A known worker is an attribute of the task, by sid or by name and not by both [D]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","known_worker_sid":"task.a.b"}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"known_worker_sid":"worker.x"}]}]}}
        => configuration.task_routing.filters[0].targets[1].known_worker_sid not_a_task_path
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"known_worker_sid":"task"}]}]}}
        => configuration.task_routing.filters[0].targets[1].known_worker_sid not_a_task_path
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"known_worker_sid":"task.x",
        "known_worker_friendly_name":"task.y"}]}]}}
        => configuration.task_routing.filters[0].targets[1].known_worker_friendly_name exclusive

story Saving asks for the grammar, and not whether a key makes sense [F]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[{"expression":"nobody.has.this == 1","targets":[{"queue":"@Q","expression":"a == b"}]}]}} => fine
    0s judge : {"task_routing":{"filters":[{"expression":"a == ","targets":[{"queue":"@Q"}]}]}}
        => configuration.task_routing.filters[0].expression syntax at 5
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q","expression":"worker.a =~ 'x'"}]}]}}
        => configuration.task_routing.filters[0].targets[0].expression syntax at 10
    0s judge : {"task_routing":{"filters":[{"targets":[{"queue":"@Q"},{"skip_if":"workers"}]}]}}
        => configuration.task_routing.filters[0].targets[1].skip_if syntax at 7
    0s judge : {"task_routing":{"default_filter":{"queue":"@Q","expression":"vip"}}}
        => configuration.task_routing.default_filter.expression syntax at 3

story What is no configuration is refused with its place [U]
    0s queue Q : 1==1
    0s judge : {"task_routing": x} => configuration not_json at 17
    0s judge : {} => configuration.task_routing required
    0s judge : [] => configuration.task_routing required
    0s judge : {"task_routing":[]} => configuration.task_routing wrong_type
    0s judge : {"task_routing":{"filters":{}}} => configuration.task_routing.filters wrong_type
    0s judge : {"task_routing":{"filters":["a"]}} => configuration.task_routing.filters[0] wrong_type
    0s judge : {"task_routing":{"filters":[{"expression":7,"targets":[{"queue":"@Q"}]}]}}
        => configuration.task_routing.filters[0].expression wrong_type

story A filter needs a target, its first target a queue, and the queue must be there [U]
    0s queue Q : 1==1
    0s judge : {"task_routing":{"filters":[{"expression":"1==1"}]}} => configuration.task_routing.filters[0].targets required
    0s judge : {"task_routing":{"filters":[{"targets":[]}]}} => configuration.task_routing.filters[0].targets required
    0s judge : {"task_routing":{"filters":[{"targets":[{}]}]}} => configuration.task_routing.filters[0].targets[0].queue required
    0s judge : {"task_routing":{"filters":[{"targets":[{"timeout":5},{"queue":"@Q"}]}]}}
        => configuration.task_routing.filters[0].targets[0].queue required
    0s judge : {"task_routing":{"default_filter":{"priority":1}}} => configuration.task_routing.default_filter.queue required
    0s judge : {"task_routing":{"default_filter":{"queue":"WQ00000000000000000000000000000000"}}}
        => configuration.task_routing.default_filter.queue unknown_queue
    0s judge : {"task_routing":{"default_filter":{"queue":"Q"}}} => configuration.task_routing.default_filter.queue unknown_queue

story An offer of a workflow stands from a second to a day
    0s queue Q : 1==1
    0s workflow W timeout=1 : "default_filter":{"queue":"@Q"}
    0s workflow W timeout=86400 : "default_filter":{"queue":"@Q"}
    0s workflow W timeout=0 : "default_filter":{"queue":"@Q"} => task_reservation_timeout_s out_of_range
    0s workflow W timeout=86401 : "default_filter":{"queue":"@Q"} => task_reservation_timeout_s out_of_range

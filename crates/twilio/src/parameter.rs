//! What our fields are called in Twilio's requests, so that a refusal blames what was sent.

const NAMES: &[(&str, &str)] = &[
    ("name", "FriendlyName"),
    ("attributes", "Attributes"),
    ("activity_id", "ActivitySid"),
    ("target_workers", "TargetWorkers"),
    ("max_reserved_workers", "MaxReservedWorkers"),
    ("task_reservation_timeout_s", "TaskReservationTimeout"),
    ("priority", "Priority"),
    ("timeout_s", "Timeout"),
    ("channel", "TaskChannel"),
    ("unique_name", "UniqueName"),
    ("virtual_start_time", "VirtualStartTime"),
    ("workflow_id", "WorkflowSid"),
    ("routing_worker", "RoutingTarget"),
    ("routing_queue", "RoutingTarget"),
    ("routing_workflow", "RoutingTarget"),
    ("ignore_capacity", "IgnoreCapacity"),
    ("timeout_activity_id", "TimeoutActivitySid"),
    ("default_activity_id", "DefaultActivitySid"),
    ("assignment_callback_url", "AssignmentCallbackUrl"),
    ("fallback_assignment_callback_url", "FallbackAssignmentCallbackUrl"),
    ("event_callback_url", "EventCallbackUrl"),
];

/// Says what is wrong with the parameter behind one of our fields; a place inside of a workflow's document is named by its path.
pub fn blame(field: &str, detail: &str) -> String {
    let path = field.trim_start_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if let Some((_, name)) = NAMES.iter().find(|(ours, _)| *ours == first) {
        return format!("Invalid {name}: {detail}");
    }
    match (first, rest) {
        ("channels", rest) if rest.ends_with("capacity") => format!("Invalid Capacity: {detail}"),
        ("configuration", "") => format!("Invalid Configuration: {detail}"),
        ("configuration", rest) => format!("Invalid Configuration: {detail} (at {rest})"),
        _ => format!("{detail} (at {path})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blame_falls_on_what_was_sent() {
        assert_eq!(blame("/name", "a name is needed"), "Invalid FriendlyName: a name is needed");
        assert_eq!(blame("/channels/chat/capacity", "too much"), "Invalid Capacity: too much");
        let inside = blame("/configuration/task_routing/filters/0/targets/1/queue", "there is no such queue");
        assert_eq!(inside, "Invalid Configuration: there is no such queue (at task_routing/filters/0/targets/1/queue)");
    }
}

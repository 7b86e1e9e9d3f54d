//! What the schema promises, written down a second time: a test compares it with the schema itself.

/// No two rows (that satisfy `only`) have the same values in all columns; a null is equal to nothing.
pub struct Unique {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub only: &'static str,
}

const fn unique(table: &'static str, columns: &'static [&'static str]) -> Unique {
    Unique { table, columns, only: "" }
}

const fn unique_where(table: &'static str, columns: &'static [&'static str], only: &'static str) -> Unique {
    Unique { table, columns, only }
}

pub const UNIQUE: &[Unique] = &[
    unique("account", &["id"]),
    unique("workspace", &["number"]),
    unique("workspace", &["id"]),
    unique("user", &["id"]),
    unique("user", &["email"]),
    unique("membership", &["id"]),
    unique("membership", &["user_id", "workspace_id"]),
    unique("membership_role", &["membership_id", "role"]),
    unique("role_permission", &["role", "permission"]),
    unique("session", &["token_hash"]),
    unique("session", &["id"]),
    unique("sign_in_code", &["code_hash"]),
    unique("sign_in_failure", &["id"]),
    unique("api_key", &["id"]),
    unique("api_key_grant", &["api_key_id", "workspace_id"]),
    unique("installation", &["key"]),
    unique("node", &["id"]),
    unique("lease", &["resource"]),
    unique("channel_app", &["id"]),
    unique("channel_account", &["id"]),
    unique("channel_account", &["workspace_id", "id"]),
    unique("channel_account", &["app_id", "provider_key"]),
    unique("channel_cursor", &["workspace_id", "channel_account_id", "key"]),
    unique("message_template", &["workspace_id", "channel_account_id", "name", "language"]),
    unique("webchat_sighting", &["workspace_id", "channel_account_id", "outcome"]),
    unique("delivery", &["workspace_id", "id"]),
    unique("app_delivery", &["id"]),
    unique("inbound", &["workspace_id", "id"]),
    unique("inbound", &["workspace_id", "channel_account_id", "external_id"]),
    unique("contact", &["workspace_id", "id"]),
    unique("contact_fact", &["workspace_id", "contact_id", "key"]),
    unique("address", &["workspace_id", "id"]),
    unique("address", &["workspace_id", "channel", "scope", "external_id"]),
    unique("consent", &["workspace_id", "id"]),
    unique("address_claim", &["workspace_id", "contact_id", "channel", "external_id"]),
    unique("contact_join", &["workspace_id", "id"]),
    unique("thread", &["workspace_id", "id"]),
    unique("thread", &["workspace_id", "channel_account_id", "key"]),
    unique("thread_key", &["workspace_id", "channel_account_id", "key"]),
    unique("conversation", &["workspace_id", "id"]),
    unique_where("conversation", &["workspace_id", "thread_id"], "state = 'open'"),
    unique("participant", &["workspace_id", "id"]),
    unique_where("participant", &["workspace_id", "conversation_id", "thread_id", "address_id"], "active AND address_id IS NOT NULL"),
    unique_where("participant", &["workspace_id", "conversation_id", "worker_id"], "active AND worker_id IS NOT NULL"),
    unique("message", &["workspace_id", "id"]),
    unique("message", &["workspace_id", "conversation_id", "seq"]),
    unique("message", &["workspace_id", "conversation_id", "client_id"]),
    unique("provider_message", &["workspace_id", "channel_account_id", "external_id"]),
    unique("attachment", &["workspace_id", "id"]),
    unique("seen", &["workspace_id", "worker_id", "conversation_id"]),
    unique("flow", &["workspace_id", "id"]),
    unique("flow_revision", &["workspace_id", "flow_id", "revision"]),
    unique("flow_reference", &["workspace_id", "flow_id", "kind", "given"]),
    unique("execution", &["workspace_id", "id"]),
    unique_where("execution", &["workspace_id", "conversation_id", "flow_id"], "state = 'active'"),
    unique("step", &["workspace_id", "execution_id", "no"]),
    unique("job", &["workspace_id", "id"]),
    unique("job", &["workspace_id", "key"]),
    unique("outbox", &["workspace_id", "id"]),
    unique("outbox", &["workspace_id", "message_id", "thread_id", "part"]),
    unique_where("outbox", &["workspace_id", "thread_id"], "state = 'sending'"),
    unique("attempt", &["workspace_id", "outbox_id", "no"]),
    unique("activity", &["workspace_id", "id"]),
    unique("worker", &["workspace_id", "id"]),
    unique("worker_connection", &["workspace_id", "worker_id", "node_id"]),
    unique("task_queue", &["workspace_id", "id"]),
    unique("workflow", &["workspace_id", "id"]),
    unique("task", &["workspace_id", "id"]),
    unique("task", &["workspace_id", "conversation_id", "request_key"]),
    unique("reservation", &["workspace_id", "id"]),
    unique_where("reservation", &["workspace_id", "task_id", "offer_no"], "status = 'pending'"),
    unique_where("reservation", &["workspace_id", "task_id", "worker_id"], "status = 'pending'"),
    unique_where("reservation", &["workspace_id", "worker_id", "channel", "slot"], "status IN ('pending', 'accepted', 'wrapping')"),
    unique_where("reservation", &["workspace_id", "task_id", "role"], "status IN ('accepted', 'wrapping')"),
    unique("request", &["workspace_id", "actor", "key"]),
    unique("stream", &["workspace_id"]),
    unique("event", &["workspace_id", "seq"]),
    unique("follower", &["workspace_id", "name"]),
    unique("canned_reply", &["workspace_id", "id"]),
    unique("canned_reply", &["workspace_id", "shortcut"]),
    unique("bot_question", &["workspace_id", "id"]),
    unique("bot_fact", &["workspace_id", "id"]),
    unique("bot_fact", &["workspace_id", "key"]),
    unique("visitor", &["workspace_id", "id"]),
    unique("visitor", &["token_hash"]),
    unique("used_token", &["workspace_id", "channel_account_id", "jti"]),
    unique("proof_code", &["workspace_id", "id"]),
    unique("branding", &["workspace_id"]),
    unique("custom_field", &["workspace_id", "id"]),
    unique("custom_field", &["workspace_id", "subject", "key"]),
    unique("webhook", &["workspace_id", "id"]),
    unique("webhook_delivery", &["workspace_id", "id"]),
    unique("webhook_delivery", &["workspace_id", "webhook_id", "seq"]),
    unique("webhook_attempt", &["workspace_id", "webhook_delivery_id", "no"]),
    unique("audit_row", &["workspace_id", "no"]),
    unique("audit_head", &["workspace_id"]),
];

/// A row of `table` whose `columns` are set points to a row of `parent`.
pub struct Reference {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub parent: &'static str,
    pub parent_columns: &'static [&'static str],
    /// Of which rows it is asked, as SQL over `c`; empty = of all.
    pub only: &'static str,
}

const fn points(
    table: &'static str,
    columns: &'static [&'static str],
    parent: &'static str,
    parent_columns: &'static [&'static str],
) -> Reference {
    Reference { table, columns, parent, parent_columns, only: "" }
}

/// Within a workspace: `(workspace_id, column)` to `(workspace_id, id)`.
macro_rules! inside {
    ($table:literal, $column:literal, $parent:literal) => {
        points($table, &["workspace_id", $column], $parent, &["workspace_id", "id"])
    };
}

/// The foreign keys of the schema.
pub const FOREIGN_KEYS: &[Reference] = &[
    points("workspace", &["account_id"], "account", &["id"]),
    points("user", &["account_id"], "account", &["id"]),
    points("membership", &["user_id"], "user", &["id"]),
    points("membership", &["workspace_id"], "workspace", &["number"]),
    points("membership_role", &["membership_id"], "membership", &["id"]),
    points("session", &["user_id"], "user", &["id"]),
    points("sign_in_code", &["user_id"], "user", &["id"]),
    points("api_key", &["account_id"], "account", &["id"]),
    points("api_key_grant", &["api_key_id"], "api_key", &["id"]),
    points("api_key_grant", &["workspace_id"], "workspace", &["number"]),
    points("channel_account", &["workspace_id"], "workspace", &["number"]),
    points("channel_account", &["app_id"], "channel_app", &["id"]),
    inside!("channel_cursor", "channel_account_id", "channel_account"),
    inside!("message_template", "channel_account_id", "channel_account"),
    inside!("webchat_sighting", "channel_account_id", "channel_account"),
    points("app_delivery", &["app_id"], "channel_app", &["id"]),
    inside!("contact_fact", "contact_id", "contact"),
    inside!("address", "contact_id", "contact"),
    inside!("address_claim", "contact_id", "contact"),
    inside!("consent", "address_id", "address"),
    inside!("thread_key", "thread_id", "thread"),
    inside!("participant", "conversation_id", "conversation"),
    inside!("message", "conversation_id", "conversation"),
    points("flow", &["workspace_id"], "workspace", &["number"]),
    inside!("flow_revision", "flow_id", "flow"),
    inside!("flow_reference", "flow_id", "flow"),
    inside!("execution", "conversation_id", "conversation"),
    inside!("step", "execution_id", "execution"),
    inside!("attempt", "outbox_id", "outbox"),
    points("activity", &["workspace_id"], "workspace", &["number"]),
    points("worker", &["workspace_id"], "workspace", &["number"]),
    points("task_queue", &["workspace_id"], "workspace", &["number"]),
    points("workflow", &["workspace_id"], "workspace", &["number"]),
    inside!("reservation", "task_id", "task"),
    points("canned_reply", &["workspace_id"], "workspace", &["number"]),
    points("bot_question", &["workspace_id"], "workspace", &["number"]),
    points("bot_fact", &["workspace_id"], "workspace", &["number"]),
    points("branding", &["workspace_id"], "workspace", &["number"]),
    points("custom_field", &["workspace_id"], "workspace", &["number"]),
    points("webhook", &["workspace_id"], "workspace", &["number"]),
    inside!("webhook_delivery", "webhook_id", "webhook"),
    inside!("webhook_attempt", "webhook_delivery_id", "webhook_delivery"),
];

/// What hot tables point to without a foreign key, for the sake of speed, and without which they mean nothing.
pub const POINTERS: &[Reference] = &[
    inside!("inbound", "delivery_id", "delivery"),
    inside!("contact", "root_id", "contact"),
    inside!("thread", "channel_account_id", "channel_account"),
    inside!("thread", "conversation_id", "conversation"),
    inside!("thread", "address_id", "address"),
    inside!("conversation", "contact_id", "contact"),
    inside!("conversation", "thread_id", "thread"),
    inside!("message", "thread_id", "thread"),
    inside!("provider_message", "message_id", "message"),
    inside!("attachment", "message_id", "message"),
    inside!("outbox", "message_id", "message"),
    inside!("outbox", "conversation_id", "conversation"),
    // A proof code belongs to no conversation and waits in a line of its own.
    Reference { only: "c.conversation_id IS NOT NULL", ..inside!("outbox", "thread_id", "thread") },
    inside!("outbox", "channel_account_id", "channel_account"),
    inside!("execution", "flow_id", "flow"),
    inside!("task", "conversation_id", "conversation"),
    inside!("reservation", "worker_id", "worker"),
    inside!("seen", "conversation_id", "conversation"),
    points("workspace", &["number"], "stream", &["workspace_id"]),
    points("stream", &["workspace_id"], "workspace", &["number"]),
];

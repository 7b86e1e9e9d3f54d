-- 0001_base: the rows that carry the promises of the corridor.
-- Every key of a workspace's row starts with workspace_id, and every foreign key is (workspace_id, parent), so that a row cannot point
-- into another tenant. Hot tables have no foreign key to workspace: the check costs a tenth of the throughput and proves nothing new.
-- `body` holds the noun as JSON; what a constraint or an index needs stands beside it as a column.

CREATE TABLE account (
    id uuid NOT NULL PRIMARY KEY, name text NOT NULL, auth_token bytea NOT NULL, created_at bigint NOT NULL
);
CREATE TABLE workspace (
    number bigint NOT NULL PRIMARY KEY, id uuid NOT NULL UNIQUE, account_id uuid NOT NULL REFERENCES account (id),
    name text NOT NULL, settings text NOT NULL, data_key bytea NOT NULL, version bigint NOT NULL, created_at bigint NOT NULL
);
CREATE TABLE "user" (
    id uuid NOT NULL PRIMARY KEY, account_id uuid NOT NULL REFERENCES account (id), email text NOT NULL UNIQUE, name text NOT NULL,
    password_hash text NOT NULL, disabled boolean NOT NULL, preferences text NOT NULL, created_at bigint NOT NULL, version bigint NOT NULL
);
CREATE TABLE membership (
    id uuid NOT NULL PRIMARY KEY, user_id uuid NOT NULL REFERENCES "user" (id), workspace_id bigint NOT NULL REFERENCES workspace (number),
    worker_id uuid, version bigint NOT NULL,
    UNIQUE (user_id, workspace_id)
);
CREATE TABLE membership_role (
    membership_id uuid NOT NULL REFERENCES membership (id), role text NOT NULL, scope text NOT NULL, queues text NOT NULL,
    PRIMARY KEY (membership_id, role)
);
-- A role is a list of permissions; the built-in ones cannot be edited.
CREATE TABLE role_permission (role text NOT NULL, permission text NOT NULL, scope text NOT NULL, PRIMARY KEY (role, permission));
CREATE TABLE session (
    token_hash bytea NOT NULL PRIMARY KEY, id uuid NOT NULL UNIQUE, user_id uuid NOT NULL REFERENCES "user" (id),
    created_at bigint NOT NULL, last_used_at bigint NOT NULL, expires_at bigint NOT NULL, host text NOT NULL
);
CREATE TABLE sign_in_code (code_hash bytea NOT NULL PRIMARY KEY, user_id uuid NOT NULL REFERENCES "user" (id), expires_at bigint NOT NULL);
-- Failed log-ins, per account name and per address, for the limit of S7.
CREATE TABLE sign_in_failure (subject text NOT NULL, at bigint NOT NULL, id uuid NOT NULL PRIMARY KEY);
CREATE INDEX sign_in_failure_recent ON sign_in_failure (subject, at);
CREATE TABLE api_key (
    id uuid NOT NULL PRIMARY KEY, account_id uuid NOT NULL REFERENCES account (id), name text NOT NULL, secret_hash bytea NOT NULL,
    created_at bigint NOT NULL, last_used_at bigint
);
CREATE TABLE api_key_grant (
    api_key_id uuid NOT NULL REFERENCES api_key (id), workspace_id bigint NOT NULL REFERENCES workspace (number), role text NOT NULL,
    PRIMARY KEY (api_key_id, workspace_id)
);
-- What the installation knows of itself: the set-up code's hash, the restore mark.
CREATE TABLE installation (key text NOT NULL PRIMARY KEY, value text NOT NULL);

-- Leases: one row per process life; whoever writes under a lease writes its row in the same commit.
CREATE TABLE node (id uuid NOT NULL PRIMARY KEY, started_at bigint NOT NULL, expires_at bigint NOT NULL);
CREATE TABLE lease (resource text NOT NULL PRIMARY KEY, node_id uuid NOT NULL, epoch bigint NOT NULL, commit_no bigint NOT NULL);

-- Channels.
CREATE TABLE channel_app (id uuid NOT NULL PRIMARY KEY, channel text NOT NULL, name text NOT NULL, secrets bytea NOT NULL, created_at bigint NOT NULL);
CREATE TABLE channel_account (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL UNIQUE, kind text NOT NULL, app_id uuid REFERENCES channel_app (id), provider_key text,
    enabled boolean NOT NULL, body text NOT NULL, secrets bytea NOT NULL, problem text, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (app_id, provider_key)
);
CREATE TABLE channel_cursor (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, key text NOT NULL, value text NOT NULL,
    PRIMARY KEY (workspace_id, channel_account_id, key),
    FOREIGN KEY (workspace_id, channel_account_id) REFERENCES channel_account (workspace_id, id)
);

-- The journal: what providers told us, kept before anything is decided.
CREATE TABLE delivery (
    workspace_id bigint NOT NULL, id uuid NOT NULL, channel_account_id uuid NOT NULL, body bytea, headers text NOT NULL,
    received_at bigint NOT NULL, state text NOT NULL, problem text,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX delivery_age ON delivery (workspace_id, received_at);
-- Deliveries of an app whose one URL serves several accounts, outside the workspaces.
CREATE TABLE app_delivery (
    id uuid NOT NULL PRIMARY KEY, app_id uuid NOT NULL REFERENCES channel_app (id), body bytea, headers text NOT NULL,
    received_at bigint NOT NULL, state text NOT NULL, problem text
);
CREATE TABLE inbound (
    workspace_id bigint NOT NULL, id uuid NOT NULL, delivery_id uuid NOT NULL, channel_account_id uuid NOT NULL, external_id text NOT NULL,
    lane text NOT NULL, state text NOT NULL, attempts bigint NOT NULL, body text NOT NULL, received_at bigint NOT NULL, problem text,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, channel_account_id, external_id) -- providers retry; the second copy must change nothing
);
CREATE INDEX inbound_waiting ON inbound (workspace_id, lane) WHERE state = 'received';

-- People.
CREATE TABLE contact (
    workspace_id bigint NOT NULL, id uuid NOT NULL, root_id uuid NOT NULL, name text NOT NULL, blocked boolean NOT NULL,
    created_at bigint NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX contact_person ON contact (workspace_id, root_id);
CREATE TABLE contact_fact (
    workspace_id bigint NOT NULL, contact_id uuid NOT NULL, key text NOT NULL, value text NOT NULL, source text NOT NULL,
    verified boolean NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, key),
    FOREIGN KEY (workspace_id, contact_id) REFERENCES contact (workspace_id, id)
);
CREATE TABLE address (
    workspace_id bigint NOT NULL, id uuid NOT NULL, contact_id uuid NOT NULL, channel text NOT NULL, scope text NOT NULL, external_id text NOT NULL,
    verified boolean NOT NULL, opted_out boolean NOT NULL, created_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, channel, scope, external_id), -- one contact per channel address
    FOREIGN KEY (workspace_id, contact_id) REFERENCES contact (workspace_id, id)
);
CREATE INDEX address_contact ON address (workspace_id, contact_id);
-- A typed address that nobody has proved: shown beside the person, never a join.
CREATE TABLE address_claim (
    workspace_id bigint NOT NULL, contact_id uuid NOT NULL, channel text NOT NULL, external_id text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, contact_id, channel, external_id),
    FOREIGN KEY (workspace_id, contact_id) REFERENCES contact (workspace_id, id)
);
CREATE INDEX address_claim_value ON address_claim (workspace_id, channel, external_id);
CREATE TABLE contact_join (
    workspace_id bigint NOT NULL, id uuid NOT NULL, root_id uuid NOT NULL, moved text NOT NULL, evidence text NOT NULL, actor text NOT NULL,
    at bigint NOT NULL, undone_at bigint,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX contact_join_root ON contact_join (workspace_id, root_id);

-- Talk.
CREATE TABLE thread (
    workspace_id bigint NOT NULL, id uuid NOT NULL, channel_account_id uuid NOT NULL, key text NOT NULL, conversation_id uuid,
    address_id uuid, context text NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, channel_account_id, key)
);
CREATE INDEX thread_conversation ON thread (workspace_id, conversation_id);
CREATE TABLE thread_key (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, key text NOT NULL, thread_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, channel_account_id, key),
    FOREIGN KEY (workspace_id, thread_id) REFERENCES thread (workspace_id, id)
);
CREATE TABLE conversation (
    workspace_id bigint NOT NULL, id uuid NOT NULL, state text NOT NULL, holder text NOT NULL, contact_id uuid NOT NULL, thread_id uuid NOT NULL,
    last_seq bigint NOT NULL, task_id uuid, worker_id uuid, created_at bigint NOT NULL, last_activity_at bigint NOT NULL,
    held_by text, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX conversation_contact ON conversation (workspace_id, contact_id, created_at);
CREATE INDEX conversation_recent ON conversation (workspace_id, state, last_activity_at);
CREATE UNIQUE INDEX conversation_open ON conversation (workspace_id, thread_id) WHERE state = 'open'; -- I1.3
CREATE TABLE participant (
    workspace_id bigint NOT NULL, id uuid NOT NULL, conversation_id uuid NOT NULL, thread_id uuid, address_id uuid, contact_id uuid, worker_id uuid,
    name text NOT NULL, active boolean NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE UNIQUE INDEX participant_active ON participant (workspace_id, conversation_id, thread_id, address_id) WHERE active AND address_id IS NOT NULL;
CREATE UNIQUE INDEX participant_worker ON participant (workspace_id, conversation_id, worker_id) WHERE active AND worker_id IS NOT NULL;
CREATE TABLE message (
    workspace_id bigint NOT NULL, id uuid NOT NULL, conversation_id uuid NOT NULL, thread_id uuid, seq bigint NOT NULL, pos bigint NOT NULL,
    client_id text, state text NOT NULL, body text NOT NULL, created_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, conversation_id, seq),       -- I1.4
    UNIQUE (workspace_id, conversation_id, client_id), -- I6.2
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE INDEX message_thread ON message (workspace_id, thread_id, pos);
-- Where a send and its receipts meet: whoever comes second sees the first.
CREATE TABLE provider_message (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, external_id text NOT NULL, message_id uuid, part bigint NOT NULL, parked text,
    PRIMARY KEY (workspace_id, channel_account_id, external_id)
);
CREATE TABLE attachment (
    workspace_id bigint NOT NULL, id uuid NOT NULL, message_id uuid, owner text NOT NULL, body text NOT NULL, created_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX attachment_loose ON attachment (workspace_id, created_at) WHERE message_id IS NULL;
CREATE TABLE seen (
    workspace_id bigint NOT NULL, worker_id uuid NOT NULL, conversation_id uuid NOT NULL, seq bigint NOT NULL,
    PRIMARY KEY (workspace_id, worker_id, conversation_id)
);

-- Flows.
CREATE TABLE flow (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, revision bigint NOT NULL,
    published_revision bigint, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE flow_revision (
    workspace_id bigint NOT NULL, flow_id uuid NOT NULL, revision bigint NOT NULL, status text NOT NULL, definition text NOT NULL,
    message text NOT NULL, actor text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, flow_id, revision),
    FOREIGN KEY (workspace_id, flow_id) REFERENCES flow (workspace_id, id)
);
-- Unknown SIDs of an imported flow, mapped here and never rewritten in the document.
CREATE TABLE flow_reference (
    workspace_id bigint NOT NULL, flow_id uuid NOT NULL, kind text NOT NULL, given text NOT NULL, mapped text,
    PRIMARY KEY (workspace_id, flow_id, kind, given),
    FOREIGN KEY (workspace_id, flow_id) REFERENCES flow (workspace_id, id)
);
CREATE TABLE execution (
    workspace_id bigint NOT NULL, id uuid NOT NULL, conversation_id uuid NOT NULL, flow_id uuid NOT NULL, revision bigint NOT NULL,
    step_no bigint NOT NULL, state text NOT NULL, body text NOT NULL, started_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE UNIQUE INDEX execution_active ON execution (workspace_id, conversation_id, flow_id) WHERE state = 'active';
CREATE INDEX execution_recent ON execution (workspace_id, started_at);
CREATE TABLE step (
    workspace_id bigint NOT NULL, execution_id uuid NOT NULL, no bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (workspace_id, execution_id, no), -- I2.1
    FOREIGN KEY (workspace_id, execution_id) REFERENCES execution (workspace_id, id)
);

-- Jobs and sends.
CREATE TABLE job (
    workspace_id bigint NOT NULL, id uuid NOT NULL, lane text NOT NULL, key text NOT NULL, run_at bigint NOT NULL, kind text NOT NULL, body text NOT NULL,
    attempts bigint NOT NULL, node_id uuid, epoch bigint NOT NULL, lease_until bigint,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, key)
);
CREATE INDEX job_due ON job (run_at);
CREATE INDEX job_lane ON job (workspace_id, lane, run_at);
CREATE TABLE outbox (
    workspace_id bigint NOT NULL, id uuid NOT NULL, conversation_id uuid, thread_id uuid NOT NULL, channel_account_id uuid NOT NULL, message_id uuid,
    opened_at bigint NOT NULL, seq bigint NOT NULL, part bigint NOT NULL, state text NOT NULL, body text NOT NULL, progress text NOT NULL,
    not_before bigint NOT NULL, expires_at bigint NOT NULL, attempts bigint NOT NULL, epoch bigint NOT NULL, updated_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, message_id, thread_id, part)
);
CREATE UNIQUE INDEX outbox_sending ON outbox (workspace_id, thread_id) WHERE state = 'sending'; -- I6.5
CREATE INDEX outbox_waiting ON outbox (workspace_id, channel_account_id, not_before) WHERE state IN ('queued', 'sending', 'uncertain');
CREATE TABLE attempt (
    workspace_id bigint NOT NULL, outbox_id uuid NOT NULL, no bigint NOT NULL, epoch bigint NOT NULL, started_at bigint NOT NULL, ended_at bigint, outcome text,
    PRIMARY KEY (workspace_id, outbox_id, no),
    FOREIGN KEY (workspace_id, outbox_id) REFERENCES outbox (workspace_id, id)
);

-- Routing: written by the router's owner alone.
CREATE TABLE activity (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, available boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE worker (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, activity_id uuid NOT NULL, connected boolean NOT NULL,
    deleted boolean NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE worker_connection (
    workspace_id bigint NOT NULL, worker_id uuid NOT NULL, node_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, worker_id, node_id)
);
CREATE TABLE task_queue (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE workflow (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE task (
    workspace_id bigint NOT NULL, id uuid NOT NULL, status text NOT NULL, conversation_id uuid, request_key text, queue_id uuid, worker_id uuid,
    created_at bigint NOT NULL, ended_at bigint, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, conversation_id, request_key) -- I3.1
);
CREATE INDEX task_open ON task (workspace_id, status) WHERE status IN ('pending', 'reserved', 'assigned', 'wrapping');
CREATE INDEX task_recent ON task (workspace_id, created_at);
CREATE TABLE reservation (
    workspace_id bigint NOT NULL, id uuid NOT NULL, task_id uuid NOT NULL, worker_id uuid NOT NULL, channel text NOT NULL, status text NOT NULL,
    role text NOT NULL, offer_no bigint NOT NULL, slot bigint, capacity bigint NOT NULL, deadline_at bigint, created_at bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task (workspace_id, id)
);
CREATE UNIQUE INDEX reservation_offer ON reservation (workspace_id, task_id, offer_no) WHERE status = 'pending';                                       -- I4.1
CREATE UNIQUE INDEX reservation_twice ON reservation (workspace_id, task_id, worker_id) WHERE status = 'pending';
CREATE UNIQUE INDEX reservation_slot ON reservation (workspace_id, worker_id, channel, slot) WHERE status IN ('pending', 'accepted', 'wrapping');       -- I4.2
CREATE UNIQUE INDEX reservation_primary ON reservation (workspace_id, task_id, role) WHERE status IN ('accepted', 'wrapping');                          -- I5.1
CREATE INDEX reservation_worker ON reservation (workspace_id, worker_id, created_at);
CREATE INDEX reservation_task ON reservation (workspace_id, task_id);
CREATE TABLE request (
    workspace_id bigint NOT NULL, actor text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, answer text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, actor, key) -- the same request, the same answer
);
CREATE INDEX request_age ON request (workspace_id, at);

-- The event stream: number order is commit order, without gaps.
CREATE TABLE stream (workspace_id bigint NOT NULL PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE event (
    workspace_id bigint NOT NULL, seq bigint NOT NULL, kind text NOT NULL, at bigint NOT NULL, conversation_id uuid, task_id uuid, reservation_id uuid,
    worker_id uuid, contact_id uuid, body text NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE TABLE follower (workspace_id bigint NOT NULL, name text NOT NULL, seq bigint NOT NULL, PRIMARY KEY (workspace_id, name));

-- What the admin edits.
CREATE TABLE canned_reply (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, shortcut text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, shortcut)
);
CREATE TABLE bot_question (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, body text NOT NULL, version bigint NOT NULL, PRIMARY KEY (workspace_id, id)
);
CREATE TABLE bot_fact (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, key text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, key)
);

-- Webchat visitors.
CREATE TABLE visitor (
    workspace_id bigint NOT NULL, id uuid NOT NULL, channel_account_id uuid NOT NULL, token_hash bytea NOT NULL UNIQUE, body text NOT NULL,
    created_at bigint NOT NULL, expires_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
-- One-time ids of signed visitor tokens that were used (S11).
CREATE TABLE used_token (workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, jti text NOT NULL, expires_at bigint NOT NULL, PRIMARY KEY (workspace_id, channel_account_id, jti));
CREATE TABLE proof_code (
    workspace_id bigint NOT NULL, id uuid NOT NULL, visitor_id uuid NOT NULL, channel text NOT NULL, external_id text NOT NULL, code_hash bytea NOT NULL,
    tries bigint NOT NULL, created_at bigint NOT NULL, used_at bigint,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX proof_code_recent ON proof_code (workspace_id, external_id, created_at);

-- Privileged changes, hash-chained.
CREATE TABLE audit_row (
    workspace_id bigint NOT NULL, no bigint NOT NULL, at bigint NOT NULL, actor text NOT NULL, action text NOT NULL, subject text NOT NULL, detail text NOT NULL,
    previous bytea NOT NULL, hash bytea NOT NULL,
    PRIMARY KEY (workspace_id, no)
);
CREATE TABLE audit_head (workspace_id bigint NOT NULL PRIMARY KEY, no bigint NOT NULL, hash bytea NOT NULL);

-- Search: text tokenised by us, one row per contact or message.
-- sqlite:
CREATE VIRTUAL TABLE search_index USING fts5 (workspace, kind UNINDEXED, subject UNINDEXED, tokens, tokenize = 'unicode61');
-- pg:
CREATE TABLE search_index (workspace bigint NOT NULL, kind text NOT NULL, subject text NOT NULL, tokens text NOT NULL, PRIMARY KEY (workspace, kind, subject));
CREATE INDEX search_index_tokens ON search_index USING gin (to_tsvector('simple', tokens));
-- all:

-- 0006_webhooks: who wants to hear of our events, what was made for them, and each try to bring it there.
-- all:
CREATE TABLE webhook (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, url text NOT NULL, events text NOT NULL,
    enabled boolean NOT NULL, secret bytea NOT NULL, from_seq bigint NOT NULL, problem text, failures bigint NOT NULL, failing_since bigint,
    paused_until bigint, created_at bigint NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
-- One row an event and webhook. What is sent is made of the event each time, so that nothing a customer said is kept twice.
CREATE TABLE webhook_delivery (
    workspace_id bigint NOT NULL, id uuid NOT NULL, webhook_id uuid NOT NULL, seq bigint NOT NULL, kind text NOT NULL, state text NOT NULL,
    tries bigint NOT NULL, attempts bigint NOT NULL, next_at bigint NOT NULL, expires_at bigint NOT NULL, made_at bigint NOT NULL, ended_at bigint,
    outcome text NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, webhook_id, seq), -- an event is told to a webhook under one id
    FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhook (workspace_id, id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (workspace_id, webhook_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_age ON webhook_delivery (workspace_id, made_at);
CREATE TABLE webhook_attempt (
    workspace_id bigint NOT NULL, webhook_delivery_id uuid NOT NULL, no bigint NOT NULL, at bigint NOT NULL, took_ms bigint NOT NULL, outcome text NOT NULL,
    status bigint, answer text NOT NULL,
    PRIMARY KEY (workspace_id, webhook_delivery_id, no),
    FOREIGN KEY (workspace_id, webhook_delivery_id) REFERENCES webhook_delivery (workspace_id, id)
);
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('webhook', 'sqlite_autoindex_webhook_1', '10 10 1'),
    ('webhook_delivery', 'sqlite_autoindex_webhook_delivery_1', '1000000 1000000 1'),
    ('webhook_delivery', 'sqlite_autoindex_webhook_delivery_2', '1000000 1000000 100000 1'),
    ('webhook_delivery', 'webhook_delivery_due', '1000 1000 100 2'),
    ('webhook_delivery', 'webhook_delivery_age', '1000000 1000000 2'),
    ('webhook_attempt', 'sqlite_autoindex_webhook_attempt_1', '1000000 1000000 2 1');
ANALYZE sqlite_schema;
-- all:

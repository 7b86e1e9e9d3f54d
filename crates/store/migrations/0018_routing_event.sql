-- 0018_routing_event: what happened in routing, for statistics and the record; kept for 30 days.
-- all:
CREATE TABLE routing_event (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, at bigint NOT NULL, kind text NOT NULL, task_id uuid, reservation_id uuid,
    worker_id uuid, queue_id uuid, workflow_id uuid, channel text, task_channel_id uuid,
    activity_id uuid, status text, lasted bigint NOT NULL, queued bigint NOT NULL, no bigint NOT NULL, detail text,
    PRIMARY KEY (workspace_id, id)
);
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('routing_event', 'sqlite_autoindex_routing_event_1', '1000000 1000000 1');
ANALYZE sqlite_schema;
-- all:

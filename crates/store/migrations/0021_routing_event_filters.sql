-- 0021_routing_event_filters: events of one task, of one worker and of one kind are found without reading all of their time.
-- all:
CREATE INDEX routing_event_task ON routing_event (workspace_id, task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX routing_event_worker ON routing_event (workspace_id, worker_id, id) WHERE worker_id IS NOT NULL;
CREATE INDEX routing_event_kind ON routing_event (workspace_id, kind, id);
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('routing_event', 'routing_event_task', '1000000 1000000 10 1'),
    ('routing_event', 'routing_event_worker', '1000000 1000000 10000 1'),
    ('routing_event', 'routing_event_kind', '1000000 1000000 100000 1');
ANALYZE sqlite_schema;
-- all:

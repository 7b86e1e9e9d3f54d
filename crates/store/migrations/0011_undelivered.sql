-- 0011_undelivered: the list of what did not arrive reads nothing else.
-- all:
CREATE INDEX outbox_undelivered ON outbox (workspace_id, updated_at) WHERE state IN ('failed', 'uncertain');

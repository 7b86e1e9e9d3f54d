-- 0013_unreadable: the list of what came in and could not be read, or failed, reads nothing else.
-- all:
CREATE INDEX delivery_unreadable ON delivery (workspace_id, received_at) WHERE state = 'quarantined';
CREATE INDEX inbound_unreadable ON inbound (workspace_id, received_at) WHERE state = 'quarantined';

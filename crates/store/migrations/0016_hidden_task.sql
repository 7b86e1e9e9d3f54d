-- 0016_hidden_task: what was deleted through TaskRouter's API is gone there and nowhere else; and what ended lately is found without
-- reading what ended long ago.
-- all:
CREATE TABLE hidden_task (
    workspace_id bigint NOT NULL, task_id uuid NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, task_id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task (workspace_id, id)
);
CREATE INDEX task_ended ON task (workspace_id, ended_at) WHERE ended_at IS NOT NULL;
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('hidden_task', 'sqlite_autoindex_hidden_task_1', '1000000 1000000 1'),
    ('task', 'task_ended', '1000000 1000000 1');
ANALYZE sqlite_schema;
-- all:

-- 0015_task_channels: task channels are rows, made by the router as tasks and workers name them.
-- all:
CREATE TABLE task_channel (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, unique_name text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, unique_name)
);
ALTER TABLE activity ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;

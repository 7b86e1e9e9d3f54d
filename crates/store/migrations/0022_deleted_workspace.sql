-- 0022_deleted_workspace: a deleted workspace is gone for everybody from that commit on, and its rows wait for the day they are erased.
-- Its number is never given again. While the stream is closed no commit of the workspace that has to tell something is possible; and the
-- names of its accounts at their providers are free for another workspace.
-- all:
ALTER TABLE workspace ADD COLUMN deleted_at bigint;
ALTER TABLE workspace ADD COLUMN erasing_at bigint;
ALTER TABLE workspace ADD COLUMN erased_at bigint;
CREATE INDEX workspace_deleted ON workspace (number) WHERE deleted_at IS NOT NULL;
ALTER TABLE stream ADD COLUMN closed boolean NOT NULL DEFAULT false;
ALTER TABLE channel_account ADD COLUMN parked_key text;

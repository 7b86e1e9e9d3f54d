-- 0012_silence: what each channel account heard in each quarter of an hour of the last weeks, so that a silence which is not usual shows.
-- all:
CREATE TABLE channel_watch (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, watched_at bigint NOT NULL, since bigint NOT NULL, heard_at bigint,
    PRIMARY KEY (workspace_id, channel_account_id),
    FOREIGN KEY (workspace_id, channel_account_id) REFERENCES channel_account (workspace_id, id)
);
CREATE TABLE channel_heard (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, slot bigint NOT NULL, deliveries bigint NOT NULL,
    PRIMARY KEY (workspace_id, channel_account_id, slot),
    FOREIGN KEY (workspace_id, channel_account_id) REFERENCES channel_account (workspace_id, id)
);

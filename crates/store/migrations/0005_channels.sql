-- 0005_channels: times of reading that providers tell instead of receipts, and texts that they have approved.
-- all:
ALTER TABLE thread ADD COLUMN delivered_until bigint;
ALTER TABLE thread ADD COLUMN read_until bigint;
CREATE TABLE message_template (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, name text NOT NULL, language text NOT NULL, body text NOT NULL, listed_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, channel_account_id, name, language),
    FOREIGN KEY (workspace_id, channel_account_id) REFERENCES channel_account (workspace_id, id)
);

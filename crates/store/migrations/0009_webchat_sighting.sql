-- 0009_webchat_sighting: which site asked for a chat last, and which was refused last, so that a snippet that is not seen shows.
-- all:
CREATE TABLE webchat_sighting (
    workspace_id bigint NOT NULL, channel_account_id uuid NOT NULL, outcome text NOT NULL, site text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, channel_account_id, outcome),
    FOREIGN KEY (workspace_id, channel_account_id) REFERENCES channel_account (workspace_id, id)
);

-- 0004_credentials: when a channel account's credential ends, and when it is to be made anew.
-- all:
ALTER TABLE channel_account ADD COLUMN credential_expires_at bigint;
ALTER TABLE channel_account ADD COLUMN credential_refresh_at bigint;

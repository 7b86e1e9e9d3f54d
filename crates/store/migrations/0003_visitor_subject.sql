-- 0003_visitor_subject: a proven person's browsers find each other. Those proven before are noted at their next sign-in.
-- all:
ALTER TABLE visitor ADD COLUMN subject text;
CREATE INDEX visitor_subject ON visitor (workspace_id, channel_account_id, subject) WHERE subject IS NOT NULL;
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('visitor', 'visitor_subject', '100000 100000 50000 2');
ANALYZE sqlite_schema;
-- all:

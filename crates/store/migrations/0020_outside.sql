-- 0020_outside: outside work is found by who has some of which kind, and claimed by both.
-- all:
CREATE INDEX job_outside ON job (workspace_id, kind, run_at) WHERE lane = 'egress';
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('job', 'job_outside', '1000 1000 2 1');
ANALYZE sqlite_schema;
-- all:

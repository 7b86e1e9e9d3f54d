-- 0005_marks: up to when, by the provider's clock, a thread's other side has and has seen what was sent to it.
-- all:
ALTER TABLE thread ADD COLUMN delivered_until bigint;
ALTER TABLE thread ADD COLUMN read_until bigint;

-- 0017_doubt: a send that may have arrived and is asked again under its key keeps since when it is in doubt; and what the provider told of a
-- part while its request was under way is kept beside it until the answer is in.
-- all:
ALTER TABLE outbox ADD COLUMN doubt_since bigint;
ALTER TABLE outbox ADD COLUMN named_at bigint;

-- 0019_business_hours: when queues and channel accounts are open, closed and on holiday.
-- all:
CREATE TABLE business_hours (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, name text NOT NULL, body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

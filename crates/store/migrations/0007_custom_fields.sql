-- 0007_custom_fields: what a workspace keeps of its contacts and tasks beside what everybody keeps.
-- all:
CREATE TABLE custom_field (
    workspace_id bigint NOT NULL REFERENCES workspace (number), id uuid NOT NULL, subject text NOT NULL, key text NOT NULL, place bigint NOT NULL,
    body text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, subject, key) -- a value names its field by the key
);

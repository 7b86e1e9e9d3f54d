-- 0008_branding: how a workspace shows itself. The pictures are small and stand here, so that a backup of the database has them.
-- all:
CREATE TABLE branding (
    workspace_id bigint NOT NULL REFERENCES workspace (number), body text NOT NULL, logo bytea, icon bytea, version bigint NOT NULL,
    PRIMARY KEY (workspace_id)
);

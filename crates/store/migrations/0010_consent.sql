-- 0010_consent: why an address may be written to or not, each time that changed: what was said, when, and by which rule it counts.
-- all:
CREATE TABLE consent (
    workspace_id bigint NOT NULL, id uuid NOT NULL, address_id uuid NOT NULL, opted_out boolean NOT NULL, rule text NOT NULL, word text NOT NULL,
    conversation_id uuid, message_id uuid, at bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, address_id) REFERENCES address (workspace_id, id)
);
CREATE INDEX consent_address ON consent (workspace_id, address_id, at);

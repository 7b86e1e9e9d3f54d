-- 0002_plans: what SQLite's planner is to believe. Every key begins with workspace_id, of which a file may hold one: without statistics
-- the planner takes that column for selective, and reads a workspace's whole table where it should look a row up. Real statistics would
-- be those of an empty file, so they are given here: rows, then rows per value of the first column, of the first two, and so on.
-- sqlite:
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('delivery', 'sqlite_autoindex_delivery_1', '1000000 1000000 1'),
    ('delivery', 'delivery_age', '1000000 1000000 1'),
    ('inbound', 'sqlite_autoindex_inbound_1', '1000000 1000000 1'),
    ('inbound', 'sqlite_autoindex_inbound_2', '1000000 1000000 200000 1'),
    ('inbound', 'inbound_waiting', '100 100 2'),
    ('contact', 'sqlite_autoindex_contact_1', '1000000 1000000 1'),
    ('contact', 'contact_person', '1000000 1000000 2'),
    ('contact_fact', 'sqlite_autoindex_contact_fact_1', '1000000 1000000 5 1'),
    ('address', 'sqlite_autoindex_address_1', '1000000 1000000 1'),
    ('address', 'sqlite_autoindex_address_2', '1000000 1000000 200000 200000 1'),
    ('address', 'address_contact', '1000000 1000000 2'),
    ('address_claim', 'sqlite_autoindex_address_claim_1', '1000000 1000000 2 2 1'),
    ('address_claim', 'address_claim_value', '1000000 1000000 200000 2'),
    ('contact_join', 'sqlite_autoindex_contact_join_1', '100000 100000 1'),
    ('contact_join', 'contact_join_root', '100000 100000 2'),
    ('thread', 'sqlite_autoindex_thread_1', '1000000 1000000 1'),
    ('thread', 'sqlite_autoindex_thread_2', '1000000 1000000 200000 1'),
    ('thread', 'thread_conversation', '1000000 1000000 2'),
    ('thread_key', 'sqlite_autoindex_thread_key_1', '1000000 1000000 200000 1'),
    ('conversation', 'sqlite_autoindex_conversation_1', '1000000 1000000 1'),
    ('conversation', 'conversation_contact', '1000000 1000000 5 1'),
    ('conversation', 'conversation_recent', '1000000 1000000 500000 1'),
    ('conversation', 'conversation_open', '10000 10000 1'),
    ('participant', 'sqlite_autoindex_participant_1', '1000000 1000000 1'),
    ('participant', 'participant_active', '1000000 1000000 2 1 1'),
    ('participant', 'participant_worker', '1000000 1000000 1 1'),
    ('message', 'sqlite_autoindex_message_1', '1000000 1000000 1'),
    ('message', 'sqlite_autoindex_message_2', '1000000 1000000 20 1'),
    ('message', 'sqlite_autoindex_message_3', '1000000 1000000 20 1'),
    ('message', 'message_thread', '1000000 1000000 50 1'),
    ('provider_message', 'sqlite_autoindex_provider_message_1', '1000000 1000000 200000 1'),
    ('attachment', 'sqlite_autoindex_attachment_1', '1000000 1000000 1'),
    ('attachment', 'attachment_loose', '100 100 1'),
    ('seen', 'sqlite_autoindex_seen_1', '1000000 1000000 50000 1'),
    ('execution', 'sqlite_autoindex_execution_1', '1000000 1000000 1'),
    ('execution', 'execution_active', '10000 10000 1 1'),
    ('execution', 'execution_recent', '1000000 1000000 1'),
    ('step', 'sqlite_autoindex_step_1', '1000000 1000000 5 1'),
    ('job', 'sqlite_autoindex_job_1', '100000 100000 1'),
    ('job', 'sqlite_autoindex_job_2', '100000 100000 1'),
    ('job', 'job_lane', '100000 100000 10 1'),
    ('job', 'job_due', '100000 1'),
    ('outbox', 'sqlite_autoindex_outbox_1', '1000000 1000000 1'),
    ('outbox', 'sqlite_autoindex_outbox_2', '1000000 1000000 2 2 1'),
    ('outbox', 'outbox_waiting', '1000 1000 500 1'),
    ('outbox', 'outbox_sending', '100 100 1'),
    ('attempt', 'sqlite_autoindex_attempt_1', '1000000 1000000 2 1'),
    ('task', 'sqlite_autoindex_task_1', '1000000 1000000 1'),
    ('task', 'sqlite_autoindex_task_2', '1000000 1000000 2 1'),
    ('task', 'task_open', '1000 1000 250'),
    ('task', 'task_recent', '1000000 1000000 1'),
    ('reservation', 'sqlite_autoindex_reservation_1', '1000000 1000000 1'),
    ('reservation', 'reservation_task', '1000000 1000000 3'),
    ('reservation', 'reservation_worker', '1000000 1000000 50000 1'),
    ('reservation', 'reservation_slot', '1000 1000 10 5 1'),
    ('reservation', 'reservation_offer', '1000 1000 1 1'),
    ('reservation', 'reservation_twice', '1000 1000 1 1'),
    ('reservation', 'reservation_primary', '1000 1000 1 1'),
    ('request', 'sqlite_autoindex_request_1', '1000000 1000000 10000 1'),
    ('request', 'request_age', '1000000 1000000 1'),
    ('event', 'sqlite_autoindex_event_1', '1000000 1000000 1'),
    ('visitor', 'sqlite_autoindex_visitor_1', '1000000 1'),
    ('visitor', 'sqlite_autoindex_visitor_2', '1000000 1000000 1'),
    ('used_token', 'sqlite_autoindex_used_token_1', '100000 100000 50000 1'),
    ('proof_code', 'sqlite_autoindex_proof_code_1', '100000 100000 1'),
    ('proof_code', 'proof_code_recent', '100000 100000 5 1'),
    ('audit_row', 'sqlite_autoindex_audit_row_1', '1000000 1000000 1');
ANALYZE sqlite_schema;
-- all:
-- Who is in a conversation is asked for by the conversation; the unique indexes cover only some of them.
CREATE INDEX participant_conversation ON participant (workspace_id, conversation_id) WHERE active;
-- sqlite:
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('participant', 'participant_conversation', '1000000 1000000 2');
ANALYZE sqlite_schema;
-- all:

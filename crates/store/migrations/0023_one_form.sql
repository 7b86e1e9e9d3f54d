-- 0023_one_form: a number of Mexico or Brazil that has two forms is kept in one (connectors/src/phone.rs), so that the person is one.
-- Where both forms have people already, each keeps theirs: joining them is an agent's word. What is written to the old form goes on in its thread.
-- all:
UPDATE address SET external_id = '+52' || substr(external_id, 5)
 WHERE channel = 'phone' AND external_id LIKE '+521__________'
   AND NOT EXISTS (SELECT 1 FROM address o WHERE o.workspace_id = address.workspace_id AND o.channel = address.channel AND o.scope = address.scope
       AND o.external_id = '+52' || substr(address.external_id, 5));
UPDATE address SET external_id = substr(external_id, 1, 5) || '9' || substr(external_id, 6)
 WHERE channel = 'phone' AND external_id LIKE '+55__________' AND substr(external_id, 6, 1) IN ('6', '7', '8', '9')
   AND NOT EXISTS (SELECT 1 FROM address o WHERE o.workspace_id = address.workspace_id AND o.channel = address.channel AND o.scope = address.scope
       AND o.external_id = substr(address.external_id, 1, 5) || '9' || substr(address.external_id, 6));
UPDATE address_claim SET external_id = '+52' || substr(external_id, 5)
 WHERE channel = 'phone' AND external_id LIKE '+521__________'
   AND NOT EXISTS (SELECT 1 FROM address_claim o WHERE o.workspace_id = address_claim.workspace_id AND o.contact_id = address_claim.contact_id
       AND o.channel = address_claim.channel AND o.external_id = '+52' || substr(address_claim.external_id, 5));
UPDATE address_claim SET external_id = substr(external_id, 1, 5) || '9' || substr(external_id, 6)
 WHERE channel = 'phone' AND external_id LIKE '+55__________' AND substr(external_id, 6, 1) IN ('6', '7', '8', '9')
   AND NOT EXISTS (SELECT 1 FROM address_claim o WHERE o.workspace_id = address_claim.workspace_id AND o.contact_id = address_claim.contact_id
       AND o.channel = address_claim.channel AND o.external_id = substr(address_claim.external_id, 1, 5) || '9' || substr(address_claim.external_id, 6));
INSERT INTO thread_key (workspace_id, channel_account_id, key, thread_id)
 SELECT k.workspace_id, k.channel_account_id, '+52' || substr(k.key, 5), k.thread_id FROM thread_key k
   JOIN channel_account a ON a.workspace_id = k.workspace_id AND a.id = k.channel_account_id
  WHERE a.kind IN ('sms', 'whatsapp') AND k.key LIKE '+521__________'
 ON CONFLICT DO NOTHING;
INSERT INTO thread_key (workspace_id, channel_account_id, key, thread_id)
 SELECT k.workspace_id, k.channel_account_id, substr(k.key, 1, 5) || '9' || substr(k.key, 6), k.thread_id FROM thread_key k
   JOIN channel_account a ON a.workspace_id = k.workspace_id AND a.id = k.channel_account_id
  WHERE a.kind IN ('sms', 'whatsapp') AND k.key LIKE '+55__________' AND substr(k.key, 6, 1) IN ('6', '7', '8', '9')
 ON CONFLICT DO NOTHING;

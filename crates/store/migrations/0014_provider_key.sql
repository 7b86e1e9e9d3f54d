-- 0014_provider_key: what the provider calls an account is noted, and no two accounts of a kind that are switched on have the same.
-- Of two that have it already the older one keeps it. The other stays on, because its customers write to it, and is told when it is saved next.
-- sqlite:
UPDATE channel_account SET provider_key = NULLIF(TRIM(CASE
    WHEN kind = 'whatsapp' THEN json_extract(body, '$.settings.phone_number_id')
    WHEN kind = 'line' THEN COALESCE(NULLIF(json_extract(body, '$.settings.basic_id'), ''), json_extract(body, '$.settings.channel_id'))
    WHEN kind IN ('sms', 'messenger', 'instagram', 'gbm', 'discord', 'email') THEN json_extract(body, '$.address') END), '')
WHERE provider_key IS NULL;
-- pg:
UPDATE channel_account SET provider_key = NULLIF(TRIM(CASE
    WHEN kind = 'whatsapp' THEN body::jsonb #>> '{settings,phone_number_id}'
    WHEN kind = 'line' THEN COALESCE(NULLIF(body::jsonb #>> '{settings,basic_id}', ''), body::jsonb #>> '{settings,channel_id}')
    WHEN kind IN ('sms', 'messenger', 'instagram', 'gbm', 'discord', 'email') THEN body::jsonb ->> 'address' END), '')
WHERE provider_key IS NULL;
-- all:
UPDATE channel_account SET provider_key = NULL WHERE enabled AND EXISTS (
    SELECT 1 FROM channel_account AS other WHERE other.enabled AND other.kind = channel_account.kind
        AND other.provider_key = channel_account.provider_key AND other.id < channel_account.id);
CREATE UNIQUE INDEX channel_account_provider ON channel_account (kind, provider_key) WHERE enabled AND provider_key IS NOT NULL;

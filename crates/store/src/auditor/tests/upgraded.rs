//! Databases of earlier releases, brought to this one.

use std::collections::BTreeMap;

use db::Db;
use model::{Address, ChannelAccount, ChannelAccountId, Contact, ContactId, Ids, Settings, Thread, Timestamp};

use super::{audit, empty_databases};

const BEFORE: &str = "0014_provider_key";

fn account(id: ChannelAccountId, kind: &str, address: &str, settings: &[(&str, &str)], enabled: bool) -> ChannelAccount {
    ChannelAccount {
        id,
        kind: kind.into(),
        name: "Shop".into(),
        address: address.into(),
        enabled,
        settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        secrets: BTreeMap::new(),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    }
}

/// The provider's name of each account, in the order in which they were made.
async fn keys(db: &Db) -> Vec<Option<String>> {
    let sql = "SELECT provider_key FROM channel_account ORDER BY id";
    let rows = db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql.into(), vec![]).await?) })).await.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

async fn put(db: &Db, ws: crate::WorkspaceNo, account: ChannelAccount) -> anyhow::Result<()> {
    db.write(move |tx| {
        let account = account.clone();
        Box::pin(async move { crate::channel::insert(tx, ws, &account, vec![3]).await })
    })
    .await
}

async fn shop(db: &Db, ids: &mut Ids, now: Timestamp) -> crate::WorkspaceNo {
    let (owner, id) = (ids.next(), ids.next());
    db.write(move |tx| {
        Box::pin(async move {
            crate::workspace::insert_account(tx, owner, "Shop", vec![1], now).await?;
            crate::workspace::insert(tx, owner, id, "Shop", &Settings::default(), vec![2], now).await
        })
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn accounts_that_share_a_providers_name_survive_and_no_more_are_made() {
    let earlier = crate::MIGRATIONS.iter().position(|one| one.name == BEFORE).unwrap();
    for (engine, db) in empty_databases("accounts_that_share_a_providers_name_survive_and_no_more_are_made").await {
        db.migrate(&crate::MIGRATIONS[..earlier]).await.unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let mut ids = Ids::new(now, 7);
        let ws = shop(&db, &mut ids, now).await;
        let number = [("number", "+4930123456"), ("phone_number_id", "2002")];
        let accounts = [
            account(ids.next(), "whatsapp", "+4930123456", &number, false),
            account(ids.next(), "whatsapp", "+4930123456", &number, true),
            account(ids.next(), "whatsapp", "+4930123456", &number, true),
            account(ids.next(), "whatsapp", "+4930123456", &number, true),
            account(ids.next(), "sms", "+4930123456", &[], true),
            account(ids.next(), "line", "@tidewater", &[("basic_id", "@tidewater"), ("channel_id", "1")], true),
            account(ids.next(), "line", "Shop", &[("basic_id", ""), ("channel_id", "2")], true),
            account(ids.next(), "line", "Shop", &[], true),
            account(ids.next(), "email", "", &[], true),
            account(ids.next(), "webchat", "Shop", &[], true),
            account(ids.next(), "webchat", "Shop", &[], true),
        ];
        for account in accounts {
            put(&db, ws, account).await.unwrap();
        }
        db.migrate(crate::MIGRATIONS).await.unwrap();
        let known = ["2002", "2002", "", "", "+4930123456", "@tidewater", "2", "", "", "", ""];
        let known: Vec<Option<String>> = known.iter().map(|key| Some((*key).to_owned()).filter(|key| !key.is_empty())).collect();
        assert_eq!(keys(&db).await, known, "{engine}: the older of two that are on has it");
        assert!(audit(&db, BTreeMap::new(), now).await.breaches.is_empty());

        let mut another = account(ids.next(), "whatsapp", "+4930123456", &number, true);
        another.provider_key = Some("2002".into());
        let refused = put(&db, ws, another.clone()).await.unwrap_err();
        assert_eq!(db::is_unique_violation(&refused), Some("channel_account.kind, channel_account.provider_key"), "{engine}: {refused:#}");
        put(&db, ws, ChannelAccount { enabled: false, ..another }).await.unwrap();
    }
}

#[tokio::test]
async fn numbers_with_two_forms_are_kept_in_one_and_their_threads_go_on() {
    let earlier = crate::MIGRATIONS.iter().position(|one| one.name == "0023_one_form").unwrap();
    // What an earlier release kept, and what is kept now; of the last two each has people already.
    let numbers = [
        ("+5215512345678", "+525512345678"),
        ("+553188887777", "+5531988887777"),
        ("+551133334444", "+551133334444"),
        ("+491713920041", "+491713920041"),
        ("+5218112345678", "+5218112345678"),
        ("+528112345678", "+528112345678"),
    ];
    for (engine, db) in empty_databases("numbers_with_two_forms_are_kept_in_one").await {
        db.migrate(&crate::MIGRATIONS[..earlier]).await.unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let mut ids = Ids::new(now, 7);
        let ws = shop(&db, &mut ids, now).await;
        let [whatsapp, custom]: [ChannelAccountId; 2] = [ids.next(), ids.next()];
        put(&db, ws, account(whatsapp, "whatsapp", "+4930123456", &[], true)).await.unwrap();
        put(&db, ws, account(custom, "custom", "club", &[], true)).await.unwrap();
        let threads: Vec<Thread> = db
            .write(move |tx| {
                let mut ids = ids.clone();
                Box::pin(async move {
                    let mut threads = Vec::new();
                    for (number, _) in numbers {
                        let id: ContactId = ids.next();
                        let contact = Contact { id, root_id: id, name: "Mia".into(), blocked: false, created_at: now, version: 1 };
                        crate::contact::insert(tx, ws, &[contact]).await?;
                        let address = Address {
                            id: ids.next(),
                            contact_id: id,
                            channel: "phone".into(),
                            scope: String::new(),
                            external_id: number.into(),
                            verified: true,
                            opted_out: false,
                        };
                        crate::contact::insert_address(tx, ws, &address, now).await?;
                        crate::contact::put_claim(tx, ws, id, "phone", number, now).await?;
                        for account in [whatsapp, custom] {
                            let thread = Thread {
                                id: ids.next(),
                                channel_account_id: account,
                                key: number.into(),
                                conversation_id: None,
                                address_id: Some(address.id),
                                context: serde_json::Value::Null,
                                delivered_until: None,
                                read_until: None,
                            };
                            crate::conversation::insert_threads(tx, ws, &[(thread.clone(), vec![number.into()])]).await?;
                            threads.push(thread);
                        }
                    }
                    Ok(threads)
                })
            })
            .await
            .unwrap();
        db.migrate(crate::MIGRATIONS).await.unwrap();
        for (no, (before, kept)) in numbers.into_iter().enumerate() {
            let found = async |account: ChannelAccountId, key: &str| {
                let keys = vec![key.to_owned()];
                db.write(move |tx| {
                    let keys = keys.clone();
                    Box::pin(
                        async move { crate::together::one(tx, crate::conversation::ask_lock_threads_by_key(ws, account, &keys)).await },
                    )
                })
                .await
                .unwrap()
                .into_iter()
                .next()
                .map(|(_, thread)| thread.id)
            };
            for key in [before, kept] {
                assert_eq!(found(whatsapp, key).await, Some(threads[2 * no].id), "{engine}: {key}");
            }
            let foreign = found(custom, kept).await == Some(threads[2 * no + 1].id);
            assert_eq!(foreign, before == kept, "{engine}: {kept}: another channel's keys are its own");
            let address = db
                .read(move |tx| Box::pin(async move { crate::contact::address_by_value(tx, ws, "phone", "", kept).await }))
                .await
                .unwrap();
            assert_eq!(address.map(|address| Some(address.id)), Some(threads[2 * no].address_id), "{engine}: {kept}");
        }
        let claims = "SELECT external_id FROM address_claim ORDER BY external_id";
        let claims = db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(claims.into(), vec![]).await?) })).await.unwrap();
        let claims: Vec<String> = claims.iter().map(|row| row.get(0).unwrap()).collect();
        // Of claims both forms may stand, for each is another person's.
        assert!(claims.contains(&"+525512345678".to_owned()) && !claims.contains(&"+5218112345678".to_owned()), "{engine}: {claims:?}");
        assert!(audit(&db, BTreeMap::new(), now).await.breaches.is_empty());
    }
}

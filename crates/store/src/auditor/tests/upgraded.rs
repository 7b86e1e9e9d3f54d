//! Databases of earlier releases, brought to this one.

use std::collections::BTreeMap;

use db::Db;
use model::{ChannelAccount, ChannelAccountId, Ids, Settings, Timestamp};

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

#[tokio::test]
async fn accounts_that_share_a_providers_name_survive_and_no_more_are_made() {
    let earlier = crate::MIGRATIONS.iter().position(|one| one.name == BEFORE).unwrap();
    for (engine, db) in empty_databases("accounts_that_share_a_providers_name_survive_and_no_more_are_made").await {
        db.migrate(&crate::MIGRATIONS[..earlier]).await.unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let mut ids = Ids::new(now, 7);
        let (owner, id) = (ids.next(), ids.next());
        let ws = db
            .write(move |tx| {
                Box::pin(async move {
                    crate::workspace::insert_account(tx, owner, "Shop", vec![1], now).await?;
                    crate::workspace::insert(tx, owner, id, "Shop", &Settings::default(), vec![2], now).await
                })
            })
            .await
            .unwrap();
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

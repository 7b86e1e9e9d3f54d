//! Rotation of keys, cut after every commit it makes.

use anyhow::{Context, Result};
use engine::{MasterKey, Rekeying, Vault};
use model::{DeliveryId, WorkspaceId};
use testkit::{House, Shop, on_each, visitor};

/// Proves S27.
#[test]
fn a_rotation_cut_anywhere_loses_nothing_and_is_ended_by_the_next() {
    on_each("house::a_rotation_cut_anywhere_loses_nothing_and_is_ended_by_the_next", async |house| {
        let shops = [house.open_shop("Tidewater").await.unwrap(), house.open_shop("Tidewater").await.unwrap()];
        for shop in &shops {
            house.chat(shop, visitor(1), "c1", "Hello!").await.unwrap();
            house.text(shop, "+15005550001", "SM01", "Hello!").await.unwrap();
            crate::webhooks::listens(&house, shop, "x", &[]).await;
        }
        let app = house.engine.ids().next();
        house.register_app(app).await.unwrap();
        house.fake_app_posts(app, vec![]).await.unwrap();

        let mut current = Vault::new(MasterKey([7; 32]));
        let (mut master, mut cut) = (7u8, 0i64);
        let before = sealed(&house, &shops).await.unwrap();
        opens(&before, &current).unwrap();
        loop {
            let both = Vault::rotating(MasterKey([master + 1; 32]), MasterKey([master; 32]));
            let mut rekeying = begin(&house, &both).await.unwrap();
            for _ in 0..cut {
                assert!(rekeying.step().await.unwrap());
            }
            drop(rekeying);
            if house.count("SELECT count(*) FROM installation WHERE key = 'rotation'").await.unwrap() == 0 {
                opens(&sealed(&house, &shops).await.unwrap(), &Vault::new(MasterKey([master + 1; 32]))).unwrap();
                break;
            }
            opens(&sealed(&house, &shops).await.unwrap(), &both).with_context(|| format!("cut after {cut} commits")).unwrap();
            let other = begin(&house, &Vault::rotating(MasterKey([99; 32]), MasterKey([master; 32]))).await.err().unwrap();
            assert!(other.to_string().contains("another key is unfinished"), "{other}");

            let mut rekeying = begin(&house, &both).await.unwrap();
            while rekeying.step().await.unwrap() {}
            let after = sealed(&house, &shops).await.unwrap();
            assert!(opens(&after, &current).is_err(), "the old key opens nothing");
            current = Vault::new(MasterKey([master + 1; 32]));
            assert_eq!(opens(&after, &current).unwrap(), opens(&before, &Vault::new(MasterKey([7; 32]))).unwrap());
            (master, cut) = (master + 1, cut + 1);
        }
        assert!(cut > 10, "{cut} commits");
        for shop in &shops {
            let written = format!("SELECT count(*) FROM audit_row WHERE workspace_id = {} AND action = 'keys.rotated'", shop.ws);
            assert!(house.count(&written).await.unwrap() >= cut, "each rotation is written down");
        }
    });
}

async fn begin(house: &House, vault: &Vault) -> Result<Rekeying> {
    Rekeying::begin(house.engine.db().clone(), vault.clone(), house.now()).await
}

/// Everything that is sealed: what it says of its place, the workspace whose keys seal it, and the bytes.
type Sealed = Vec<(String, Option<WorkspaceId>, Vec<u8>)>;

async fn sealed(house: &House, shops: &[Shop; 2]) -> Result<Sealed> {
    let shops = [(shops[0].ws, shops[0].id), (shops[1].ws, shops[1].id)];
    house
        .engine
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let (mut found, nil) = (Sealed::new(), DeliveryId(Default::default()));
                for (ws, id) in shops {
                    let (_, keys) = store::workspace::owner(tx, ws).await?.context("a workspace")?;
                    found.push((format!("workspace:{id}"), None, keys));
                    let mut secrets = store::channel::all(tx, ws).await?;
                    anyhow::ensure!(secrets.len() == 2);
                    found.extend(secrets.drain(..).map(|kept| (engine::secrets_about(kept.account.id), Some(id), kept.sealed)));
                    let webhooks = store::webhook::all(tx, ws).await?;
                    anyhow::ensure!(webhooks.len() == 1);
                    found.extend(webhooks.into_iter().map(|held| (engine::webhook_secret_about(held.id), Some(id), held.sealed)));
                    let deliveries = store::sealed::deliveries(tx, ws, nil, 100).await?;
                    anyhow::ensure!(deliveries.len() == 2);
                    found.extend(deliveries.into_iter().map(|(delivery, body)| (format!("delivery:{delivery}"), Some(id), body)));
                }
                for row in tx.dynamic("SELECT id, auth_token FROM account ORDER BY id".into(), vec![]).await? {
                    let id = model::AccountId(row.get(0)?);
                    found.push((format!("account:{id}:auth_token"), None, row.get(1)?));
                }
                for row in tx.dynamic("SELECT id, secrets FROM channel_app ORDER BY id".into(), vec![]).await? {
                    let id = model::ChannelAppId(row.get(0)?);
                    found.push((format!("channel_app:{id}:secrets"), None, row.get(1)?));
                }
                let apps = store::sealed::app_deliveries(tx, nil, 100).await?;
                anyhow::ensure!(apps.len() == 1);
                found.extend(apps.into_iter().map(|(delivery, body)| (format!("app_delivery:{delivery}"), None, body)));
                Ok(found)
            })
        })
        .await
}

/// All of it in clear, save for the workspaces' own keys, which a rotation changes.
fn opens(sealed: &Sealed, vault: &Vault) -> Result<Vec<(String, Vec<u8>)>> {
    let mut clear = Vec::new();
    for (about, workspace, bytes) in sealed {
        let opened = match workspace {
            None => vault.open_under_master(about, bytes),
            Some(id) => {
                let own = format!("workspace:{id}");
                let (_, _, keys) = sealed.iter().find(|(about, _, _)| *about == own).context("the workspace's keys")?;
                vault.open_data_keys(&own, keys)?.open(about, bytes)
            }
        };
        clear.push((about.clone(), opened.with_context(|| about.clone())?));
    }
    clear.retain(|(about, _)| !about.starts_with("workspace:"));
    Ok(clear)
}

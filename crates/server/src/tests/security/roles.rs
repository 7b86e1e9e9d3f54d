//! Nobody hands out, takes away or touches rights they lack.

use serde_json::{Value, json};

use super::{Api, check, operations};

const ROLES: [&str; 3] = ["agent", "supervisor", "admin"];
const SCOPES: [&str; 3] = ["own", "queue", "all"];

fn member(no: usize, role: &str, scope: &str) -> Value {
    let roles = json!([{ "role": role, "scope": scope, "queues": [] }]);
    json!({ "name": "New", "email": format!("new{no}@shop.example"), "password": "a long password", "roles": roles })
}

#[test]
fn s5_every_pair_of_roles() {
    check("s5_every_pair_of_roles", async |api: Api| {
        let mut no = 0;
        for giver in ROLES {
            for own_scope in SCOPES {
                let who = api.person(api.shop.ws, "Giver", &[(giver, own_scope)], None).await;
                for (given, scope) in ROLES.iter().flat_map(|role| SCOPES.map(|scope| (*role, scope))) {
                    no += 1;
                    let reply = api.post(&who, "/members", member(no, given, scope)).await;
                    // Agents' rights are their own however widely they are given.
                    let narrow = given == "agent" || scope == "own";
                    let wanted = match (giver, own_scope) {
                        ("admin", "all") => (200, "no code"),
                        ("admin", _) if narrow => (200, "no code"),
                        ("admin", "queue") if scope == "queue" => (200, "no code"),
                        ("admin", _) => (422, "more_than_yours"),
                        _ => (404, "not_found"),
                    };
                    assert_eq!(reply.refusal(), wanted, "{giver} {own_scope} gives {given} {scope}: {}", reply.text);
                }
                for role in ROLES {
                    let reply = api.post(&who, "/api-keys", json!({ "name": "key", "role": role })).await;
                    let wanted = match (giver, own_scope) {
                        ("admin", "all") => (200, "no code"),
                        ("admin", _) if role == "agent" => (200, "no code"),
                        ("admin", _) => (422, "more_than_yours"),
                        _ => (404, "not_found"),
                    };
                    assert_eq!(reply.refusal(), wanted, "{giver} {own_scope} makes a key for {role}: {}", reply.text);
                }
            }
        }
    });
}

#[test]
fn s5_a_narrow_admin_cannot_touch_a_wider_one_nor_rise() {
    check("s5_a_narrow_admin_cannot_touch_a_wider_one_nor_rise", async |api: Api| {
        let boss = api.admin().await;
        let narrow = api.person(api.shop.ws, "Narrow", &[("admin", "own")], None).await;
        let members = api.get(&boss, "/members").await.ok();
        let find = |name: &str| {
            let found = members["items"].as_array().unwrap().iter().find(|member| member["user"]["name"] == name).unwrap();
            format!("/members/{}", found["id"].as_str().unwrap())
        };
        let (boss_at, own_at) = (find("Admin"), find("Narrow"));
        let all = json!([{ "role": "admin", "scope": "all", "queues": [] }]);
        let rise = api.patch(&narrow, &own_at, json!({ "roles": all, "version": 1 })).await;
        assert_eq!(rise.refusal(), (422, "more_than_yours"), "{}", rise.text);
        let attacks = [
            json!({ "roles": [{ "role": "agent", "scope": "own", "queues": [] }], "version": 1 }),
            json!({ "disabled": true, "version": 1 }),
            json!({ "email": "mine@evil.example", "version": 1 }),
            json!({ "user": { "disabled": true }, "version": 1 }),
        ];
        for attack in attacks {
            let reply = api.patch(&narrow, &boss_at, attack.clone()).await;
            assert_eq!(reply.refusal(), (404, "not_found"), "{attack}: {}", reply.text);
        }
        let reset = api.post(&narrow, &format!("{boss_at}/reset-password"), json!({ "password": "a long password" })).await;
        assert_eq!(reset.refusal(), (404, "not_found"));
        assert_eq!(api.delete(&narrow, &format!("{boss_at}?version=1")).await.refusal(), (404, "not_found"));
        assert_eq!(api.get(&boss, "/members").await.ok(), members, "nothing changed");
    });
}

/// S5: the built-in roles are rows that no request reaches, and each start makes them what they are.
#[test]
fn s5_built_in_roles_cannot_be_edited() {
    assert!(operations().iter().all(|(_, path, _)| !path.contains("role") && !path.contains("permission")));
    check("s5_built_in_roles_cannot_be_edited", async |api: Api| {
        let db = api.house.engine.db();
        let listed = || db.read(|tx| Box::pin(async move { store::access::roles(tx).await }));
        let before = listed().await.unwrap();
        db.write(|tx| {
            Box::pin(async move {
                tx.dynamic("UPDATE role_permission SET scope = 'all' WHERE role = 'agent'".into(), vec![]).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
        assert_ne!(listed().await.unwrap(), before);
        db.write(|tx| Box::pin(async move { store::access::seed_roles(tx).await })).await.unwrap();
        assert_eq!(listed().await.unwrap(), before);
    });
}

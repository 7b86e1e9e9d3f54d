//! What a person reads when the demo is ready, and the one line that a program reads.

use std::io::Write;

use anyhow::Result;
use serde_json::{Map, json};

use super::address::Address;
use super::installation::Installation;

/// Where everything is, by name.
pub fn urls(installation: &Installation, address: &Address) -> Map<String, serde_json::Value> {
    let mut urls = Map::new();
    urls.insert("public".into(), address.origin("").into());
    for name in ["try", "shop", "phone", "carrier", "graph", "platform", "discord", "mail", "webchat", "files"] {
        urls.insert(name.into(), address.origin(name).into());
    }
    for one in &installation.staff {
        urls.insert(one.key.clone(), address.origin(&one.key).into());
    }
    urls
}

pub fn everything(installation: &Installation, address: &Address) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nThe demo shop Tidewater is open.\n")?;
    writeln!(out, "  Be the customer and open the desks   {}/try", address.origin("try"))?;
    writeln!(out, "  The shop alone                       {}/", address.origin("shop"))?;
    writeln!(out, "  The phone alone                      {}/phone/\n", address.origin("phone"))?;
    writeln!(out, "  {:<11} {:<11} {:<28} {:<23} Password", "Who", "", "Desk", "E-mail")?;
    for one in &installation.staff {
        let desk = address.origin(&one.key);
        writeln!(out, "  {:<11} {:<11} {desk:<28} {:<23} {}", one.name, one.about, one.email, one.password)?;
    }
    writeln!(out, "\nCtrl-C ends it; the data stays.\n")?;
    writeln!(out, "{}", json!({ "ready": true, "urls": urls(installation, address) }))?;
    out.flush()?;
    Ok(())
}

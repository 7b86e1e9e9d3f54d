//! Accounts, numbers and services: putting them in, and who may ask.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    API_VERSION, Carrier,
    answer::{Refusal, Request},
    config::{Account, Handset, Number, Service},
    signature::hex,
};

impl Carrier {
    pub fn put_account(&mut self, account: Account) {
        self.accounts.insert(account.account_sid.clone(), account);
    }

    pub fn put_number(&mut self, number: Number) {
        self.numbers.insert(number.number.clone(), number);
    }

    pub fn put_service(&mut self, service: Service) {
        self.services.insert(service.sid.clone(), service);
    }

    pub fn put_handset(&mut self, handset: Handset) {
        self.handsets.insert(handset.number.clone(), handset);
    }

    /// The phones that are known by name.
    pub fn handsets(&self) -> impl Iterator<Item = &Handset> {
        self.handsets.values()
    }

    pub(super) fn handset(&self, number: &str) -> Handset {
        self.handsets.get(number).cloned().unwrap_or_else(|| Handset::unknown(number))
    }

    /// Checks HTTP Basic: the account's sid and token, or one of its keys.
    ///
    /// # Errors
    /// 20003, whatever is wrong, so that an answer tells nothing.
    pub(super) fn authenticate(&self, request: &Request, account_sid: &str) -> Result<(), Refusal> {
        let account = self.accounts.get(account_sid);
        let proven = account.is_some_and(|account| {
            credentials(request).is_some_and(|(user, password)| {
                (user == account.account_sid && password == account.auth_token)
                    || account.api_keys.iter().any(|key| user == key.sid && password == key.secret)
            })
        });
        if proven && !self.faults.expired_token { Ok(()) } else { Err(Refusal::new(401, 20003, "Authenticate")) }
    }

    /// The account as the API shows it.
    pub(super) fn show_account(&self, account_sid: &str) -> Value {
        let name = self.accounts.get(account_sid).map(|account| &account.name);
        let uri = format!("/{API_VERSION}/Accounts/{account_sid}");
        json!({
            "sid": account_sid,
            "friendly_name": name,
            "status": "active",
            "type": "Full",
            "owner_account_sid": account_sid,
            "uri": format!("{uri}.json"),
            "subresource_uris": { "messages": format!("{uri}/Messages.json") },
        })
    }

    /// An account's numbers, whole, or the one asked for.
    pub(super) fn show_numbers(&self, account_sid: &str, only: Option<&str>) -> Value {
        let numbers: Vec<Value> = self
            .numbers
            .values()
            .filter(|number| number.account_sid == account_sid)
            .filter(|number| only.is_none_or(|only| number.number == only))
            .map(show_number)
            .collect();
        let uri = format!("/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers.json");
        json!({
            "end": numbers.len().saturating_sub(1),
            "incoming_phone_numbers": numbers,
            "first_page_uri": format!("{uri}?PageSize=50&Page=0"),
            "next_page_uri": null,
            "previous_page_uri": null,
            "page": 0,
            "page_size": 50,
            "start": 0,
            "uri": format!("{uri}?PageSize=50&Page=0"),
        })
    }

    /// Fetches a number, or changes where its messages go.
    ///
    /// # Errors
    /// 20404 for a sid that is none of this account's.
    pub(super) fn number_by_sid(&mut self, request: &Request, account_sid: &str, sid: &str) -> Result<Value, Refusal> {
        let number = self
            .numbers
            .values_mut()
            .find(|number| number.account_sid == account_sid && number_sid(&number.number) == sid)
            .ok_or_else(|| Refusal::not_found(&request.path))?;
        if request.method == "POST" {
            for (field, place) in
                [("SmsUrl", &mut number.sms_url), ("SmsMethod", &mut number.sms_method), ("SmsFallbackUrl", &mut number.sms_fallback_url)]
            {
                if let Some(value) = request.field(field) {
                    *place = value.to_owned();
                }
            }
        }
        Ok(show_number(number))
    }
}

fn show_number(number: &Number) -> Value {
    let sid = number_sid(&number.number);
    json!({
        "sid": sid,
        "account_sid": number.account_sid,
        "phone_number": number.number,
        "friendly_name": number.number,
        "api_version": API_VERSION,
        "sms_url": number.sms_url,
        "sms_method": number.sms_method,
        "sms_fallback_url": number.sms_fallback_url,
        "capabilities": { "voice": false, "sms": true, "mms": true, "fax": false },
        "status": "in-use",
        "uri": format!("/{API_VERSION}/Accounts/{}/IncomingPhoneNumbers/{sid}.json", number.account_sid),
    })
}

/// A number's sid: the same after each start.
fn number_sid(number: &str) -> String {
    format!("PN{}", &hex(&Sha256::digest(number.as_bytes()))[..32])
}

fn credentials(request: &Request) -> Option<(String, String)> {
    let header = request.authorization.as_deref()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

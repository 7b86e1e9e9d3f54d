//! Twilio's pages: an envelope with absolute addresses, and opaque tokens that name the row at a page's edge.

use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::form::Form;
use crate::refused::{Answered, Refused};

const USUAL: usize = 50;
const MOST: usize = 1_000;
/// Asking for a numbered page without the token that leads to it.
const NO_TOKEN: u32 = 40153;

/// Which way a page lies from the row that its token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    Start,
    After(String),
    Before(String),
}

/// What of a list is asked for.
#[derive(Debug, Clone)]
pub struct Paging {
    pub size: usize,
    pub edge: Edge,
    page: i64,
    /// The filters, which every page of the list repeats.
    filters: Vec<(String, String)>,
}

/// The rows of one page, and the keys at its edges where more lies beyond.
pub struct Cut<R> {
    pub rows: Vec<R>,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Paging {
    /// Takes the parameters of paging; the filters stay in the form.
    pub fn read(form: &mut Form) -> Answered<Self> {
        let size = form.number("PageSize")?.unwrap_or(USUAL as i64);
        let size = usize::try_from(size).ok().filter(|size| (1..=MOST).contains(size));
        let size = size.ok_or_else(|| Refused::invalid("PageSize", "from 1 to 1000"))?;
        let page = form.number("Page")?.unwrap_or(0).max(0);
        let edge = match form.text("PageToken")?.filter(|text| !text.is_empty()) {
            Some(token) => read_token(&token).ok_or_else(|| Refused::invalid("PageToken", "that token is none of ours"))?,
            None if page > 0 => return Err(Refused::bad(NO_TOKEN, "Invalid Page: a further page is reached by its PageToken only")),
            None => Edge::Start,
        };
        Ok(Self { size, edge, page, filters: form.pairs().to_vec() })
    }

    /// Cuts the page out of a whole list in the order of its keys.
    pub fn cut<R>(&self, mut rows: Vec<(String, R)>, descending: bool) -> Cut<R> {
        rows.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        let comes_before = |held: &str, key: &str| if descending { held > key } else { held < key };
        let start = match &self.edge {
            Edge::Start => 0,
            Edge::After(key) => rows.partition_point(|(held, _)| held == key || comes_before(held, key)),
            Edge::Before(key) => rows.partition_point(|(held, _)| comes_before(held, key)).saturating_sub(self.size),
        };
        let end = (start + self.size).min(rows.len());
        let key = |at: usize| rows.get(at).map(|(key, _)| key.clone());
        let before = (start > 0 && start < end).then(|| key(start)).flatten();
        let after = (end < rows.len()).then(|| key(end - 1)).flatten();
        Cut { rows: rows.drain(start..end).map(|(_, row)| row).collect(), before, after }
    }

    /// The envelope: the rows under `key`, and where the other pages are. `url` is the list's address without a query.
    pub fn envelope(&self, url: &str, key: &str, rows: Vec<Value>, edges: (Option<String>, Option<String>)) -> Json<Value> {
        let (before, after) = edges;
        let token = match &self.edge {
            Edge::Start => None,
            Edge::After(key) => Some(format!("PA{}", URL_SAFE_NO_PAD.encode(key))),
            Edge::Before(key) => Some(format!("PB{}", URL_SAFE_NO_PAD.encode(key))),
        };
        let previous = before.map(|key| self.address(url, (self.page - 1).max(0), Some(format!("PB{}", URL_SAFE_NO_PAD.encode(key)))));
        let next = after.map(|key| self.address(url, self.page + 1, Some(format!("PA{}", URL_SAFE_NO_PAD.encode(key)))));
        let meta = json!({
            "page": self.page,
            "page_size": self.size,
            "first_page_url": self.address(url, 0, None),
            "previous_page_url": previous,
            "url": self.address(url, self.page, token),
            "next_page_url": next,
            "key": key,
        });
        let mut body = Map::new();
        body.insert(key.to_owned(), rows.into());
        body.insert("meta".to_owned(), meta);
        Json(body.into())
    }

    fn address(&self, url: &str, page: i64, token: Option<String>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filters);
        query.append_pair("PageSize", &self.size.to_string()).append_pair("Page", &page.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", &token);
        }
        format!("{url}?{}", query.finish())
    }
}

fn read_token(token: &str) -> Option<Edge> {
    let (way, key) = (token.get(..2)?, token.get(2..)?);
    let key = String::from_utf8(URL_SAFE_NO_PAD.decode(key).ok()?).ok()?;
    match way {
        "PA" => Some(Edge::After(key)),
        "PB" => Some(Edge::Before(key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Paging {
        Paging::read(&mut Form::parse(query.as_bytes())).unwrap()
    }

    /// All pages of a list by following its own addresses, forwards and back again.
    fn walk(count: usize, size: usize, descending: bool) {
        let list = || (0..count).map(|no| (format!("{no:04}"), no)).collect::<Vec<_>>();
        let mut seen = Vec::new();
        let mut pages = Vec::new();
        let mut at = paging(&format!("PageSize={size}&FriendlyName=A%26b"));
        loop {
            let cut = at.cut(list(), descending);
            seen.extend(cut.rows.clone());
            pages.push(cut.rows.clone());
            let body = at.envelope("http://x/Tasks", "tasks", Vec::new(), (cut.before, cut.after)).0;
            let Some(next) = body["meta"]["next_page_url"].as_str() else { break };
            assert!(next.starts_with("http://x/Tasks?FriendlyName=A%26b&PageSize="), "{next}");
            let mut form = Form::parse(next.split_once('?').unwrap().1.as_bytes());
            at = Paging::read(&mut form).unwrap();
        }
        let mut all: Vec<usize> = (0..count).collect();
        if descending {
            all.reverse();
        }
        assert_eq!(seen, all);
        for expected in pages.iter().rev().skip(1) {
            let cut = at.cut(list(), descending);
            let body = at.envelope("http://x/Tasks", "tasks", Vec::new(), (cut.before, cut.after)).0;
            let previous = body["meta"]["previous_page_url"].as_str().expect("a page before");
            at = Paging::read(&mut Form::parse(previous.split_once('?').unwrap().1.as_bytes())).unwrap();
            assert_eq!(&at.cut(list(), descending).rows, expected);
        }
        let first = at.cut(list(), descending);
        assert!(first.before.is_none(), "nothing lies before the first page");
    }

    #[test]
    fn pages_hold_every_row_once_both_ways() {
        walk(7, 3, false);
        walk(7, 3, true);
        walk(6, 3, false);
        walk(0, 50, false);
    }

    #[test]
    fn a_page_needs_its_token() {
        let refused = |query: &str| Paging::read(&mut Form::parse(query.as_bytes())).unwrap_err().code();
        assert_eq!(refused("Page=2"), 40153);
        assert_eq!(refused("PageSize=0"), 20001);
        assert_eq!(refused("PageSize=1001"), 20001);
        assert_eq!(refused("PageToken=nonsense"), 20001);
        assert_eq!(paging("Page=0").size, 50);
    }
}

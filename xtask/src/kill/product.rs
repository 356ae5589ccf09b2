//! What the product itself shows to people, asked as anybody would: by its API, with a key.
//!
//! In: the program and its address. Out: answers of which it says that nobody knows whether they
//! arrived, and questions in conversations that a person or a queue owns. Only these may be missing
//! from the judge's ledger. Absent: trust; what is shown here and did arrive counts as answered.

use crate::process::ask;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

/// Pages of one list that are read at most; a campaign's are shorter.
const PAGES_MAX: usize = 50;

/// What people are shown.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Texts of answers that may or may not have arrived.
    pub(crate) unknown: BTreeSet<String>,
    /// Texts of questions that somebody has, or that wait for somebody.
    pub(crate) owned: BTreeSet<String>,
}

pub(crate) struct Product {
    address: SocketAddr,
    key: String,
}

impl Product {
    /// Makes a key with the program's own command, which is given with data folder and database.
    pub(crate) fn new(mut program: Command, address: SocketAddr) -> Result<Product, String> {
        let made = program
            .args(["key", "create", "judge", "--scope", "read", "--json"])
            .output();
        let made = made.map_err(|e| format!("ponte key create: {e}"))?;
        let text = String::from_utf8_lossy(&made.stdout);
        let json: Value = serde_json::from_str(&text).map_err(|e| {
            let why = String::from_utf8_lossy(&made.stderr).into_owned();
            format!("ponte key create: {e}: {text}{why}")
        })?;
        let key = json["key"]
            .as_str()
            .ok_or("ponte key create: no key")?
            .to_string();
        Ok(Product { address, key })
    }

    /// What it shows to people now.
    pub(crate) fn shown(&self) -> Result<Shown, String> {
        let mut shown = Shown::default();
        for conversation in self.conversations("unknown_sends=true")? {
            self.messages(&conversation, |page| {
                shown.unknown.extend(unknown_texts(page))
            })?;
        }
        for owner in ["queue", "person"] {
            for conversation in self.conversations(&format!("owner={owner}"))? {
                self.messages(&conversation, |page| shown.owned.extend(questions(page)))?;
            }
        }
        Ok(shown)
    }

    fn conversations(&self, filter: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        self.pages(
            &format!("/api/v1/conversations?limit=100&{filter}"),
            |page| {
                let ids = items(page).filter_map(|c| c["id"].as_str());
                found.extend(ids.map(String::from));
            },
        )?;
        Ok(found)
    }

    fn messages(&self, conversation: &str, take: impl FnMut(&Value)) -> Result<(), String> {
        let path = format!("/api/v1/conversations/{conversation}/messages?limit=100");
        self.pages(&path, take)
    }

    fn pages(&self, path: &str, mut take: impl FnMut(&Value)) -> Result<(), String> {
        let mut next = String::new();
        for _ in 0..PAGES_MAX {
            let page = self.get(&format!("{path}{next}"))?;
            take(&page);
            match page["next"].as_str() {
                Some(after) => next = format!("&after={after}"),
                None => return Ok(()),
            }
        }
        Err(format!("{path}: more than {PAGES_MAX} pages"))
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        let bearer = format!("Authorization: Bearer {}\r\n", self.key);
        let (status, text) = ask(self.address, "GET", path, &bearer, "")?;
        if status != 200 {
            return Err(format!("{path}: {status} {text}"));
        }
        serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
    }
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

fn unknown_texts(page: &Value) -> Vec<String> {
    let unknown = items(page).filter(|message| message["send"] == "unknown");
    let texts = unknown.filter_map(|message| message["text"].as_str());
    texts.map(String::from).collect()
}

/// What customers asked, as it stands before the person who has taken over.
fn questions(page: &Value) -> Vec<String> {
    let received = items(page).filter(|message| message["direction"] == "in");
    let texts = received.filter_map(|message| message["text"].as_str());
    texts.map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_messages_in_the_state_unknown_are_listed() {
        let page = json!({"items": [
            {"text": "k1", "send": "unknown"},
            {"text": "k2", "send": "unsure"},
            {"text": "k3", "send": "accepted"},
            {"text": "eco k4", "direction": "in"},
        ]});
        assert_eq!(questions(&page), ["eco k4"]);
        assert_eq!(unknown_texts(&page), ["k1"]);
        assert!(unknown_texts(&json!({})).is_empty());
    }
}

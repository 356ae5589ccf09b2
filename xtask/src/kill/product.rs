//! What the product itself lists as unknown, asked as anybody would: by its API, with a key.
//!
//! In: the program and its address. Out: the texts of messages of which it says that nobody knows
//! whether they arrived. Only a *listed* message may be missing from the judge's ledger.
//! Absent: trust; a listed message that did arrive counts as answered.

use crate::process::ask;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

/// Pages of one conversation that are read at most; the campaign's are shorter.
const PAGES_MAX: usize = 20;

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

    /// The texts listed as unknown.
    pub(crate) fn unknown(&self) -> Result<BTreeSet<String>, String> {
        let listed = self.get("/api/v1/unknown-sends")?;
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let conversations: BTreeSet<&str> = items
            .iter()
            .filter_map(|send| send["conversation"].as_str())
            .collect();
        let mut texts = BTreeSet::new();
        for conversation in conversations {
            self.unknown_of(conversation, &mut texts)?;
        }
        Ok(texts)
    }

    fn unknown_of(&self, conversation: &str, texts: &mut BTreeSet<String>) -> Result<(), String> {
        let path = format!("/api/v1/conversations/{conversation}/messages?limit=100");
        let mut next = String::new();
        for _ in 0..PAGES_MAX {
            let page = self.get(&format!("{path}{next}"))?;
            texts.extend(unknown_texts(&page));
            match page["next"].as_str() {
                Some(after) => next = format!("&after={after}"),
                None => break,
            }
        }
        Ok(())
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

fn unknown_texts(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().into_iter().flatten();
    items
        .filter(|message| message["send"] == "unknown")
        .filter_map(|message| message["text"].as_str().map(String::from))
        .collect()
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
            {"text": "eco k4"},
        ]});
        assert_eq!(unknown_texts(&page), ["k1"]);
        assert!(unknown_texts(&json!({})).is_empty());
    }
}

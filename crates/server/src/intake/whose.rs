//! Whose a thing is that could not be taken in: worked out where it is set aside, never on the way of
//! what goes well.
//!
//! In: the numbers and accounts that can be read of an item, or of a whole body. Out: the one workspace
//! they belong to, removed numbers included, or none: two workspaces in one body, or nobody known, is
//! nobody's, so that no workspace ever sees another's words. Absent: contacts and conversations, which
//! are made of nothing that is set aside. Next: [`super::write`].

use ponte_core::ids::WorkspaceId;
use ponte_store::rows::workspace::ChannelRow;
use ponte_store::{Store, StoreError};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Which workspace owns which number and account.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    numbers: BTreeMap<String, WorkspaceId>,
    /// None: numbers of it are in several workspaces.
    accounts: BTreeMap<String, Option<WorkspaceId>>,
}

/// Whom a part of a body is about: an account, a number, either may be missing.
type About = (Option<String>, Option<String>);

impl Owners {
    /// As the store has them now.
    pub async fn read(store: &Store) -> Result<Owners, StoreError> {
        Ok(Owners::of_rows(&store.channels(None).await?))
    }

    #[must_use]
    pub fn of_rows(channels: &[ChannelRow]) -> Owners {
        let mut owners = Owners::default();
        for row in channels {
            owners.numbers.insert(row.number.clone(), row.workspace);
            owners
                .accounts
                .entry(row.account.clone())
                .and_modify(|owner| *owner = owner.filter(|known| *known == row.workspace))
                .or_insert(Some(row.workspace));
        }
        owners
    }

    /// A known number decides; a number that nobody has set up yet is its account's.
    #[must_use]
    pub fn of(&self, account: Option<&str>, number: Option<&str>) -> Option<WorkspaceId> {
        let by_number = number.and_then(|number| self.numbers.get(number).copied());
        by_number.or_else(|| *self.accounts.get(account?)?)
    }

    /// The only workspace that a body is about, whole or broken.
    #[must_use]
    pub fn of_body(&self, body: &[u8]) -> Option<WorkspaceId> {
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => self.only(abouts(&value)),
            Err(_) => self.of_text(body),
        }
    }

    fn only(&self, abouts: Vec<About>) -> Option<WorkspaceId> {
        let mut owners = abouts
            .iter()
            .map(|(account, number)| self.of(account.as_deref(), number.as_deref()));
        let first = owners.next()??;
        owners.all(|owner| owner == Some(first)).then_some(first)
    }

    /// What is no JSON may still have readable ids: only what stands at their keys counts, since a
    /// customer may write any words.
    fn of_text(&self, body: &[u8]) -> Option<WorkspaceId> {
        let numbers = at_key(body, b"\"phone_number_id\"");
        let mut found = BTreeSet::new();
        for number in &numbers {
            found.insert(self.numbers.get(number).copied());
        }
        for id in at_key(body, b"\"id\"") {
            if let Some(owner) = self.accounts.get(&id) {
                // An account of several workspaces says nothing that its number doesn't say.
                if owner.is_some() || numbers.is_empty() {
                    found.insert(*owner);
                }
            }
        }
        let only = found.pop_first()?;
        only.filter(|_| found.is_empty())
    }
}

/// Whom each change of a body is about; an entry that can't be read is about nobody known.
fn abouts(body: &Value) -> Vec<About> {
    let Some(entries) = body.get("entry").and_then(Value::as_array) else {
        return vec![(None, number(body))];
    };
    let mut all = Vec::new();
    for entry in entries {
        let account = text(entry.get("id"));
        match entry.get("changes").and_then(Value::as_array) {
            Some(changes) if !changes.is_empty() => {
                all.extend(changes.iter().map(|it| (account.clone(), number(it))));
            }
            Some(_) | None => all.push((account, None)),
        }
    }
    all
}

fn number(change: &Value) -> Option<String> {
    text(change.pointer("/value/metadata/phone_number_id"))
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// The texts that stand at a key, quotes around it included, in something that looks like JSON.
fn at_key(body: &[u8], key: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in 0..body.len().saturating_sub(key.len()) {
        // One that is quoted inside a text has a backslash before it.
        if !body[at..].starts_with(key) || (at > 0 && body[at - 1] == b'\\') {
            continue;
        }
        let after = body[at + key.len()..].trim_ascii_start();
        let Some(after) = after.strip_prefix(b":") else {
            continue;
        };
        let Some(after) = after.trim_ascii_start().strip_prefix(b"\"") else {
            continue;
        };
        let end = after.iter().position(|byte| *byte == b'"');
        if let Some(id) = end.and_then(|end| std::str::from_utf8(&after[..end]).ok()) {
            found.insert(id.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::Time;
    use ponte_core::ids::ChannelId;
    use serde_json::json;
    use uuid::Uuid;

    const ONE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
    const TWO: WorkspaceId = WorkspaceId(Uuid::from_u128(2));

    fn row(workspace: WorkspaceId, number: &str, account: &str) -> ChannelRow {
        ChannelRow {
            id: ChannelId(Uuid::new_v5(&Uuid::nil(), number.as_bytes())),
            workspace,
            name: "Loja".into(),
            number: number.into(),
            account: account.into(),
            display: "+1".into(),
            assistant: None,
            settings: json!({}),
            secrets: None,
            suspended: false,
            suspended_at: ponte_core::Time::ZERO,
            removed: number == "12",
            revision: 0,
            updated: Time::ZERO,
        }
    }

    /// Numbers 11 and 12 (removed) of account 10 and 31 of account 30 are one's, 21 of account 20 and 32
    /// of account 30 are two's.
    fn owners() -> Owners {
        Owners::of_rows(&[
            row(ONE, "11", "10"),
            row(ONE, "12", "10"),
            row(TWO, "21", "20"),
            row(ONE, "31", "30"),
            row(TWO, "32", "30"),
        ])
    }

    fn entry(account: &str, numbers: &[&str]) -> Value {
        let changes: Vec<Value> = numbers
            .iter()
            .map(|number| json!({"field": "messages", "value": {"metadata": {"phone_number_id": number}}}))
            .collect();
        json!({"id": account, "changes": changes})
    }

    #[test]
    fn a_known_number_decides_and_an_unknown_one_is_its_accounts() {
        let owners = owners();
        let cases = [
            ((Some("20"), Some("11")), Some(ONE)),
            ((Some("10"), Some("12")), Some(ONE)),
            ((Some("20"), Some("99")), Some(TWO)),
            ((Some("30"), Some("99")), None),
            ((Some("30"), Some("32")), Some(TWO)),
            ((Some("88"), Some("99")), None),
            ((None, None), None),
        ];
        for ((account, number), owner) in cases {
            assert_eq!(owners.of(account, number), owner, "{account:?} {number:?}");
        }
    }

    #[test]
    fn a_body_is_somebodys_only_if_all_of_it_is() {
        let owners = owners();
        let cases = [
            (vec![entry("10", &["11", "12", "99"])], Some(ONE)),
            (vec![entry("10", &["11"]), entry("20", &["21"])], None),
            (vec![entry("10", &["11"]), entry("88", &["99"])], None),
            (vec![entry("10", &["11"]), json!("nonsense")], None),
            (vec![json!({"id": "20"})], Some(TWO)),
            (vec![entry("30", &["31"])], Some(ONE)),
            (vec![], None),
        ];
        for (entries, owner) in cases {
            let body = json!({"entry": entries}).to_string();
            assert_eq!(owners.of_body(body.as_bytes()), owner, "{body}");
        }
    }

    #[test]
    fn a_broken_body_is_told_by_its_keys_and_never_by_a_customers_words() {
        let owners = owners();
        let cases = [
            (
                r#"{"entry":[{"id":"10","changes":[{"value":{"metadata":{"phone_number_id" : "11"#,
                Some(ONE),
            ),
            (r#"{"metadata":{"phone_number_id" : "21"},"#, Some(TWO)),
            (r#"{"phone_number_id":"21"}{"phone_number_id":"11"}"#, None),
            (r#"{"phone_number_id":"21"}{"phone_number_id":"99"}"#, None),
            (r#"{"phone_number_id":"31"}{"id":"30"}{"#, Some(ONE)),
            (r#"{"id":"30"}{"#, None),
            (
                r#"{"phone_number_id":"21","body":"\"phone_number_id\":\"11\""#,
                Some(TWO),
            ),
            (
                r#"{"phone_number_id":"21","body":"phone_number_id","text":"11","#,
                Some(TWO),
            ),
            ("", None),
            ("\"id\"", None),
        ];
        for (body, owner) in cases {
            assert_eq!(owners.of_body(body.as_bytes()), owner, "{body}");
        }
    }
}

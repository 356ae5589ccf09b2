//! What the server knows about who it is talking with: the values of bound parameters.
//!
//! In: the channel's and the store's knowledge of the contact. Out: the value of a [`Fact`], or that it
//! is not known. Absent on purpose: anything that the customer or a model said in this conversation; an
//! attribute counts only when a person or another system wrote it, and that is the caller's to keep.
//! Next: [`super::arguments`].

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

/// A fact that a parameter can be bound to, written as `phone` or `attribute:cpf`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The customer's `wa_id` digits, as the channel proved them.
    Phone,
    ContactId,
    ConversationId,
    /// As the customer calls himself: the channel's profile, which proves nothing.
    Name,
    /// A contact's attribute.
    Attribute(String),
}

/// What is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub phone: Option<String>,
    pub contact_id: Option<String>,
    pub conversation_id: Option<String>,
    pub name: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

impl Facts {
    #[must_use]
    pub fn get(&self, fact: &Fact) -> Option<&str> {
        let value = match fact {
            Fact::Phone => self.phone.as_deref(),
            Fact::ContactId => self.contact_id.as_deref(),
            Fact::ConversationId => self.conversation_id.as_deref(),
            Fact::Name => self.name.as_deref(),
            Fact::Attribute(name) => self.attributes.get(name).map(String::as_str),
        };
        value.filter(|value| !value.is_empty())
    }
}

const ATTRIBUTE: &str = "attribute:";

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fact::Phone => f.write_str("phone"),
            Fact::ContactId => f.write_str("contact_id"),
            Fact::ConversationId => f.write_str("conversation_id"),
            Fact::Name => f.write_str("name"),
            Fact::Attribute(name) => write!(f, "{ATTRIBUTE}{name}"),
        }
    }
}

impl std::str::FromStr for Fact {
    type Err = String;

    fn from_str(text: &str) -> Result<Fact, String> {
        match text {
            "phone" => Ok(Fact::Phone),
            "contact_id" => Ok(Fact::ContactId),
            "conversation_id" => Ok(Fact::ConversationId),
            "name" => Ok(Fact::Name),
            // The two that everybody asks for have short names.
            "email" | "cpf" => Ok(Fact::Attribute(text.to_owned())),
            other => match other.strip_prefix(ATTRIBUTE) {
                Some(name) if !name.is_empty() && name.len() <= 64 => {
                    Ok(Fact::Attribute(name.to_owned()))
                }
                Some(_) | None => Err(format!(
                    "`{other}` is no fact: phone, contact_id, conversation_id, name, or attribute:NAME"
                )),
            },
        }
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fact, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_written_as_they_are_read() {
        for text in [
            "phone",
            "contact_id",
            "conversation_id",
            "name",
            "attribute:plano",
        ] {
            assert_eq!(text.parse::<Fact>().unwrap().to_string(), text);
        }
        assert_eq!("cpf".parse::<Fact>(), Ok(Fact::Attribute("cpf".into())));
        for wrong in ["", "fone", "attribute:", "Phone"] {
            assert!(wrong.parse::<Fact>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_empty_is_not_known() {
        let facts = Facts {
            phone: Some("5511999990000".into()),
            name: Some(String::new()),
            ..Facts::default()
        };
        assert_eq!(facts.get(&Fact::Phone), Some("5511999990000"));
        assert_eq!(facts.get(&Fact::Name), None);
        assert_eq!(facts.get(&Fact::Attribute("cpf".into())), None);
    }
}

//! The limits of what may be sent: lengths, counts, required properties, by message type.
//!
//! In: the type and its object. Out: a refusal (131008 missing, 131009 bad value, 131051 unknown type), or
//! the text a person would read. Each limit is a named constant beside its rule. Deliberately absent:
//! interactive messages (`interactive.rs`), templates (`template.rs`), and whether ids exist (`send.rs`).

use crate::graph::interactive;
use crate::refusal::Refusal;
use serde_json::Value;

/// Longest text body.
const TEXT: usize = 4096;
/// Longest caption.
const CAPTION: usize = 1024;
/// Most contact cards in one message.
const CONTACTS: usize = 257;
/// Types that carry a file.
pub(crate) const MEDIA: &[&str] = &["image", "video", "audio", "document", "sticker"];

/// Checks the object of a type.
pub(crate) fn content(kind: &str, content: &Value) -> Result<(), Refusal> {
    match kind {
        "text" => text(content, "body", TEXT).map(|_| ()),
        "image" | "video" | "audio" | "document" | "sticker" => media(kind, content),
        "location" => location(content),
        "contacts" => contacts(content),
        "reaction" => reaction(content),
        "interactive" => interactive::check(content),
        other => Err(Refusal::new(
            131051,
            format!("Unsupported message type {other}."),
        )),
    }
}

/// The text a person would read.
pub(crate) fn readable(kind: &str, content: &Value) -> String {
    let found = match kind {
        "text" => content["body"].as_str(),
        "interactive" => content["body"]["text"].as_str(),
        "reaction" => content["emoji"].as_str(),
        "location" => content["name"].as_str(),
        "document" => content["caption"]
            .as_str()
            .or_else(|| content["filename"].as_str()),
        "contacts" => content[0]["name"]["formatted_name"].as_str(),
        _ => content["caption"].as_str(),
    };
    found.unwrap_or_default().to_owned()
}

/// A required text of at most so many characters.
pub(crate) fn text<'a>(object: &'a Value, name: &str, most: usize) -> Result<&'a str, Refusal> {
    let value = object
        .get(name)
        .filter(|value| !value.is_null())
        .ok_or_else(|| Refusal::missing(name))?;
    let value = value
        .as_str()
        .ok_or_else(|| Refusal::invalid(format!("{name} must be a string.")))?;
    if value.trim().is_empty() {
        return Err(Refusal::missing(name));
    }
    short_enough(name, value, most)?;
    Ok(value)
}

/// A text that may be absent.
pub(crate) fn optional(object: &Value, name: &str, most: usize) -> Result<(), Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(value)) => short_enough(name, value, most),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Refusal::invalid(format!("{name} must be a string.")))
        }
    }
}

pub(crate) fn short_enough(name: &str, value: &str, most: usize) -> Result<(), Refusal> {
    if value.chars().count() > most {
        return Err(Refusal::invalid(format!(
            "{name} must be at most {most} characters."
        )));
    }
    Ok(())
}

fn media(kind: &str, content: &Value) -> Result<(), Refusal> {
    let id = content["id"].as_str().filter(|id| !id.is_empty());
    let link = content["link"].as_str().filter(|link| !link.is_empty());
    match (id, link) {
        (None, None) => return Err(Refusal::missing(&format!("{kind}.id or {kind}.link"))),
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("Only one of id and link may be given."));
        }
        (None, Some(link)) if !link.starts_with("http://") && !link.starts_with("https://") => {
            return Err(Refusal::invalid(
                "The link must be an http or https address.",
            ));
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    if matches!(kind, "audio" | "sticker") && content.get("caption").is_some() {
        return Err(Refusal::new(100, format!("{kind} cannot carry a caption.")));
    }
    if kind != "document" && content.get("filename").is_some() {
        return Err(Refusal::new(
            100,
            format!("{kind} cannot carry a filename."),
        ));
    }
    optional(content, "caption", CAPTION)
}

fn location(content: &Value) -> Result<(), Refusal> {
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let value = content.get(name).ok_or_else(|| Refusal::missing(name))?;
        let number = value
            .as_f64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if !number.is_some_and(|number: f64| number.abs() <= most) {
            return Err(Refusal::invalid(format!("{name} is out of range.")));
        }
    }
    Ok(())
}

fn contacts(content: &Value) -> Result<(), Refusal> {
    let cards = content
        .as_array()
        .ok_or_else(|| Refusal::invalid("contacts must be an array."))?;
    if cards.is_empty() || cards.len() > CONTACTS {
        return Err(Refusal::invalid(format!(
            "contacts must hold 1 to {CONTACTS} cards."
        )));
    }
    for card in cards {
        text(&card["name"], "formatted_name", TEXT)?;
    }
    Ok(())
}

fn reaction(content: &Value) -> Result<(), Refusal> {
    text(content, "message_id", TEXT)?;
    let emoji = content["emoji"]
        .as_str()
        .ok_or_else(|| Refusal::missing("emoji"))?;
    if emoji.chars().count() > 16
        || emoji
            .chars()
            .any(|character| character.is_ascii_alphabetic())
    {
        return Err(Refusal::invalid(
            "emoji must be one emoji, or empty to take the reaction back.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(kind: &str, value: Value) -> Option<u32> {
        content(kind, &value).err().map(|refusal| refusal.code)
    }

    #[test]
    fn text_is_between_1_and_4096_characters_not_bytes() {
        assert_eq!(code("text", json!({"body": "ã".repeat(4096)})), None);
        assert_eq!(
            code("text", json!({"body": "a".repeat(4097)})),
            Some(131009)
        );
        assert_eq!(code("text", json!({"body": " "})), Some(131008));
        assert_eq!(code("text", json!({})), Some(131008));
        assert_eq!(code("text", json!({"body": 5})), Some(131009));
    }

    #[test]
    fn media_needs_exactly_one_source() {
        assert_eq!(code("image", json!({"id": "1"})), None);
        assert_eq!(
            code(
                "image",
                json!({"link": "https://a/b.jpg", "caption": "c".repeat(1024)})
            ),
            None
        );
        assert_eq!(
            code(
                "image",
                json!({"link": "https://a/b.jpg", "caption": "c".repeat(1025)})
            ),
            Some(131009)
        );
        assert_eq!(code("image", json!({})), Some(131008));
        assert_eq!(
            code("image", json!({"id": "1", "link": "https://a"})),
            Some(131009)
        );
        assert_eq!(code("image", json!({"link": "ftp://a"})), Some(131009));
        assert_eq!(code("audio", json!({"id": "1", "caption": "x"})), Some(100));
        assert_eq!(
            code("video", json!({"id": "1", "filename": "x"})),
            Some(100)
        );
        assert_eq!(
            code("document", json!({"id": "1", "filename": "x.pdf"})),
            None
        );
    }

    #[test]
    fn locations_lie_on_earth() {
        assert_eq!(
            code("location", json!({"latitude": -23.5, "longitude": "-46.6"})),
            None
        );
        assert_eq!(
            code("location", json!({"latitude": 91, "longitude": 0})),
            Some(131009)
        );
        assert_eq!(code("location", json!({"latitude": 1})), Some(131008));
    }

    #[test]
    fn at_most_257_cards_each_with_a_name() {
        let card = json!({"name": {"formatted_name": "Ana"}});
        assert_eq!(code("contacts", json!(vec![card.clone(); 257])), None);
        assert_eq!(code("contacts", json!(vec![card; 258])), Some(131009));
        assert_eq!(code("contacts", json!([{"name": {}}])), Some(131008));
        assert_eq!(code("contacts", json!([])), Some(131009));
    }

    #[test]
    fn reactions_are_emoji_or_empty_and_types_are_known() {
        assert_eq!(
            code("reaction", json!({"message_id": "w", "emoji": "👍"})),
            None
        );
        assert_eq!(
            code("reaction", json!({"message_id": "w", "emoji": ""})),
            None
        );
        assert_eq!(
            code("reaction", json!({"message_id": "w", "emoji": "ok"})),
            Some(131009)
        );
        assert_eq!(code("reaction", json!({"emoji": "👍"})), Some(131008));
        assert_eq!(code("hologram", json!({})), Some(131051));
    }

    #[test]
    fn the_readable_text_comes_from_where_people_read() {
        assert_eq!(readable("text", &json!({"body": "oi"})), "oi");
        assert_eq!(
            readable("interactive", &json!({"body": {"text": "escolha"}})),
            "escolha"
        );
        assert_eq!(readable("document", &json!({"filename": "a.pdf"})), "a.pdf");
        assert_eq!(
            readable("contacts", &json!([{"name": {"formatted_name": "Ana"}}])),
            "Ana"
        );
    }
}

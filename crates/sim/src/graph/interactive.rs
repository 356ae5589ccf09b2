//! The limits of interactive messages: buttons, lists, links, flows, carousels and the rest.
//!
//! In: the `interactive` object of a send. Out: a refusal with 131008 or 131009, or nothing. Deliberately
//! absent: the other message types; see `check.rs`.

use crate::graph::check::{optional, short_enough, text};
use crate::refusal::Refusal;
use serde_json::Value;
use std::collections::BTreeSet;

const BODY: usize = 1024;
const LIST_BODY: usize = 4096;
const FOOTER: usize = 60;
const HEADER: usize = 60;
const BUTTONS: usize = 3;
const BUTTON_ID: usize = 256;
const BUTTON_TITLE: usize = 20;
const SECTIONS: usize = 10;
const ROWS: usize = 10;
const ROW_ID: usize = 200;
const ROW_TITLE: usize = 24;
const ROW_DESCRIPTION: usize = 72;
const LINK_TEXT: usize = 20;
const CARDS: std::ops::RangeInclusive<usize> = 2..=10;
const CARD_BODY: usize = 160;
const CARD_LINES: usize = 2;

/// Checks an interactive object.
pub(crate) fn check(value: &Value) -> Result<(), Refusal> {
    let kind = text(value, "type", 64)?;
    let action = &value["action"];
    match kind {
        "button" => {
            frame(value, BODY, &["text", "image", "video", "document"])?;
            reply_buttons(action)
        }
        "list" => {
            frame(value, LIST_BODY, &["text"])?;
            list(action)
        }
        "cta_url" => {
            frame(value, BODY, &["text", "image", "video", "document"])?;
            let parameters = &action["parameters"];
            text(parameters, "display_text", LINK_TEXT)?;
            let url = text(parameters, "url", 2000)?;
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(Refusal::invalid("url must be an http or https address."));
            }
            Ok(())
        }
        "location_request_message" => {
            frame(value, BODY, &[])?;
            named(action, "send_location")
        }
        "flow" => {
            frame(value, BODY, &["text", "image", "video", "document"])?;
            flow(action)
        }
        "carousel" => carousel(value),
        "request_contact_info"
        | "call_permission_request"
        | "voice_call"
        | "address_message"
        | "product"
        | "catalog_message" => frame(value, BODY, &["text"]),
        "product_list" => {
            frame(value, BODY, &["text"])?;
            let sections = action["sections"]
                .as_array()
                .ok_or_else(|| Refusal::missing("action.sections"))?;
            count("sections", sections.len(), 1, SECTIONS)
        }
        other => Err(Refusal::invalid(format!(
            "Unknown interactive type {other}."
        ))),
    }
}

/// Body, footer and header.
fn frame(value: &Value, body: usize, headers: &[&str]) -> Result<(), Refusal> {
    text(&value["body"], "text", body)?;
    if value.get("footer").is_some() {
        text(&value["footer"], "text", FOOTER)?;
    }
    let Some(header) = value.get("header").filter(|header| !header.is_null()) else {
        return Ok(());
    };
    let kind = text(header, "type", 16)?;
    if !headers.contains(&kind) {
        return Err(Refusal::invalid(format!(
            "A header of type {kind} is not allowed here."
        )));
    }
    if kind == "text" {
        text(header, "text", HEADER)?;
    } else if header[kind]["id"].as_str().is_none() && header[kind]["link"].as_str().is_none() {
        return Err(Refusal::missing(&format!(
            "header.{kind}.id or header.{kind}.link"
        )));
    }
    Ok(())
}

fn count(name: &str, found: usize, least: usize, most: usize) -> Result<(), Refusal> {
    if found < least || found > most {
        return Err(Refusal::invalid(format!(
            "{name} must be {least} to {most}, found {found}."
        )));
    }
    Ok(())
}

fn named(action: &Value, name: &str) -> Result<(), Refusal> {
    if action["name"].as_str() == Some(name) {
        Ok(())
    } else {
        Err(Refusal::invalid(format!("action.name must be {name}.")))
    }
}

fn reply_buttons(action: &Value) -> Result<(), Refusal> {
    let buttons = action["buttons"]
        .as_array()
        .ok_or_else(|| Refusal::missing("action.buttons"))?;
    count("buttons", buttons.len(), 1, BUTTONS)?;
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in buttons {
        if button["type"].as_str() != Some("reply") {
            return Err(Refusal::invalid("A button must have type reply."));
        }
        let fresh_id = ids.insert(text(&button["reply"], "id", BUTTON_ID)?);
        let fresh_title = titles.insert(text(&button["reply"], "title", BUTTON_TITLE)?);
        if !fresh_id || !fresh_title {
            return Err(Refusal::invalid("Ids and titles of buttons must differ."));
        }
    }
    Ok(())
}

fn list(action: &Value) -> Result<(), Refusal> {
    text(action, "button", LINK_TEXT)?;
    let sections = action["sections"]
        .as_array()
        .ok_or_else(|| Refusal::missing("action.sections"))?;
    count("sections", sections.len(), 1, SECTIONS)?;
    let mut rows_in_all = 0;
    let mut ids = BTreeSet::new();
    for section in sections {
        if sections.len() > 1 {
            text(section, "title", ROW_TITLE)?;
        } else {
            optional(section, "title", ROW_TITLE)?;
        }
        let rows = section["rows"]
            .as_array()
            .ok_or_else(|| Refusal::missing("rows"))?;
        rows_in_all += rows.len();
        for row in rows {
            if !ids.insert(text(row, "id", ROW_ID)?) {
                return Err(Refusal::invalid("Ids of rows must differ."));
            }
            text(row, "title", ROW_TITLE)?;
            optional(row, "description", ROW_DESCRIPTION)?;
        }
    }
    count("rows in all sections", rows_in_all, 1, ROWS)
}

fn flow(action: &Value) -> Result<(), Refusal> {
    named(action, "flow")?;
    let parameters = &action["parameters"];
    if parameters["flow_message_version"].as_str() != Some("3") {
        return Err(Refusal::invalid("flow_message_version must be 3."));
    }
    if parameters["flow_id"].as_str().is_none() && parameters["flow_name"].as_str().is_none() {
        return Err(Refusal::missing("flow_id or flow_name"));
    }
    text(parameters, "flow_cta", 30)?;
    for (name, allowed) in [
        ("mode", ["draft", "published"]),
        ("flow_action", ["navigate", "data_exchange"]),
    ] {
        if parameters[name]
            .as_str()
            .is_some_and(|given| !allowed.contains(&given))
        {
            return Err(Refusal::invalid(format!(
                "{name} must be {} or {}.",
                allowed[0], allowed[1]
            )));
        }
    }
    Ok(())
}

fn carousel(value: &Value) -> Result<(), Refusal> {
    text(&value["body"], "text", BODY)?;
    if value.get("header").is_some() || value.get("footer").is_some() {
        return Err(Refusal::invalid(
            "A carousel has no header or footer of its own.",
        ));
    }
    let cards = value["action"]["cards"]
        .as_array()
        .ok_or_else(|| Refusal::missing("action.cards"))?;
    count("cards", cards.len(), *CARDS.start(), *CARDS.end())?;
    for card in cards {
        if let Some(body) = card["body"]["text"].as_str() {
            short_enough("card body", body, CARD_BODY)?;
            if body.matches('\n').count() > CARD_LINES {
                return Err(Refusal::invalid("A card body has at most two line breaks."));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "interactive_tests.rs"]
mod tests;

//! A template's text: its variables, the limits of its parts, and filling it with what a send brings.
//!
//! In: components of a creation, parameters of a send. Out: the text a person would read, or a refusal (100 and
//! 2388299 at creation; 132000, 132005, 132012 at a send). Deliberately absent: the store; see `template.rs`.

use crate::graph::check::short_enough;
use crate::graph::template::Template;
use crate::refusal::Refusal;
use serde_json::Value;
use std::collections::BTreeSet;

const HEADER: usize = 60;
const BODY: usize = 1024;
const FOOTER: usize = 60;
const BUTTONS: usize = 10;
const BUTTON_TEXT: usize = 25;
/// Longest text after the parameters are put in.
const HYDRATED: usize = 4096;

/// The distinct variables of a text, in order of appearance.
fn variables(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    text.split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

/// Puts the parameters of a send into a template, or says what does not fit.
pub(crate) fn fill(template: &Template, sent: &Value) -> Result<String, Refusal> {
    let sent = sent.as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |kind: &str| {
        sent.iter().find(|part| {
            part["type"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(kind))
        })
    };
    let mut text = String::new();
    for kind in ["header", "body"] {
        let Some(component) = template.component(kind) else {
            if of(kind).is_some_and(|part| {
                part["parameters"]
                    .as_array()
                    .is_some_and(|list| !list.is_empty())
            }) {
                return Err(Refusal::new(
                    132000,
                    format!("The template has no {kind} to fill."),
                ));
            }
            continue;
        };
        let given = of(kind)
            .and_then(|part| part["parameters"].as_array())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let format = component["format"].as_str().unwrap_or("TEXT");
        if format == "TEXT" {
            let filled = fill_text(
                template,
                component["text"].as_str().unwrap_or_default(),
                given,
                kind,
            )?;
            if kind == "body" {
                text = filled;
            }
        } else {
            let wanted = format.to_ascii_lowercase();
            let fits = given.len() == 1
                && given[0]["type"].as_str() == Some(&wanted)
                && given[0].get(&wanted).is_some();
            if !fits {
                let code = if given.is_empty() { 132012 } else { 132000 };
                let code = if given.len() == 1 { 132012 } else { code };
                return Err(Refusal::new(
                    code,
                    format!("{kind}: Format mismatch, expected {format}."),
                ));
            }
        }
    }
    if text.chars().count() > HYDRATED {
        return Err(Refusal::new(
            132005,
            "The text with its parameters is too long.",
        ));
    }
    Ok(text)
}

fn fill_text(
    template: &Template,
    text: &str,
    given: &[Value],
    kind: &str,
) -> Result<String, Refusal> {
    let names = variables(text);
    if names.len() != given.len() {
        return Err(Refusal::new(
            132000,
            format!(
                "{kind}: number of localizable_params ({}) does not match the expected number of params ({})",
                given.len(),
                names.len()
            ),
        ));
    }
    let mut filled = text.to_owned();
    for (place, parameter) in given.iter().enumerate() {
        let value = match parameter["type"].as_str() {
            Some("text") => parameter["text"].as_str(),
            Some("currency") => parameter["currency"]["fallback_value"].as_str(),
            Some("date_time") => parameter["date_time"]["fallback_value"].as_str(),
            _ => None,
        }
        .ok_or_else(|| Refusal::new(132012, format!("{kind}: a parameter must be a text.")))?;
        let name = match (template.named, parameter["parameter_name"].as_str()) {
            (true, Some(name)) if names.iter().any(|known| known == name) => name.to_owned(),
            (true, _) => {
                return Err(Refusal::new(
                    132012,
                    format!("{kind}: a parameter needs the name of a variable."),
                ));
            }
            (false, Some(_)) => {
                return Err(Refusal::new(
                    132012,
                    format!("{kind}: this template has no named parameters."),
                ));
            }
            (false, None) => names[place].clone(),
        };
        if value.is_empty() || value.contains(['\n', '\t']) || value.contains("     ") {
            return Err(Refusal::new(
                132012,
                "A parameter cannot be empty or have new lines, tabs or many spaces.",
            ));
        }
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    Ok(filled)
}

/// The limits of a template's components.
pub(crate) fn check_components(components: &Value) -> Result<(), Refusal> {
    let bad = |details: String| Refusal::new(100, details);
    let parts = components
        .as_array()
        .ok_or_else(|| bad("The parameter components is required.".into()))?;
    let mut has_body = false;
    for part in parts {
        let text = part["text"].as_str().unwrap_or_default();
        match part["type"]
            .as_str()
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "HEADER" => {
                short_enough("header", text, HEADER).map_err(|refusal| bad(refusal.details))?;
                if variables(text).len() > 1 {
                    return Err(bad("A header has at most one variable.".into()));
                }
            }
            "BODY" => {
                has_body = true;
                short_enough("body", text, BODY).map_err(|refusal| bad(refusal.details))?;
                if text.trim().starts_with("{{") || text.trim().ends_with("}}") {
                    return Err(Refusal::new(
                        2388299,
                        "Variables may not start or end the body.",
                    ));
                }
                if !variables(text).is_empty() && part.get("example").is_none() {
                    return Err(bad("A body with variables needs an example.".into()));
                }
            }
            "FOOTER" => {
                short_enough("footer", text, FOOTER).map_err(|refusal| bad(refusal.details))?
            }
            "BUTTONS" => check_buttons(&part["buttons"])?,
            other => return Err(bad(format!("Unknown component {other}."))),
        }
    }
    if has_body {
        Ok(())
    } else {
        Err(bad("A template needs a body.".into()))
    }
}

fn check_buttons(buttons: &Value) -> Result<(), Refusal> {
    let buttons = buttons.as_array().map(Vec::as_slice).unwrap_or_default();
    let kinds = |kind: &str| {
        buttons
            .iter()
            .filter(|button| button["type"].as_str() == Some(kind))
            .count()
    };
    let counts = [("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1)];
    let too_many = counts.iter().any(|(kind, most)| kinds(kind) > *most);
    if buttons.is_empty() || buttons.len() > BUTTONS || too_many {
        return Err(Refusal::new(
            100,
            "A template has 1 to 10 buttons, at most 2 links, 1 phone and 1 code.",
        ));
    }
    for button in buttons {
        short_enough(
            "button text",
            button["text"].as_str().unwrap_or_default(),
            BUTTON_TEXT,
        )
        .map_err(|refusal| Refusal::new(100, refusal.details))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_distinct_and_in_order() {
        assert_eq!(variables("Olá {{1}}, {{2}} e {{1}} de novo"), ["1", "2"]);
        assert_eq!(variables("{{ nome }} e {{pedido}}"), ["nome", "pedido"]);
        assert!(variables("nada {1} {{ aberto").is_empty());
    }
}

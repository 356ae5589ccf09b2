//! Draws tests from conversations that really happened, without saying whose they were.
//!
//! In: the messages of a conversation, the customer's name, the number's zone. Out: a test that says the
//! same again: what the customer, the phone and the agents wrote, and what the assistant answered, as what
//! it must answer again. Personal data is masked, names of the customer are another's, and ids and numbers
//! are not looked at. A function of its arguments. Absent: reading and writing (`cli/test.rs`); and judging:
//! a person reads what was drawn before it is relied upon.

use crate::workspace::dialogue::{AgentFile, GivenFile, Kind, StepFile, TestFile};
use crate::workspace::length::Length;
use crate::workspace::texts::Texts;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ponte_core::content::Content;
use ponte_core::effect::MessageBody;
use ponte_core::fold::fold;
use ponte_core::ownership::Provenance;
use ponte_core::time::{Span, Time};
use ponte_nlu::mask::{PERSONAL, mask};
use ponte_store::rows::message::MessageView;
use serde_saphyr::{Location, Spanned};

/// Who stands in for the customer.
const SOMEBODY: &str = "Fulano";
/// Pauses shorter than this are not told: nothing falls due in them.
const PAUSE: Span = Span::minutes(10);
/// Steps of a drawn test; the rest of a long conversation is left out.
const STEPS: usize = 60;
/// Letters of a part of a name that is replaced: "da" and "de" are words.
const NAME_LETTERS: usize = 3;

/// A test of a conversation, oldest message first. `None`: the customer wrote nothing in it.
#[must_use]
pub fn test(
    name: String,
    customer: &str,
    zone: &str,
    messages: &[MessageView],
) -> Option<TestFile> {
    let first = messages
        .iter()
        .find(|one| one.row.provenance == Provenance::Customer)?;
    let from = messages.iter().skip_while(|one| !std::ptr::eq(*one, first));
    let mut steps: Vec<StepFile> = Vec::new();
    let mut last = first.row.sent;
    for message in from {
        let Some(step) = step(message, customer) else {
            continue;
        };
        if steps.len() >= STEPS {
            break;
        }
        let apart = message.row.sent - last;
        last = last.max(message.row.sent);
        let deed = step.says.is_none();
        if deed && apart >= PAUSE {
            let minutes = apart.as_millis() / 60_000;
            steps.push(StepFile {
                after: Some(Length(Span::minutes(minutes))),
                ..StepFile::default()
            });
        }
        add(&mut steps, step);
    }
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(TestFile {
        name,
        given: GivenFile {
            at: Some(plain(local(first.row.sent, zone))),
            customer: Some(SOMEBODY.into()),
            ..GivenFile::default()
        },
        models: Vec::new(),
        tools: Vec::new(),
        steps: steps.into_iter().map(plain).collect(),
    })
}

/// A text as it may be written down.
#[must_use]
pub fn masked(text: &str, customer: &str) -> String {
    let hidden = match mask(text, PERSONAL) {
        Ok(masked) => masked.text,
        // A list of personal values is nobody's test.
        Err(_) => return "…".into(),
    };
    let parts: Vec<String> = customer.split_whitespace().map(fold).collect();
    let is_name = |word: &str| {
        let word = fold(word);
        word.chars().count() >= NAME_LETTERS && parts.contains(&word)
    };
    let words = hidden.split_inclusive(char::is_whitespace);
    words
        .map(|word| {
            let core = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            let core = core.trim_start_matches(|c: char| !c.is_alphanumeric());
            match core.is_empty() || !is_name(core) {
                true => word.to_owned(),
                false => word.replace(core, SOMEBODY),
            }
        })
        .collect()
}

/// What a message becomes; `None` for what no dialogue says again.
fn step(message: &MessageView, customer: &str) -> Option<StepFile> {
    let empty = StepFile::default();
    let texts = |text: &str| {
        let text = masked(text.trim(), customer);
        (!text.is_empty()).then(|| Texts(vec![text]))
    };
    match (&message.row.provenance, &message.row.content) {
        (Provenance::Customer, MessageBody::In(content)) => received(content, customer),
        (Provenance::PhoneApp, MessageBody::In(content)) => Some(StepFile {
            phone: Some(texts(content.words())?),
            ..empty
        }),
        (Provenance::Agent { .. }, MessageBody::Out(what)) => {
            let text = texts(what.words())?.0.remove(0);
            Some(StepFile {
                agent: Some(AgentFile::Send(text)),
                ..empty
            })
        }
        (
            Provenance::Assistant { .. } | Provenance::Flow { .. } | Provenance::System,
            MessageBody::Out(what),
        ) => Some(StepFile {
            says: Some(plain(texts(what.words())?)),
            ..empty
        }),
        (
            Provenance::Customer
            | Provenance::PhoneApp
            | Provenance::Agent { .. }
            | Provenance::Assistant { .. }
            | Provenance::Flow { .. }
            | Provenance::System
            | Provenance::Campaign { .. }
            | Provenance::Imported { .. },
            MessageBody::In(_) | MessageBody::Out(_) | MessageBody::Note(_),
        ) => None,
    }
}

fn received(content: &Content, customer: &str) -> Option<StepFile> {
    let text = masked(content.words().trim(), customer);
    let kind = match content {
        Content::Image(_) => Some(Kind::Picture),
        Content::Video(_) => Some(Kind::Video),
        Content::Audio(_) => Some(Kind::Voice),
        Content::Document(_) => Some(Kind::Document),
        Content::Sticker(_) => Some(Kind::Sticker),
        Content::Location(_) => Some(Kind::Location),
        Content::Text { .. }
        | Content::ButtonReply { .. }
        | Content::ListReply { .. }
        | Content::TemplateButton { .. } => None,
        // What changes or describes something else is no message of its own here.
        Content::Contacts { .. }
        | Content::FormReply { .. }
        | Content::CallPermissionReply { .. }
        | Content::Product { .. }
        | Content::Reaction { .. }
        | Content::Order { .. }
        | Content::System(_)
        | Content::Unsupported { .. }
        | Content::Edit { .. }
        | Content::Revoke { .. }
        | Content::MediaPlaceholder
        | Content::Template { .. }
        | Content::Interactive { .. }
        | Content::Unknown { .. } => return None,
    };
    let step = StepFile::default();
    Some(match kind {
        Some(kind) => StepFile {
            sends: Some(kind),
            caption: Some(text).filter(|text| !text.is_empty()),
            ..step
        },
        None if text.is_empty() => return None,
        None if content.payload().is_some() => StepFile {
            taps: Some(text),
            ..step
        },
        None => StepFile {
            customer: Some(Texts(vec![text])),
            ..step
        },
    })
}

/// Joins what belongs together: a burst of the customer, the answer to what was done.
fn add(steps: &mut Vec<StepFile>, step: StepFile) {
    let Some(last) = steps.last_mut() else {
        return steps.push(step);
    };
    if let Some(says) = &step.says {
        match &mut last.says {
            Some(all) => all.value.0.extend(says.value.0.clone()),
            none => *none = step.says,
        }
        return;
    }
    let burst = match (&mut last.customer, &step.customer) {
        (Some(all), Some(more)) if last.says.is_none() => Some((all, more)),
        (Some(_) | None, Some(_) | None) => None,
    };
    match burst {
        Some((all, more)) => all.0.extend(more.0.clone()),
        None => steps.push(step),
    }
}

fn local(at: Time, zone: TimeZone) -> String {
    let moment = Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_nobody() {
        let text = "Sou a Ana Souza (ANA), cpf 529.982.247-25, ana@loja.com.br, +55 11 98888-0001. Da ana?";
        let masked = masked(text, "Ana da Souza");
        for secret in ["Ana", "ANA", "ana@", "Souza", "529", "98888"] {
            assert!(!masked.contains(secret), "{masked}");
        }
        assert!(
            masked.contains("Da Fulano?"),
            "short words are words: {masked}"
        );
    }

    #[test]
    fn a_burst_is_one_step_and_an_answer_belongs_to_what_was_done() {
        let customer = |text: &str| StepFile {
            customer: Some(Texts(vec![text.into()])),
            ..StepFile::default()
        };
        let says = |text: &str| StepFile {
            says: Some(plain(Texts(vec![text.into()]))),
            ..StepFile::default()
        };
        let mut steps = Vec::new();
        for step in [
            customer("oi"),
            customer("tudo?"),
            says("Olá"),
            says("Diga"),
            customer("ok"),
        ] {
            add(&mut steps, step);
        }
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].customer.as_ref().unwrap().0, ["oi", "tudo?"]);
        assert_eq!(steps[0].says.as_ref().unwrap().value.0, ["Olá", "Diga"]);
        assert_eq!(steps[1].customer.as_ref().unwrap().0, ["ok"]);
    }

    #[test]
    fn the_time_is_the_shop_s() {
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        assert_eq!(local(Time(1_795_176_000_000_000), zone), "2026-11-20 09:00");
    }
}

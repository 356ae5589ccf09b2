//! Replies that a person could send to the customer's last words: up to three, each with its sources.
//!
//! In: a [`Talk`]. Out: [`Suggestions`]: written answers and quotes of the knowledge, what only the team
//! may know marked as internal, and one worded by a model from what customers may know. Nothing is sent: a
//! person takes one, changes it, sends it as their own. Absent: the ways of the assistant ([`crate::router`]).

use super::ask::{self, Nobody};
use super::picture::percent;
use super::talk::{Talk, code};
use crate::app::App;
use crate::knowledge::retrieve::{Ask, Body, Found, Retrieved};
use crate::knowledge::settings::{INTERNAL, SourceSettings};
use crate::router::answer::today;
use crate::router::format;
use crate::router::prompt::{self, Scene, Shown};
use ponte_core::rules;
use ponte_models::Request;
use ponte_nlu::search::support::{SUPPORTED, supported};
use ponte_nlu::sense::language::choose;
use ponte_store::StoreError;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// More than this nobody compares while a customer waits.
pub const SUGGESTIONS_MAX: usize = 3;
/// Passages that are looked at.
const PASSAGES: usize = 6;
/// Turns before the question that a model reads.
const TURNS_BEFORE: usize = 20;
/// Surer answers than this production would give by itself; people may choose among doubtful ones.
const THRESHOLD: f32 = 0.3;
/// Tokens of a reply.
const TOKENS: u32 = 500;
/// Characters of a reply by a model.
const CHARS: usize = 1_000;

/// What could be said.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Suggestions {
    /// The customer's messages that they answer, oldest first; none: the customer said nothing.
    pub to: Vec<Uuid>,
    /// Somebody has said something after them.
    pub answered: bool,
    /// The surest first.
    pub suggestions: Vec<Suggestion>,
    /// Why no model added one: `no_provider`, `budget`, `timed_out`, `not_asked`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_model: Option<&'static str>,
}

/// A reply that could be sent.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Suggestion {
    /// `written`: somebody wrote it as an answer; `quote`: sentences of a passage; `model`: worded by one.
    pub kind: &'static str,
    pub text: String,
    pub sources: Vec<String>,
    /// 0 to 100.
    pub confidence: i32,
    /// From what only the team may know: read it before customers do.
    pub internal: bool,
    /// Nobody has found its source right for longer than was set.
    pub stale: bool,
    /// `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Suggests; a model is asked too where `model` says so.
///
/// # Errors
/// The store's.
pub async fn suggest(app: &App, talk: &Talk, model: bool) -> Result<Suggestions, StoreError> {
    let Some((range, open)) = talk.asked() else {
        return Ok(Suggestions {
            no_model: Some(ask::NOTHING_SAID.why),
            ..Suggestions::default()
        });
    };
    let texts: Vec<String> = talk.turns[range.clone()]
        .iter()
        .map(|turn| turn.text.clone())
        .collect();
    let text = texts.join("\n");
    let mut all = Vec::new();
    if let Some((faq, sure)) = rules::nearest_faq(&talk.assistant, &texts) {
        all.push(Suggestion {
            kind: "written",
            text: faq.answer.clone(),
            sources: vec![faq.id.clone()],
            confidence: i32::try_from(sure).unwrap_or(100).min(100),
            internal: false,
            stale: false,
            model: None,
        });
    }
    let public = retrieve(app, talk, &text, false).await?;
    let team = retrieve(app, talk, &text, true).await?;
    for found in [&public, &team] {
        if let Some(suggestion) = known(app, talk, found).await?
            && all.iter().all(|held| held.text != suggestion.text)
        {
            all.push(suggestion);
        }
    }
    let mut no_model = Some("not_asked");
    if model {
        match worded(app, talk, (range.start, &texts), &public).await {
            Ok(suggestion) => (no_model, all) = (None, with_model(all, suggestion)),
            Err(nobody) => no_model = Some(nobody.why),
        }
    }
    all.sort_by_key(|held| std::cmp::Reverse(held.confidence));
    all.truncate(SUGGESTIONS_MAX);
    Ok(Suggestions {
        to: talk.ids[range].to_vec(),
        answered: !open,
        suggestions: all,
        no_model,
    })
}

/// A model's suggestion has a place among the three, the least sure of the others gives it up.
fn with_model(mut all: Vec<Suggestion>, model: Suggestion) -> Vec<Suggestion> {
    all.sort_by_key(|held| std::cmp::Reverse(held.confidence));
    all.truncate(SUGGESTIONS_MAX - 1);
    if all.iter().all(|held| held.text != model.text) {
        all.push(model);
    }
    all
}

async fn retrieve(
    app: &App,
    talk: &Talk,
    text: &str,
    internal: bool,
) -> Result<Retrieved, StoreError> {
    let ask = Ask {
        text,
        internal,
        limit: PASSAGES,
        threshold: Some(THRESHOLD),
        ..Ask::default()
    };
    app.knowledge.retrieve(talk.place.workspace, &ask).await
}

/// What the knowledge says word for word.
async fn known(
    app: &App,
    talk: &Talk,
    found: &Retrieved,
) -> Result<Option<Suggestion>, StoreError> {
    let Some(extract) = &found.answer else {
        return Ok(None);
    };
    let Some(hit) = found.hits.iter().find(|held| held.hit.id == extract.source) else {
        return Ok(None);
    };
    let (kind, source) = match &hit.body {
        Body::Passage(row) => ("quote", row.chunk.source),
        Body::Faq(row) => ("written", row.source),
    };
    let row = app.store.source(talk.place.workspace, source).await?;
    // A source that is gone meanwhile is nobody's to quote.
    let internal = row.is_none_or(|row| SourceSettings::of(&row).audience_word() == INTERNAL);
    Ok(Some(Suggestion {
        kind,
        text: extract.text.clone(),
        sources: vec![named(hit)],
        confidence: percent(extract.confidence),
        internal,
        stale: hit.stale,
        model: None,
    }))
}

fn named(hit: &Found) -> String {
    match &hit.body {
        Body::Passage(_) if hit.title().is_empty() => hit.source_name.clone(),
        Body::Passage(_) => format!("{} · {}", hit.source_name, hit.title()),
        Body::Faq(_) => hit.title().to_owned(),
    }
}

/// A model's, from what customers may know: its words could carry anything it has read.
async fn worded(
    app: &App,
    talk: &Talk,
    (first, texts): (usize, &[String]),
    public: &Retrieved,
) -> Result<Suggestion, Nobody> {
    let mut shown: Vec<Shown> = public.hits.iter().map(shown).collect();
    let mut names: Vec<String> = public.hits.iter().map(named).collect();
    if let Some((faq, _)) = rules::nearest_faq(&talk.assistant, texts) {
        shown.push(Shown {
            title: faq.id.clone(),
            text: faq.answer.clone(),
        });
        names.push(faq.id.clone());
    }
    let language = code(choose(&texts.join("\n"), talk.language()));
    let scene = Scene {
        name: &talk.assistant.name,
        business: &talk.business,
        today: &today(&talk.zone, talk.now),
        customer: &talk.name,
        language,
        variables: &BTreeMap::new(),
        context: &Value::Null,
        specialists: false,
    };
    let before = &talk.turns[first.saturating_sub(TURNS_BEFORE)..first];
    let request = Request {
        system: prompt::system(&talk.assistant.brain, &scene, &shown),
        messages: prompt::messages(before, texts),
        temperature: Some(0.2),
        ..Request::ask("", TOKENS)
    };
    let spoken = ask::ask(app, talk, "suggestion", language, request).await?;
    held(&spoken.text, &shown, &names).map(|(text, sources, confidence)| Suggestion {
        kind: "model",
        text,
        sources,
        confidence,
        internal: false,
        stale: false,
        model: Some(spoken.by),
    })
}

fn shown(hit: &Found) -> Shown {
    Shown {
        title: hit.title().to_owned(),
        text: hit.text().to_owned(),
    }
}

/// The reply as the channel shows it, the sources it cites, and how much of it they support.
fn held(
    text: &str,
    shown: &[Shown],
    names: &[String],
) -> Result<(String, Vec<String>, i32), Nobody> {
    let Some((text, cited)) = prompt::cited(text, shown.len()) else {
        return Err(ask::NOTHING_SAID);
    };
    let passages: Vec<&str> = shown.iter().map(|held| held.text.as_str()).collect();
    let support = supported(&text, &passages);
    if support.score < SUPPORTED {
        return Err(ask::UNSUPPORTED);
    }
    let sources = cited
        .into_iter()
        .filter_map(|n| names.get(n.checked_sub(1)?).cloned());
    Ok((
        format::for_channel(&text, CHARS),
        sources.collect(),
        percent(support.score),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, confidence: i32) -> Suggestion {
        Suggestion {
            kind: "quote",
            text: text.into(),
            sources: Vec::new(),
            confidence,
            internal: false,
            stale: false,
            model: None,
        }
    }

    #[test]
    fn a_model_has_one_place_of_three_and_repeats_nobody() {
        let all = || vec![plain("a", 40), plain("b", 90), plain("c", 60)];
        let texts = |all: Vec<Suggestion>| -> Vec<String> {
            all.into_iter().map(|held| held.text).collect()
        };
        assert_eq!(texts(with_model(all(), plain("m", 70))), ["b", "c", "m"]);
        assert_eq!(texts(with_model(all(), plain("b", 70))), ["b", "c"]);
    }

    #[test]
    fn a_models_words_must_stand_in_what_it_was_given() {
        let shown = [Shown {
            title: "Horário".into(),
            text: "Abrimos de segunda a sábado das 6h às 20h.".into(),
        }];
        let names = ["Horário".to_owned()];
        let held = |text: &str| held(text, &shown, &names);
        let (text, sources, sure) = held("Abrimos de segunda a sábado das 6h às 20h [1].").unwrap();
        assert_eq!(
            (text.as_str(), sources.as_slice()),
            ("Abrimos de segunda a sábado das 6h às 20h.", &names[..])
        );
        assert!(sure >= 60, "{sure}");
        assert_eq!(
            held("Abrimos até as 23h e custa R$ 9,00."),
            Err(ask::UNSUPPORTED)
        );
        assert_eq!(held(prompt::NO_ANSWER), Err(ask::NOTHING_SAID));
    }
}

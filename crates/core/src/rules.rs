//! Which rule, menu option or written answer fits what the customer said.
//!
//! In: the settings and the texts of a turn. Out: a choice, deterministic, the first in file order
//! (for the FAQ: the best score). Texts are compared folded ([`crate::fold`]). Absent: doing
//! anything about it ([`crate::talk`]) and any learning; the FAQ here is the plain first brain, and
//! the server answers `Work::Answer` with it.

use crate::book::{Act, Assistant, Faq, Match, Menu, MenuOption, Rule};
use crate::event::Answer;
use crate::fold::{after, fold, has_words};
use crate::outgoing::Outgoing;
use std::collections::BTreeSet;

/// The first rule that matches, and what was typed after the words it starts with.
#[must_use]
pub fn pick<'a>(
    rules: &'a [Rule],
    texts: &[String],
    payload: Option<&str>,
    first: bool,
    open: bool,
) -> Option<(&'a Rule, String)> {
    let said = Said::new(texts, payload, first);
    rules
        .iter()
        .filter(|rule| (open || rule.always) && !rule.then.is_empty())
        .find_map(|rule| said.matches(rule).map(|rest| (rule, rest.to_owned())))
}

/// The first rule that answers this one message at once.
#[must_use]
pub fn immediate<'a>(
    rules: &'a [Rule],
    text: &str,
    payload: Option<&str>,
    first: bool,
    open: bool,
) -> Option<(&'a Rule, String)> {
    if !rules.iter().any(|rule| rule.immediate) {
        return None;
    }
    let texts = [text.to_owned()];
    let said = Said::new(&texts, payload, first);
    let (rule, rest) = rules
        .iter()
        .filter(|rule| (open || rule.always) && !rule.then.is_empty())
        .find_map(|rule| said.matches(rule).map(|rest| (rule, rest)))?;
    rule.immediate.then(|| (rule, rest.to_owned()))
}

/// What was said, folded once for all rules.
struct Said<'t> {
    texts: &'t [String],
    folded: Vec<String>,
    joined: String,
    payload: Option<&'t str>,
    first: bool,
}

impl<'t> Said<'t> {
    fn new(texts: &'t [String], payload: Option<&'t str>, first: bool) -> Self {
        let folded: Vec<String> = texts.iter().map(|text| fold(text)).collect();
        Said {
            texts,
            joined: folded.join(" "),
            folded,
            payload,
            first,
        }
    }

    /// `Some(rest)` when the rule applies.
    fn matches(&self, rule: &Rule) -> Option<&'t str> {
        let when: &Match = &rule.when;
        let payload = self
            .payload
            .is_some_and(|p| when.payload.iter().any(|id| id == p));
        let equals =
            when.equals.iter().map(|word| fold(word)).any(|word| {
                !word.is_empty() && (self.joined == word || self.folded.contains(&word))
            });
        let contains = || {
            let mut words = when.contains.iter().map(|word| fold(word));
            words.any(|word| has_words(&self.joined, &word))
        };
        if payload || equals || (self.first && when.first) || contains() {
            return Some("");
        }
        let wants_rest = rule
            .then
            .iter()
            .any(|act| matches!(act, Act::Say { text } if text.contains("{rest}")));
        let starts = when.starts.iter().map(|start| fold(start));
        starts
            .filter_map(|start| self.texts.iter().find_map(|text| after(text, &start)))
            .find(|rest| !wants_rest || !rest.is_empty())
    }
}

/// The option of an open menu that was chosen: by its id, its number or its title.
#[must_use]
pub fn choice<'a>(
    menu: &'a Menu,
    texts: &[String],
    payload: Option<&str>,
) -> Option<&'a MenuOption> {
    if let Some(payload) = payload
        && let Some(option) = menu.options.iter().find(|o| o.id == payload)
    {
        return Some(option);
    }
    // The last word counts: "1… não, 2".
    texts.iter().rev().find_map(|text| {
        let said = fold(text);
        let number = said
            .strip_prefix("opcao ")
            .or_else(|| said.strip_prefix("numero "))
            .unwrap_or(&said);
        if let Ok(number) = number.parse::<usize>() {
            return number.checked_sub(1).and_then(|i| menu.options.get(i));
        }
        let titled = |o: &&MenuOption| {
            let title = fold(&o.title);
            !title.is_empty() && (said == title || said == fold(&o.id))
        };
        let named = |o: &&MenuOption| {
            let title = fold(&o.title);
            has_words(&said, &title)
        };
        let mut by_name = menu.options.iter().filter(named);
        let only = by_name.next().filter(|_| by_name.next().is_none());
        menu.options.iter().find(titled).or(only)
    })
}

/// The plain brain: the written answer whose question is nearest, or `DontKnow`.
#[must_use]
pub fn answer_from_faq(assistant: &Assistant, texts: &[String]) -> Answer {
    match nearest_faq(assistant, texts) {
        Some((faq, _)) => {
            let parts = vec![Outgoing::text(faq.answer.clone())];
            Answer::say(parts, vec![faq.id.clone()])
        }
        None => Answer::DontKnow {
            how: serde_json::Value::Null,
        },
    }
}

/// The written answer whose question is nearest and near enough, and how near in percent.
#[must_use]
pub fn nearest_faq<'a>(assistant: &'a Assistant, texts: &[String]) -> Option<(&'a Faq, u32)> {
    let said = tokens(&texts.join(" "));
    assistant
        .faq
        .iter()
        .map(|faq| (faq, score(faq, &said)))
        .filter(|(faq, score)| *score >= ENOUGH && !faq.answer.trim().is_empty())
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Two thirds of the words in common, both ways taken together: fewer, and a person answers better.
const ENOUGH: u32 = 66;

/// Words that questions of all kinds share.
const COMMON: &[&str] = &[
    "a", "o", "as", "os", "um", "uma", "de", "do", "da", "dos", "das", "e", "em", "no", "na",
    "nos", "nas", "por", "para", "pra", "pro", "com", "que", "voces", "vcs", "voce", "vc", "oi",
    "ola", "bom", "boa", "dia", "tarde", "noite", "favor", "me", "eu", "gostaria", "queria",
    "quero", "saber", "pode", "podem", "poderia", "the", "is", "are", "do", "you", "your", "what",
    "el", "la", "los", "las", "es", "su", "qual", "quais", "como", "tem", "ai", "isso", "esta",
    "sao",
];

fn score(faq: &Faq, said: &BTreeSet<String>) -> u32 {
    let best = faq.questions.iter().map(|question| {
        let asked = tokens(question);
        let common = asked.intersection(said).count();
        let total = asked.len() + said.len();
        (200 * common).checked_div(total).unwrap_or(0)
    });
    u32::try_from(best.max().unwrap_or(0)).unwrap_or(0)
}

fn tokens(text: &str) -> BTreeSet<String> {
    let folded = fold(text);
    let all = || folded.split(' ').filter(|word| !word.is_empty());
    let telling: BTreeSet<String> = all()
        .filter(|word| !COMMON.contains(word))
        .map(stem)
        .collect();
    if telling.is_empty() {
        return all().map(stem).collect();
    }
    telling
}

/// Plurals count as their singulars.
fn stem(word: &str) -> String {
    let cut = word.strip_suffix('s').filter(|stem| stem.len() >= 3);
    cut.unwrap_or(word).to_owned()
}

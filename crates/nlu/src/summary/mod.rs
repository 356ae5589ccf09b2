//! A conversation in three points, taken from its own sentences: wanted, said or done, open.
//!
//! In: turns with who wrote them, the workspace's language and settings, the time now. Out: three
//! sentences with the turns they come from, and the entities that were named. No model: sentences are
//! chosen by what they hold (a question, a wish, a number, a promise) and quoted, so nothing is made
//! up. Stable: the same turns give the same points. Absent: rewriting. Read next: [`wording`].

mod wording;

use crate::entities::{Entity, Kind, Settings, find};
use crate::sense::language::Language;
use crate::sense::tokens::{Class, Line, folded};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use wording::{Phrase, phrase};

/// Turns that are read, the newest: older ones were other matters.
pub const TURNS_MAX: usize = 200;
/// Characters of a quoted sentence: what fits in two lines of an inbox.
const QUOTE_MAX: usize = 160;
/// Entities that are listed.
const ENTITIES_SHOWN: usize = 12;

/// Who wrote a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// The assistant or a flow.
    Assistant,
    /// A person of the business.
    Person,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who wrote it.
    pub author: Author,
    /// What.
    pub text: String,
}

/// One sentence and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// In the asked language, quoting in the original.
    pub text: String,
    /// Places of the turns it rests on, from 0.
    pub turns: Vec<usize>,
}

/// Three points and what was named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// What the customer wants.
    pub wants: Point,
    /// What was said or done.
    pub done: Point,
    /// What is open, or comes next.
    pub open: Point,
    /// Named by the customer or the business, each value once, in order.
    pub entities: Vec<Entity>,
}

/// The three points of a conversation.
#[must_use]
pub fn summarise(
    turns: &[Turn],
    language: Language,
    settings: &Settings,
    now: DateTime,
) -> Summary {
    let first = turns.len().saturating_sub(TURNS_MAX);
    let read: Vec<(usize, &Turn)> = turns.iter().enumerate().skip(first).collect();
    let said = |p: Phrase, quotes: &[&str]| phrase(language, p, quotes);
    Summary {
        wants: wants(&read, &said),
        done: done(&read, &said),
        open: open(&read, &said),
        entities: named(&read, settings, now),
    }
}

type Said<'a> = dyn Fn(Phrase, &[&str]) -> String + 'a;

fn point(text: String, turns: Vec<usize>) -> Point {
    Point { text, turns }
}

/// The customer's weightiest sentence, and the latest one when it is about something else.
fn wants(turns: &[(usize, &Turn)], said: &Said<'_>) -> Point {
    let mut rated: Vec<(i32, usize, String)> = Vec::new();
    for (place, turn) in turns.iter().filter(|(_, t)| t.author == Author::Customer) {
        for sentence in sentences(&turn.text) {
            rated.push((weight(sentence), *place, quote(sentence)));
        }
    }
    let best = rated
        .iter()
        .enumerate()
        .max_by_key(|(i, (weight, ..))| (*weight, std::cmp::Reverse(*i)));
    let Some((_, (weight, place, text))) = best.filter(|(_, (weight, ..))| *weight > 0) else {
        return point(said(Phrase::WantsUnknown, &[]), Vec::new());
    };
    // The first that weighs nearly as much, and the last that says something else.
    let near = |(w, ..): &&(i32, usize, String)| *w * 3 >= *weight * 2;
    let (first, begun) = rated
        .iter()
        .find(near)
        .map_or((text, *place), |(_, p, t)| (t, *p));
    let last = rated
        .iter()
        .rev()
        .filter(near)
        .find(|(_, p, t)| *p >= begun && !alike(t, first));
    match last {
        Some((_, p, t)) => {
            let mut turns = vec![begun, *p];
            turns.dedup();
            point(said(Phrase::WantsTwo, &[first, t]), turns)
        }
        None => point(said(Phrase::Wants, &[first]), vec![begun]),
    }
}

/// The business's weightiest sentence in its last answers.
fn done(turns: &[(usize, &Turn)], said: &Said<'_>) -> Point {
    let answers = turns
        .iter()
        .rev()
        .filter(|(_, t)| t.author != Author::Customer);
    let mut best: Option<(i32, usize, Author, String)> = None;
    // The last six answers: what was said before was answered upon.
    for (place, turn) in answers.take(6) {
        for sentence in sentences(&turn.text) {
            let weight = weight(sentence) + i32::from(!sentence.ends_with('?')) * 2;
            let heavier = best.as_ref().is_none_or(|(w, ..)| weight > *w);
            if heavier && weight > 2 {
                best = Some((weight, *place, turn.author, quote(sentence)));
            }
        }
    }
    match best {
        Some((_, place, Author::Person, text)) => {
            point(said(Phrase::PersonSaid, &[&text]), vec![place])
        }
        Some((_, place, Author::Assistant | Author::Customer, text)) => {
            point(said(Phrase::AssistantSaid, &[&text]), vec![place])
        }
        None => point(said(Phrase::NothingSaid, &[]), Vec::new()),
    }
}

fn open(turns: &[(usize, &Turn)], said: &Said<'_>) -> Point {
    let Some((place, last)) = turns.iter().rev().find(|(_, t)| !t.text.trim().is_empty()) else {
        return point(said(Phrase::NothingOpen, &[]), Vec::new());
    };
    let sentences = sentences(&last.text);
    match last.author {
        Author::Customer if closes(&last.text) => {
            let promise = promise(turns);
            match promise {
                Some((from, text)) => point(said(Phrase::Promised, &[&text]), vec![from]),
                None => point(said(Phrase::Thanked, &[]), vec![*place]),
            }
        }
        Author::Customer => {
            let heaviest = sentences
                .iter()
                .max_by_key(|s| weight(s))
                .copied()
                .unwrap_or(&last.text);
            point(said(Phrase::Unanswered, &[&quote(heaviest)]), vec![*place])
        }
        Author::Assistant | Author::Person => {
            if let Some(question) = sentences.iter().rev().find(|s| s.ends_with('?')) {
                return point(said(Phrase::Asked, &[&quote(question)]), vec![*place]);
            }
            match promise(turns) {
                Some((from, text)) => point(said(Phrase::Promised, &[&text]), vec![from]),
                None => point(said(Phrase::Waiting, &[]), vec![*place]),
            }
        }
    }
}

/// The last thing that the business said it would do.
fn promise(turns: &[(usize, &Turn)]) -> Option<(usize, String)> {
    let answers = turns
        .iter()
        .rev()
        .filter(|(_, t)| t.author != Author::Customer)
        .take(4);
    answers.into_iter().find_map(|(place, turn)| {
        let promised = sentences(&turn.text)
            .into_iter()
            .find(|s| has(s, wording::PROMISES));
        promised.map(|s| (*place, quote(s)))
    })
}

/// A thanks or an agreement with nothing asked.
fn closes(text: &str) -> bool {
    !text.contains('?') && has(text, wording::THANKS) && Line::new(text).len() <= 14
}

fn has(text: &str, phrases: &[&str]) -> bool {
    let folded = format!(" {} ", folded(text));
    phrases.iter().any(|p| folded.contains(&format!(" {p} ")))
}

/// Sentences of a text, ends kept, without the empty ones.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        // "R$ 1.234" and "loja.com" go on.
        let ends = matches!(c, '!' | '?' | '\n' | '…')
            || c == '.' && letters.peek().is_none_or(|(_, n)| n.is_whitespace());
        let goes_on = letters
            .peek()
            .is_some_and(|(_, n)| matches!(n, '!' | '?' | '.'));
        if ends && !goes_on {
            found.push(text[from..at + c.len_utf8()].trim());
            from = at + c.len_utf8();
        }
    }
    found.push(text[from..].trim());
    found.retain(|s| s.chars().any(char::is_alphanumeric));
    found
}

/// How much a sentence says: words that carry, a wish, a question, a number; greetings say nothing.
fn weight(sentence: &str) -> i32 {
    let line = Line::new(sentence);
    let carries = |t: &&crate::sense::tokens::Token| t.class == Class::Word && t.folded.len() >= 4;
    let words = line.tokens.iter().filter(carries).count().min(8);
    let digits = line
        .tokens
        .iter()
        .filter(|t| t.class == Class::Digits)
        .count()
        .min(2);
    let wish = i32::from(has(sentence, wording::WISHES)) * 4;
    let question = i32::from(sentence.ends_with('?')) * 3;
    let greeting = i32::from(has(sentence, wording::GREETINGS)) * 4;
    let bound = |n: usize| i32::try_from(n).unwrap_or(8);
    bound(words) + bound(digits) * 2 + wish + question - greeting
}

/// Whether two sentences share most of their carrying words.
fn alike(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let line = Line::new(text);
        let long = line.tokens.iter().filter(|t| t.folded.len() >= 4);
        long.map(|t| t.folded.chars().take(5).collect()).collect()
    };
    let (a, b) = (words(a), words(b));
    let both = a.iter().filter(|w| b.contains(w)).count();
    both * 2 >= a.len().min(b.len()).max(1)
}

/// A sentence cut to [`QUOTE_MAX`] characters, at a space.
fn quote(sentence: &str) -> String {
    let whole: String = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    if whole.chars().count() <= QUOTE_MAX {
        return whole;
    }
    let cut: String = whole.chars().take(QUOTE_MAX - 1).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

fn named(turns: &[(usize, &Turn)], settings: &Settings, now: DateTime) -> Vec<Entity> {
    let mut named: Vec<Entity> = Vec::new();
    for (_, turn) in turns {
        for entity in find(&turn.text, settings, now) {
            let counted = matches!(entity.kind, Kind::Number | Kind::Url);
            let known = named
                .iter()
                .any(|n| n.kind == entity.kind && n.value == entity.value);
            if !counted && !known && named.len() < ENTITIES_SHOWN {
                named.push(entity);
            }
        }
    }
    named
}

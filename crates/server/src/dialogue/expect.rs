//! Holds what was seen against what a step expects.
//!
//! In: a step and a [`Seen`]. Out: a [`Failure`] for each expectation that is not met, with what came
//! instead. A function of its arguments. Absent: making things happen ([`super::play`]).

use super::report::Failure;
use super::seen::{Came, Decided, Seen};
use crate::both;
use crate::words::Both;
use crate::workspace::dialogue::{CallFile, OwnerFile, StepFile, WindowFile};
use crate::workspace::length::Length;
use ponte_core::fold::fold;
use ponte_core::ids::TeamId;
use ponte_core::ownership::Owner;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// Characters of a message that a report repeats.
const SHOWN: usize = 300;

/// Names of teams by their ids, to be told as people wrote them.
pub type Teams = BTreeMap<TeamId, String>;

/// All that is not as the step says. `line`: the step's own, for expectations without one.
#[must_use]
pub fn check(step: &StepFile, line: u64, seen: &Seen, teams: &Teams) -> Vec<Failure> {
    let mut missed = Missed {
        seen,
        all: Vec::new(),
    };
    words(step, &mut missed);
    decision(step, &mut missed);
    people(step, teams, &mut missed);
    remembered(&step.variables, line, &mut missed);
    missed.all
}

struct Missed<'a> {
    seen: &'a Seen,
    all: Vec<Failure>,
}

impl Missed<'_> {
    fn add<T>(&mut self, place: &Spanned<T>, expected: Both, came: Both) {
        self.at(place.referenced.line(), expected, came);
    }

    fn at(&mut self, line: u64, expected: Both, came: Both) {
        let ways = ways(self.seen);
        self.all.push(Failure {
            line,
            expected,
            came,
            ways,
        });
    }
}

fn words(step: &StepFile, missed: &mut Missed<'_>) {
    let seen = missed.seen;
    let came = || said(&seen.came);
    if let Some(texts) = &step.says {
        for text in texts.value.0.iter().filter(|text| !holds(&seen.came, text)) {
            missed.add(texts, both!("diz “{text}”", "says “{text}”"), came());
        }
    }
    if let Some(texts) = &step.says_any
        && !texts.value.0.iter().any(|text| holds(&seen.came, text))
    {
        let any = listed(&texts.value.0);
        let expected = both!("diz um destes: {any}", "says one of these: {any}");
        missed.add(texts, expected, came());
    }
    if let Some(texts) = &step.says_exactly {
        let same = seen.came.iter().map(|one| &one.text).eq(&texts.value.0);
        if !same {
            let all = listed(&texts.value.0);
            let expected = both!("diz exatamente {all}", "says exactly {all}");
            missed.add(texts, expected, came());
        }
    }
    if let Some(texts) = &step.never_says {
        for text in texts.value.0.iter().filter(|text| holds(&seen.all, text)) {
            let expected = both!("nunca diz “{text}”", "never says “{text}”");
            missed.add(texts, expected, said(&seen.all));
        }
    }
    if let Some(silent) = &step.silent
        && silent.value != seen.came.is_empty()
    {
        let expected = if silent.value {
            both!("silêncio", "silence")
        } else {
            both!("uma mensagem", "a message")
        };
        missed.add(silent, expected, came());
    }
    if let Some(within) = &step.within {
        soon_enough(within, missed);
    }
    if let Some(titles) = &step.buttons {
        let there: Vec<String> = seen.choices.iter().map(|one| one.title.clone()).collect();
        for title in titles.value.0.iter() {
            if !there.iter().any(|one| fold(one) == fold(title)) {
                let expected = both!("o botão “{title}”", "the button “{title}”");
                missed.add(titles, expected, Both::same(listed(&there)));
            }
        }
    }
}

fn soon_enough(within: &Spanned<Length>, missed: &mut Missed<'_>) {
    let limit = within.value;
    let expected = both!("uma mensagem em {limit}", "a message within {limit}");
    let Some(first) = missed.seen.came.first() else {
        return missed.add(within, expected, nothing());
    };
    let took = Length(first.at - missed.seen.deed_at);
    if took.0 > limit.0 {
        missed.add(within, expected, both!("em {took}", "after {took}"));
    }
}

fn decision(step: &StepFile, missed: &mut Missed<'_>) {
    let seen = missed.seen;
    if let Some(ways) = &step.by {
        let took = deciders(seen);
        if !ways.value.0.iter().any(|way| took.contains(way)) {
            let any = ways.value.0.join(", ");
            let expected = both!("decidido por {any}", "decided by {any}");
            missed.add(ways, expected, Both::same(or_dash(&took)));
        }
    }
    if let Some(name) = &step.intent {
        let found = named(seen, "intent");
        if !found.contains(&name.value) {
            let wanted = &name.value;
            let expected = both!("a intenção {wanted}", "the intent {wanted}");
            missed.add(name, expected, Both::same(or_dash(&found)));
        }
    }
    if let Some(sources) = &step.source {
        let cited: Vec<String> = seen
            .decided
            .iter()
            .flat_map(|one| one.sources.clone())
            .collect();
        for source in sources.value.0.iter().filter(|one| !cited.contains(one)) {
            let expected = both!("a fonte {source}", "the source {source}");
            missed.add(sources, expected, Both::same(or_dash(&cited)));
        }
    }
    if let Some(call) = &step.tool {
        tool(call, missed);
    }
}

fn tool(wanted: &Spanned<CallFile>, missed: &mut Missed<'_>) {
    let CallFile { tool, with } = &wanted.value;
    let seen = missed.seen;
    let by_name = seen.calls.iter().filter(|call| call.tool == *tool);
    if by_name.clone().any(|call| has(&call.with, with)) {
        return;
    }
    let expected = if with.is_empty() {
        both!("a ferramenta {tool}", "the tool {tool}")
    } else {
        let with = Value::Object(with.clone());
        both!(
            "a ferramenta {tool} com {with}",
            "the tool {tool} with {with}"
        )
    };
    let came = seen.calls.iter().map(|call| {
        let with = Value::Object(call.with.clone());
        format!("{} {with}", call.tool)
    });
    missed.add(
        wanted,
        expected,
        Both::same(or_dash(&came.collect::<Vec<_>>())),
    );
}

fn people(step: &StepFile, teams: &Teams, missed: &mut Missed<'_>) {
    let seen = missed.seen;
    let owner = seen.state.owner.kind();
    let waits = matches!(seen.state.owner, Owner::Queue { .. });
    if let Some(wanted) = &step.handed_off
        && wanted.value != waits
    {
        let expected = if wanted.value {
            both!("passada a pessoas", "handed off to people")
        } else {
            both!("não passada a pessoas", "not handed off")
        };
        missed.add(
            wanted,
            expected,
            both!("o dono é {owner}", "the owner is {owner}"),
        );
    }
    if let Some(wanted) = &step.team {
        let team = match &seen.state.owner {
            Owner::Queue { team: Some(id), .. } => teams.get(id).cloned(),
            Owner::Queue { team: None, .. }
            | Owner::Assistant
            | Owner::Person { .. }
            | Owner::Nobody => None,
        };
        if team.as_ref() != Some(&wanted.value) {
            let name = &wanted.value;
            let expected = both!("espera pela equipe {name}", "waits for the team {name}");
            missed.add(
                wanted,
                expected,
                Both::same(team.unwrap_or_else(|| "–".into())),
            );
        }
    }
    if let Some(wanted) = &step.why {
        let reasons = seen.decided.iter().map(|one| one.why.clone());
        let reasons: Vec<String> = reasons.chain(seen.notes.iter().cloned()).collect();
        let there = |reason: &String| fold(reason).contains(&fold(&wanted.value));
        if !reasons.iter().any(there) {
            let why = &wanted.value;
            let expected = both!("o motivo “{why}”", "the reason “{why}”");
            missed.add(wanted, expected, Both::same(listed(&reasons)));
        }
    }
    if let Some(wanted) = &step.draft {
        draft(wanted, missed);
    }
    if let Some(wanted) = &step.owner
        && owner_kind(wanted.value) != owner
    {
        let kind = owner_kind(wanted.value);
        let expected = both!("o dono é {kind}", "the owner is {kind}");
        missed.add(wanted, expected, Both::same(owner));
    }
    if let Some(wanted) = &step.window {
        let until = seen.state.window.service_until;
        let open = until.is_some_and(|until| until > seen.now);
        if open != (wanted.value == WindowFile::Open) {
            let word = |open: bool| match open {
                true => both!("a janela aberta", "the window open"),
                false => both!("a janela fechada", "the window closed"),
            };
            missed.add(wanted, word(!open), word(open));
        }
    }
}

fn draft(wanted: &Spanned<String>, missed: &mut Missed<'_>) {
    let proposal = missed.seen.state.proposal.as_ref();
    let texts: Option<Vec<String>> =
        proposal.map(|held| held.parts.iter().map(|part| part.words().into()).collect());
    let text = &wanted.value;
    let fits = match &texts {
        None => text.is_empty(),
        Some(all) => !text.is_empty() && all.iter().any(|one| fold(one).contains(&fold(text))),
    };
    if !fits {
        let expected = if text.is_empty() {
            both!("nenhum rascunho", "no draft")
        } else {
            both!("um rascunho com “{text}”", "a draft with “{text}”")
        };
        let came = texts.map_or_else(
            || both!("nenhum rascunho", "no draft"),
            |all| Both::same(listed(&all)),
        );
        missed.add(wanted, expected, came);
    }
}

fn remembered(wanted: &Map<String, Value>, line: u64, missed: &mut Missed<'_>) {
    let held = &missed.seen.state.variables;
    let differing: Vec<_> = wanted
        .iter()
        .filter(|(name, value)| held.get(*name) != Some(*value))
        .map(|(name, value)| (name.clone(), value.clone(), held.get(name).cloned()))
        .collect();
    for (name, value, came) in differing {
        let came = came.map_or_else(nothing, |came| Both::same(came.to_string()));
        missed.at(line, Both::same(format!("{name} = {value}")), came);
    }
}

/// The names of the ways that decided; what the step itself answers is a rule's.
fn deciders(seen: &Seen) -> Vec<String> {
    let by = |one: &Decided| one.how["by"].as_str().map(str::to_owned);
    let mut all: Vec<String> = seen.decided.iter().filter_map(by).collect();
    if all.is_empty() && seen.decided.is_empty() && !seen.came.is_empty() {
        all.push("rule".into());
    }
    all
}

/// Names in the notes of a way.
fn named(seen: &Seen, way: &str) -> Vec<String> {
    let ways = seen
        .decided
        .iter()
        .filter_map(|one| one.how["ways"].as_array());
    let notes = ways.flatten().filter(|note| note["way"] == way);
    let names = notes.filter_map(|note| note["name"].as_str());
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How the decisions went, each in one line.
#[must_use]
pub fn ways(seen: &Seen) -> Vec<String> {
    seen.decided.iter().map(way).collect()
}

/// A decision in one line: `written –, intent ✗ (…), quote ✓ entrega 71 %`.
fn way(decided: &Decided) -> String {
    let notes = decided.how["ways"].as_array().cloned().unwrap_or_default();
    let note = |note: &Value| {
        let mark = match note["gave"].as_str() {
            Some("taken") => "✓",
            Some("refused") => "✗",
            Some("failed") => "!",
            Some(_) | None => "–",
        };
        let mut text = format!("{} {mark}", note["way"].as_str().unwrap_or("?"));
        if let Some(name) = note["name"].as_str() {
            text.push_str(&format!(" {name}"));
        }
        if let Some(percent) = note["percent"].as_u64() {
            text.push_str(&format!(" {percent} %"));
        }
        if let Some(why) = note["why"].as_str() {
            text.push_str(&format!(" ({why})"));
        }
        text
    };
    let all: Vec<String> = notes.iter().map(note).collect();
    match (all.is_empty(), decided.why.as_str()) {
        (true, why) => why.to_owned(),
        (false, "") => all.join(", "),
        (false, why) => format!("{} → {why}", all.join(", ")),
    }
}

fn holds(came: &[Came], text: &str) -> bool {
    let wanted = fold(text);
    came.iter().any(|one| fold(&one.text).contains(&wanted))
}

/// Whether the values are among the given ones.
fn has(given: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
    wanted
        .iter()
        .all(|(name, value)| given.get(name) == Some(value))
}

fn said(came: &[Came]) -> Both {
    if came.is_empty() {
        return nothing();
    }
    let texts: Vec<String> = came.iter().map(|one| one.text.clone()).collect();
    Both::same(listed(&texts))
}

fn nothing() -> Both {
    both!("nada", "nothing")
}

fn listed(texts: &[String]) -> String {
    if texts.is_empty() {
        return "–".into();
    }
    let short = |text: &String| -> String {
        let cut: String = text.chars().take(SHOWN).collect();
        let more = if text.chars().count() > SHOWN {
            "…"
        } else {
            ""
        };
        format!("“{cut}{more}”")
    };
    texts.iter().map(short).collect::<Vec<_>>().join(" | ")
}

fn or_dash(all: &[String]) -> String {
    if all.is_empty() {
        "–".into()
    } else {
        all.join(", ")
    }
}

fn owner_kind(owner: OwnerFile) -> &'static str {
    match owner {
        OwnerFile::Assistant => "assistant",
        OwnerFile::Person => "person",
        OwnerFile::Queue => "queue",
        OwnerFile::Nobody => "nobody",
    }
}

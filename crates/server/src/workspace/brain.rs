//! Keeps the shapes of an assistant's file that say how it finds its answers, and both ways between them
//! and [`Brain`].
//!
//! In: the keys of `assistants/NAME.yaml` that concern understanding, knowledge, models and tools. Out: a
//! [`Brain`] whose defaults are the core's, and back. Absent on purpose: keys and credentials, which are
//! named here and never written. Next: `convert.rs`, `write.rs`, `check.rs`.

use super::length::Length;
use ponte_core::brain::{
    Brain, Budgets, Escalation, Forbidden, Knowledge, Prefer, Reaction, Specialist,
};
use ponte_core::ids::{AssistantId, TeamId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;

/// How an assistant finds its answers. Every key may be left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrainFile {
    /// What the model is told that it is. `{name}`, `{business}`, `{today}` and `{customer}` are filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How it speaks, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// Languages it answers in, best first: `pt`, `en`, `es`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Models in the order in which they are asked, as `provider/model`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub models: Vec<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<KnowledgeFile>,
    /// What is done when the customer wants one of these, by the intent's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intents: BTreeMap<String, ReactionFile>,
    /// Tools it may use: names of files in `tools/` without `.yaml`, or of built-in ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub tools: Vec<Spanned<String>>,
    /// Assistants that are better at something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specialists: Vec<SpecialistFile>,
    /// What it never talks about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<ForbiddenFile>,
    /// Words of matters that only people or written answers may touch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalation: Option<EscalationFile>,
    /// `cheapest`: written answers and quotes before a model; `model`: a model words what nobody wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<PreferFile>,
    /// An answer that comes later than this is no use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Length>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budgets: Option<BudgetsFile>,
    /// Personal data masked before words leave to a provider: `all`, or kinds such as `cpf`, `phone`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mask: Vec<String>,
    /// Characters of one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_chars: Option<u32>,
    /// Confidence in percent from which an intent counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent_percent: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeFile {
    /// Off: it answers from its own file only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Names of sources; empty: all that are open to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Confidence in percent from which a passage is quoted as the answer, without a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_percent: Option<u32>,
}

/// The first that is set counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactionFile {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub say: String,
    /// Calls a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hand_off: bool,
    /// The team that is called: the name of a file in `teams/` without `.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub team: Option<Spanned<String>>,
    /// Gives it to this assistant: the name of a file in `assistants/` without `.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub pass: Option<Spanned<String>>,
    /// Never answered by a model: a written answer, or a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub critical: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialistFile {
    /// The name of a file in `assistants/` without `.yaml`.
    #[schemars(with = "String")]
    pub assistant: Spanned<String>,
    /// What it is good at; a model chooses by this.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Words that mean it, for when no model is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenFile {
    pub subject: String,
    /// Words that mean it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// What the customer hears; empty: a person is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub say: String,
}

/// When a person is called although there may be an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dissatisfied: Option<bool>,
    /// Threats of law suits, consumer protection, the press.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threats: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreferFile {
    Cheapest,
    Model,
}

/// US dollars; 0: nothing may be spent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetsFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_day_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assistant_day_usd: Option<f64>,
}

/// The brain as the file says; names become ids.
pub(super) fn read(
    file: &BrainFile,
    assistant: impl Fn(&str) -> AssistantId,
    team: impl Fn(&str) -> TeamId,
) -> Brain {
    let base = Brain::default();
    let reaction = |file: &ReactionFile| Reaction {
        say: file.say.clone(),
        hand_off: file.hand_off || file.team.is_some(),
        team: file.team.as_ref().map(|name| team(&name.value)),
        pass: file.pass.as_ref().map(|name| assistant(&name.value)),
        critical: file.critical,
    };
    let specialist = |file: &SpecialistFile| Specialist {
        assistant: assistant(&file.assistant.value),
        name: file.assistant.value.clone(),
        about: file.about.clone(),
        words: file.words.clone(),
    };
    let forbidden = |file: &ForbiddenFile| Forbidden {
        subject: file.subject.clone(),
        words: file.words.clone(),
        say: file.say.clone(),
    };
    Brain {
        prompt: file.prompt.clone().unwrap_or(base.prompt),
        tone: file.tone.clone().unwrap_or(base.tone),
        languages: file.languages.clone().unwrap_or(base.languages),
        models: file.models.iter().map(|name| name.value.clone()).collect(),
        knowledge: knowledge(file.knowledge.as_ref(), base.knowledge),
        intents: file
            .intents
            .iter()
            .map(|(name, file)| (name.clone(), reaction(file)))
            .collect(),
        tools: file.tools.iter().map(|name| name.value.clone()).collect(),
        specialists: file.specialists.iter().map(specialist).collect(),
        forbidden: file.forbidden.iter().map(forbidden).collect(),
        critical: file.critical.clone(),
        escalation: escalation(file.escalation.as_ref(), base.escalation),
        prefer: match file.prefer {
            Some(PreferFile::Model) => Prefer::Model,
            Some(PreferFile::Cheapest) | None => Prefer::Cheapest,
        },
        within: file.within.map_or(base.within, |length| length.0),
        budgets: budgets(file.budgets.as_ref(), base.budgets),
        mask: file.mask.clone(),
        answer_chars: file.answer_chars.unwrap_or(base.answer_chars),
        intent_percent: file.intent_percent.unwrap_or(base.intent_percent),
    }
}

fn knowledge(file: Option<&KnowledgeFile>, base: Knowledge) -> Knowledge {
    let Some(file) = file else { return base };
    Knowledge {
        enabled: file.enabled.unwrap_or(base.enabled),
        sources: file.sources.clone(),
        quote_percent: file.quote_percent.unwrap_or(base.quote_percent),
    }
}

fn escalation(file: Option<&EscalationFile>, base: Escalation) -> Escalation {
    let Some(file) = file else { return base };
    Escalation {
        dissatisfied: file.dissatisfied.unwrap_or(base.dissatisfied),
        threats: file.threats.unwrap_or(base.threats),
        urgent: file.urgent.unwrap_or(base.urgent),
    }
}

/// A file that names budgets says all of them: what it leaves out has no limit.
fn budgets(file: Option<&BudgetsFile>, base: Budgets) -> Budgets {
    let Some(file) = file else { return base };
    Budgets {
        conversation_micros: file.conversation_usd.map(micros),
        contact_day_micros: file.contact_day_usd.map(micros),
        assistant_day_micros: file.assistant_day_usd.map(micros),
    }
}

/// Negative, endless and undefined amounts have been refused by `check`; here they count as nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a range that the type holds"
)]
fn micros(usd: f64) -> u64 {
    (usd.clamp(0.0, MAX_USD) * 1e6).round() as u64
}

/// Nobody's day of messages costs a million dollars: a slip of the keyboard.
pub(super) const MAX_USD: f64 = 1e6;

#[expect(
    clippy::cast_precision_loss,
    reason = "at most 1e12, far below the 2^53 that a float holds exactly"
)]
fn usd(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// The file of a brain; `None` for a name that no file has.
pub(super) fn write(
    brain: &Brain,
    assistant: impl Fn(AssistantId) -> Option<Spanned<String>>,
    team: impl Fn(TeamId) -> Option<Spanned<String>>,
) -> Option<BrainFile> {
    let spanned = |text: &String| Spanned::new(text.clone(), Location::UNKNOWN, Location::UNKNOWN);
    let mut intents = BTreeMap::new();
    for (name, held) in &brain.intents {
        intents.insert(name.clone(), write_reaction(held, &assistant, &team)?);
    }
    let mut specialists = Vec::new();
    for held in &brain.specialists {
        specialists.push(SpecialistFile {
            assistant: assistant(held.assistant)?,
            about: held.about.clone(),
            words: held.words.clone(),
        });
    }
    let forbidden = brain.forbidden.iter().map(|held| ForbiddenFile {
        subject: held.subject.clone(),
        words: held.words.clone(),
        say: held.say.clone(),
    });
    Some(BrainFile {
        prompt: Some(brain.prompt.clone()),
        tone: Some(brain.tone.clone()),
        languages: Some(brain.languages.clone()),
        models: brain.models.iter().map(spanned).collect(),
        knowledge: Some(KnowledgeFile {
            enabled: Some(brain.knowledge.enabled),
            sources: brain.knowledge.sources.clone(),
            quote_percent: Some(brain.knowledge.quote_percent),
        }),
        intents,
        tools: brain.tools.iter().map(spanned).collect(),
        specialists,
        forbidden: forbidden.collect(),
        critical: brain.critical.clone(),
        escalation: Some(write_escalation(&brain.escalation)),
        prefer: Some(match brain.prefer {
            Prefer::Cheapest => PreferFile::Cheapest,
            Prefer::Model => PreferFile::Model,
        }),
        within: Some(Length(brain.within)),
        budgets: Some(write_budgets(&brain.budgets)),
        mask: brain.mask.clone(),
        answer_chars: Some(brain.answer_chars),
        intent_percent: Some(brain.intent_percent),
    })
}

/// `None` for a team or an assistant that no file has.
fn write_reaction(
    held: &Reaction,
    assistant: impl Fn(AssistantId) -> Option<Spanned<String>>,
    team: impl Fn(TeamId) -> Option<Spanned<String>>,
) -> Option<ReactionFile> {
    let team = match held.team {
        Some(id) => Some(team(id)?),
        None => None,
    };
    let pass = match held.pass {
        Some(id) => Some(assistant(id)?),
        None => None,
    };
    Some(ReactionFile {
        say: held.say.clone(),
        hand_off: held.hand_off,
        team,
        pass,
        critical: held.critical,
    })
}

fn write_escalation(held: &Escalation) -> EscalationFile {
    EscalationFile {
        dissatisfied: Some(held.dissatisfied),
        threats: Some(held.threats),
        urgent: Some(held.urgent),
    }
}

fn write_budgets(held: &Budgets) -> BudgetsFile {
    BudgetsFile {
        conversation_usd: held.conversation_micros.map(usd),
        contact_day_usd: held.contact_day_micros.map(usd),
        assistant_day_usd: held.assistant_day_micros.map(usd),
    }
}

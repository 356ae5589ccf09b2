//! Makes cases of the files of a folder, or says everything that is wrong with them.
//!
//! In: a parsed [`Folder`] and its [`Settings`]. Out: [`Case`]s in the order of files, each with what is
//! given settled (a test's own before its file's), or [`Trouble`]s with their places. Absent: playing.
//! Next: [`super::play`].

use super::world::Begin;
use crate::both;
use crate::words::Both;
use crate::workspace::convert::Settings;
use crate::workspace::dialogue::{AgentFile, GivenFile, StepFile, TestFile, TestsFile};
use crate::workspace::read::Folder;
use crate::workspace::trouble::{Trouble, nearest};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ponte_core::book::Hours;
use ponte_core::time::Time;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeSet;

/// Tests of a folder: more take minutes, and belong into several.
pub const TESTS_MAX: usize = 5_000;
/// Steps of one test: a long talk has some dozen.
const STEPS_MAX: usize = 300;
/// When a test begins that doesn't say: a Tuesday morning.
const WHEN: &str = "2026-11-17 10:00";
/// Who writes where it is not said.
const WHO: &str = "Cliente de Teste";

/// A test, ready to be played.
#[derive(Clone, Debug)]
pub struct Case {
    pub file: String,
    pub line: u64,
    pub name: String,
    /// A publication waits for it.
    pub required: bool,
    pub begin: Begin,
    /// Another assistant than the number's own.
    pub assistant: Option<String>,
    pub open: Option<bool>,
    pub steps: Vec<Spanned<StepFile>>,
}

impl Case {
    /// The workspace as this test finds it.
    #[must_use]
    pub fn settings(&self, base: &Settings) -> Settings {
        let mut settings = base.clone();
        let other = self
            .assistant
            .as_ref()
            .and_then(|key| base.assistants.get(key));
        let mut channels = settings.channels.values_mut();
        let ours = channels.find(|one| one.channel.number == self.begin.number);
        if let (Some(channel), Some(other)) = (ours, other) {
            channel.assistant = other.id;
        }
        if let Some(open) = self.open {
            // Without hours it is always open; with none on any day, never.
            let hours = (!open).then(Hours::default);
            for assistant in settings.assistants.values_mut() {
                assistant.hours.clone_from(&hours);
            }
        }
        settings
    }
}

/// The cases of a folder.
///
/// # Errors
/// Everything that is wrong, in the order of files.
pub fn cases(folder: &Folder, settings: &Settings) -> Result<Vec<Case>, Vec<Trouble>> {
    let mut all = Vec::new();
    let mut troubles = Vec::new();
    for (key, tests) in &folder.tests {
        let mut reader = Reader {
            path: format!("tests/{key}.yaml"),
            settings,
            troubles: &mut troubles,
        };
        reader.file(&tests.file, &mut all);
    }
    if all.len() > TESTS_MAX {
        let most = TESTS_MAX;
        troubles.push(Trouble::new(
            "tests",
            both!(
                "há mais de {most} testes.",
                "there are more than {most} tests."
            ),
            both!("Divida-os em pastas.", "Split them into several folders."),
        ));
    }
    if troubles.is_empty() {
        Ok(all)
    } else {
        Err(troubles)
    }
}

struct Reader<'a> {
    path: String,
    settings: &'a Settings,
    troubles: &'a mut Vec<Trouble>,
}

impl Reader<'_> {
    fn file(&mut self, file: &TestsFile, all: &mut Vec<Case>) {
        let mut names = BTreeSet::new();
        for test in &file.tests {
            let place = test.referenced;
            if !names.insert(test.value.name.clone()) {
                let name = &test.value.name;
                self.wrong(
                    place,
                    both!("há dois testes “{name}”.", "there are two tests “{name}”."),
                    both!("Dê outro nome a um deles.", "Give one another name."),
                );
            }
            self.steps(&test.value, place);
            if let Some(case) = self.case(file, &test.value, place) {
                all.push(case);
            }
        }
    }

    fn case(&mut self, file: &TestsFile, test: &TestFile, place: Location) -> Option<Case> {
        let given = joined(&test.given, &file.given);
        let number = self.number(&given, place)?;
        if let Some(name) = &given.assistant {
            self.known(
                "assistants",
                name,
                self.settings.assistants.contains_key(&name.value),
            );
        }
        let at = self.begins(&given, &number)?;
        Some(Case {
            file: self.path.clone(),
            line: place.line(),
            name: test.name.clone(),
            required: file.required,
            begin: Begin {
                at,
                customer: given.customer.unwrap_or_else(|| WHO.into()),
                number,
                variables: given.variables,
                known: given.known.unwrap_or(false),
                models: [test.models.clone(), file.models.clone()].concat(),
                tools: [test.tools.clone(), file.tools.clone()].concat(),
            },
            assistant: given.assistant.map(|name| name.value),
            open: given.open,
            steps: test.steps.clone(),
        })
    }

    fn number(&mut self, given: &GivenFile, place: Location) -> Option<String> {
        let channels = &self.settings.channels;
        let held = match &given.channel {
            Some(name) => {
                self.known("channels", name, channels.contains_key(&name.value));
                channels.get(&name.value)?
            }
            None => {
                if let Some(first) = channels.values().next() {
                    first
                } else {
                    self.wrong(
                        place,
                        both!(
                            "o workspace não tem número.",
                            "the workspace has no number."
                        ),
                        both!("Crie um em channels/.", "Make one in channels/."),
                    );
                    return None;
                }
            }
        };
        Some(held.channel.number.clone())
    }

    fn begins(&mut self, given: &GivenFile, number: &str) -> Option<Time> {
        let mut channels = self.settings.channels.values();
        let held = channels.find(|one| one.channel.number == number);
        let zone = held.map_or("UTC", |held| held.channel.zone.as_str());
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let text = given.at.as_ref().map_or(WHEN, |at| at.value.as_str());
        let read = text.trim().replacen(' ', "T", 1).parse::<DateTime>();
        let moment = read.ok().and_then(|local| local.to_zoned(zone).ok());
        if let Some(moment) = moment {
            return Some(Time(moment.timestamp().as_microsecond()));
        }
        self.wrong(
            given
                .at
                .as_ref()
                .map_or(Location::UNKNOWN, |at| at.referenced),
            both!(
                "“{text}” não é data e hora.",
                "“{text}” is no date and time."
            ),
            both!("Escreva 2026-11-20 10:00.", "Write 2026-11-20 10:00."),
        );
        None
    }

    fn steps(&mut self, test: &TestFile, place: Location) {
        if test.steps.is_empty() || test.steps.len() > STEPS_MAX {
            self.wrong(
                place,
                both!(
                    "um teste tem de 1 a {STEPS_MAX} passos.",
                    "a test has 1 to {STEPS_MAX} steps."
                ),
                both!("Divida-o, ou escreva um.", "Split it, or write one."),
            );
        }
        for step in &test.steps {
            self.step(&step.value, step.referenced);
        }
    }

    fn step(&mut self, step: &StepFile, place: Location) {
        if deeds(step) > 1 {
            self.wrong(
                place,
                both!("um passo faz uma coisa só.", "a step does one thing."),
                both!("Faça dois passos.", "Make two steps of it."),
            );
        }
        if step.caption.is_some() && step.sends.is_none() {
            self.wrong(
                place,
                both!(
                    "`caption` acompanha `sends`.",
                    "`caption` goes with `sends`."
                ),
                both!("Escreva `sends: picture`.", "Write `sends: picture`."),
            );
        }
        if let Some(team) = &step.team {
            self.known("teams", team, self.settings.teams.contains_key(&team.value));
        }
        if let Some(AgentFile::Assign(team)) = &step.agent {
            let team = Spanned::new(team.clone(), place, place);
            self.known(
                "teams",
                &team,
                self.settings.teams.contains_key(&team.value),
            );
        }
    }

    fn known(&mut self, folder: &str, name: &Spanned<String>, is: bool) {
        if is {
            return;
        }
        let wanted = &name.value;
        let keys: Vec<&String> = match folder {
            "assistants" => self.settings.assistants.keys().collect(),
            "channels" => self.settings.channels.keys().collect(),
            _ => self.settings.teams.keys().collect(),
        };
        let todo = match nearest(wanted, keys.into_iter().map(String::as_str)) {
            Some(near) => both!("Você quis dizer `{near}`?", "Did you mean `{near}`?"),
            None => both!("Veja os nomes em {folder}/.", "See the names in {folder}/."),
        };
        self.wrong(
            name.referenced,
            both!(
                "não há {folder}/{wanted}.yaml.",
                "there is no {folder}/{wanted}.yaml."
            ),
            todo,
        );
    }

    fn wrong(&mut self, place: Location, what: Both, todo: Both) {
        let trouble = Trouble::new(&self.path, what, todo).at(place);
        self.troubles.push(trouble);
    }
}

/// How many things a step does.
fn deeds(step: &StepFile) -> usize {
    [
        step.customer.is_some(),
        step.taps.is_some(),
        step.sends.is_some(),
        step.phone.is_some(),
        step.agent.is_some(),
        step.after.is_some(),
    ]
    .into_iter()
    .filter(|is| *is)
    .count()
}

/// A test's own before its file's.
fn joined(own: &GivenFile, file: &GivenFile) -> GivenFile {
    let mut variables = file.variables.clone();
    variables.extend(own.variables.clone());
    let (own, file) = (own.clone(), file.clone());
    GivenFile {
        at: own.at.or(file.at),
        customer: own.customer.or(file.customer),
        channel: own.channel.or(file.channel),
        assistant: own.assistant.or(file.assistant),
        variables,
        known: own.known.or(file.known),
        open: own.open.or(file.open),
    }
}

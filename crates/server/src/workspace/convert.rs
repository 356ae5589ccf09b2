//! Makes core settings of workspace files, with every default from the core, and checks that what
//! they name exists.
//!
//! In: a parsed [`Folder`] and the workspace's id. Out: [`Settings`] with ids derived from file names
//! (the same folder gives the same ids everywhere), or all troubles with their places. Absent on
//! purpose: files and databases. Next: `write.rs`, the way back.

use super::check;
use super::files::{
    ActFile, AssistantFile, ChannelFile, FaqFile, MenuFile, RuleFile, TemplateFile,
};
use super::read::Folder;
use super::trouble::Trouble;
use ponte_core::book::{Act, Assistant, Channel, Faq, Hours, Match, Menu, MenuOption, Rule};
use ponte_core::brain::Brain;
use ponte_core::ids::{AssistantId, ChannelId, TeamId, WorkspaceId};
use ponte_core::outgoing::Template;
use ponte_tools::Tool;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A workspace's settings as the database keeps them; keys are file names without `.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub name: String,
    pub channels: BTreeMap<String, ChannelSettings>,
    pub assistants: BTreeMap<String, Assistant>,
    pub teams: BTreeMap<String, Team>,
    /// Conversation tests, as text.
    pub tests: BTreeMap<String, String>,
    pub tools: BTreeMap<String, Tool>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSettings {
    pub channel: Channel,
    pub assistant: AssistantId,
    pub token_env: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
}

#[must_use]
pub fn channel_id(workspace: WorkspaceId, key: &str) -> ChannelId {
    ChannelId::derive(workspace.0, &format!("channel/{key}"))
}
#[must_use]
pub fn assistant_id(workspace: WorkspaceId, key: &str) -> AssistantId {
    AssistantId::derive(workspace.0, &format!("assistant/{key}"))
}
#[must_use]
pub fn team_id(workspace: WorkspaceId, key: &str) -> TeamId {
    TeamId::derive(workspace.0, &format!("team/{key}"))
}

/// The whole folder as settings.
///
/// # Errors
/// Everything that is wrong, in the order of files.
pub fn settings(folder: &Folder, workspace: WorkspaceId) -> Result<Settings, Vec<Trouble>> {
    let mut troubles = check::folder(folder);
    let teams: BTreeMap<String, Team> = folder
        .teams
        .iter()
        .map(|(key, file)| {
            let team = Team {
                id: team_id(workspace, key),
                name: file.name.clone(),
            };
            (key.clone(), team)
        })
        .collect();
    let names = Names { workspace };
    let assistants = folder
        .assistants
        .iter()
        .map(|(key, file)| (key.clone(), names.assistant(key, file)))
        .collect();
    let channels = folder
        .channels
        .iter()
        .map(|(key, file)| (key.clone(), names.channel(key, file)))
        .collect();
    if troubles.is_empty() {
        Ok(Settings {
            name: folder.workspace.name.clone(),
            channels,
            assistants,
            teams,
            tests: folder
                .tests
                .iter()
                .map(|(key, tests)| (key.clone(), tests.text.clone()))
                .collect(),
            tools: folder
                .tools
                .iter()
                .map(|(key, file)| (key.clone(), file.tool.clone()))
                .collect(),
        })
    } else {
        troubles.sort_by(|a, b| (&a.file, a.place).cmp(&(&b.file, b.place)));
        Err(troubles)
    }
}

/// Resolves names to ids. Whether they exist is `check`'s work.
struct Names {
    workspace: WorkspaceId,
}

impl Names {
    fn channel(&self, key: &str, file: &ChannelFile) -> ChannelSettings {
        let base = Channel::default();
        let ghost = file.ghost.as_ref();
        let channel = Channel {
            id: channel_id(self.workspace, key),
            name: file.name.clone(),
            number: file.number.value.clone(),
            account: file.account.value.clone(),
            display: file.display.clone(),
            coexistence: file.coexistence.unwrap_or(base.coexistence),
            per_second: value(file.per_second.as_ref(), base.per_second),
            pair_burst: file.pair_burst.unwrap_or(base.pair_burst),
            pause: file.pause.map_or(base.pause, |length| length.0),
            idle: file.idle.map_or(base.idle, |length| length.0),
            ghost_after: ghost
                .and_then(|ghost| ghost.after)
                .map_or(base.ghost_after, |length| length.0),
            ghost_text: ghost
                .and_then(|ghost| ghost.text.clone())
                .unwrap_or(base.ghost_text),
            ghost_template: ghost
                .and_then(|ghost| ghost.template.as_ref())
                .map(template),
            commands: file.commands.unwrap_or(base.commands),
            resend_unproven: file.resend_unproven.unwrap_or(base.resend_unproven),
            trust_history: file.trust_history.unwrap_or(base.trust_history),
            window_margin: file
                .window_margin
                .map_or(base.window_margin, |length| length.0),
            unsupported_text: file
                .unsupported_text
                .clone()
                .unwrap_or(base.unsupported_text),
            zone: value(file.zone.as_ref(), base.zone),
        };
        ChannelSettings {
            channel,
            assistant: assistant_id(self.workspace, &file.assistant.value),
            token_env: file
                .access_token_env
                .as_ref()
                .map(|name| name.value.clone()),
        }
    }

    fn assistant(&self, key: &str, file: &AssistantFile) -> Assistant {
        let base = Assistant::default();
        let id = assistant_id(self.workspace, key);
        let hand_off = file.hand_off.as_ref();
        let progress = file.progress.as_ref();
        let brain = file.brain.as_ref().map_or_else(Brain::default, |file| {
            let assistant = |name: &str| assistant_id(self.workspace, name);
            super::brain::read(&file.value, assistant, |name| team_id(self.workspace, name))
        });
        Assistant {
            id,
            name: file.name.clone(),
            enabled: file.enabled.unwrap_or(base.enabled),
            debounce: file.debounce.map_or(base.debounce, |length| length.0),
            answer_within: file
                .answer_within
                .map_or(base.answer_within, |length| length.0),
            watch: file.watch.map_or(base.watch, |length| length.0),
            hours: file.hours.as_ref().map(|week| Hours {
                week: week.0.clone(),
                holidays: file.holidays.iter().map(|day| day.value.clone()).collect(),
            }),
            closed_text: file.closed_text.clone().unwrap_or(base.closed_text),
            rules: file
                .rules
                .iter()
                .map(|rule| self.rule(&rule.value))
                .collect(),
            menus: file
                .menus
                .iter()
                .map(|menu| self.menu(&menu.value))
                .collect(),
            faq: file.faq.iter().map(|faq| one_faq(&faq.value)).collect(),
            handoff_text: hand_off
                .and_then(|hand| hand.text.clone())
                .unwrap_or(base.handoff_text),
            handoff_team: hand_off
                .and_then(|hand| hand.team.as_ref())
                .map(|team| self.team(team)),
            late_text: file.late_text.clone().unwrap_or(base.late_text),
            dont_know_text: file.dont_know_text.clone().unwrap_or(base.dont_know_text),
            handoff_words: hand_off.map_or_else(Vec::new, |hand| hand.words.clone()),
            max_loops: file.max_loops.unwrap_or(base.max_loops),
            brain: Arc::new(brain),
            disclosure: file.disclosure.clone().unwrap_or(base.disclosure),
            approval: file.approval.unwrap_or(base.approval),
            approve_within: file
                .approve_within
                .map_or(base.approve_within, |length| length.0),
            progress_text: progress
                .and_then(|progress| progress.text.clone())
                .unwrap_or(base.progress_text),
            progress_after: progress
                .and_then(|progress| progress.after)
                .map_or(base.progress_after, |length| length.0),
        }
    }

    fn rule(&self, file: &RuleFile) -> Rule {
        Rule {
            name: file.name.clone(),
            when: Match {
                equals: file.when.equals.clone(),
                contains: file.when.contains.clone(),
                starts: file.when.starts.clone(),
                payload: file.when.payload.clone(),
                first: file.when.first,
            },
            then: self.acts(&file.then),
            immediate: file.immediate,
            always: file.always,
        }
    }

    fn menu(&self, file: &MenuFile) -> Menu {
        let options = file.options.iter().map(|option| MenuOption {
            id: option.id.clone(),
            title: option.title.clone(),
            description: option.description.clone(),
            then: self.acts(&option.then),
        });
        Menu {
            name: file.name.clone(),
            text: file.text.clone(),
            button: file.button.clone(),
            options: options.collect(),
            tries: file.tries.unwrap_or(MENU_TRIES),
            retry_text: file.retry_text.clone(),
        }
    }

    fn acts(&self, files: &[ActFile]) -> Vec<Act> {
        let act = |file: &ActFile| match file {
            ActFile::Say(text) => Act::Say { text: text.clone() },
            ActFile::Menu(menu) => Act::Menu {
                menu: menu.value.clone(),
            },
            ActFile::HandOff => Act::HandOff { team: None },
            ActFile::HandOffTo(team) => Act::HandOff {
                team: Some(self.team(team)),
            },
            ActFile::Resolve => Act::Resolve,
        };
        files.iter().map(act).collect()
    }

    fn team(&self, name: &Spanned<String>) -> TeamId {
        team_id(self.workspace, &name.value)
    }
}

/// One slip of the finger and one misreading; then a person.
const MENU_TRIES: u32 = 2;

fn value<T: Clone>(given: Option<&Spanned<T>>, default: T) -> T {
    given.map_or(default, |given| given.value.clone())
}

fn template(file: &TemplateFile) -> Template {
    Template {
        name: file.name.clone(),
        language: file.language.clone(),
        components: file.components.clone(),
        preview: file.preview.clone(),
    }
}

/// A missing id comes from the first question, so that adding entries above doesn't rename it.
fn one_faq(file: &FaqFile) -> Faq {
    let id = file.id.clone().unwrap_or_else(|| {
        let first = file.questions.first().map_or("", String::as_str);
        let words = first
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
    });
    Faq {
        id,
        questions: file.questions.clone(),
        answer: file.answer.clone(),
    }
}

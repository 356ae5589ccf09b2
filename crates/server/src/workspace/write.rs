//! Writes settings as workspace files: one canonical text per file, so that equal settings are equal
//! bytes.
//!
//! In: [`Settings`]. Out: a map from relative path to text. Every setting is written, defaults too: a
//! folder then means the same after an upgrade that changes a default. Absent on purpose: comments (a
//! person's own stay in the person's folder; only tests, which are kept as text, have theirs). Next: `export.rs`, `apply.rs`.

use super::brain::BrainFile;
use super::convert::{ChannelSettings, Settings};
use super::files::{
    ActFile, AssistantFile, ChannelFile, FaqFile, GhostFile, HandOffFile, MenuFile, OptionFile,
    ProgressFile, RuleFile, TeamFile, TemplateFile, WhenFile, WorkspaceFile,
};
use super::length::Length;
use super::week::Week;
use ponte_core::book::{Act, Assistant, Menu, Rule};
use ponte_core::brain::Brain;
use ponte_core::ids::{AssistantId, TeamId};
use serde::Serialize;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;

pub const README: &str = include_str!("README.md");

/// Relative path (with `/`) to text.
pub type Files = BTreeMap<String, String>;

/// A setting names something that isn't there: rows were changed by other means than files.
#[derive(Debug, thiserror::Error)]
#[error("{what} of `{key}` points to nothing; apply the workspace's folder again to repair it")]
pub struct Dangling {
    pub key: String,
    pub what: &'static str,
}

/// All files of a workspace.
///
/// # Errors
/// [`Dangling`] where a setting names nothing.
pub fn files(settings: &Settings) -> Result<Files, Dangling> {
    let names = Names(settings);
    let mut files = Files::new();
    files.insert("README.md".into(), README.to_string());
    let workspace = WorkspaceFile {
        name: settings.name.clone(),
    };
    files.insert("workspace.yaml".into(), yaml(&workspace));
    for (key, team) in &settings.teams {
        let file = TeamFile {
            name: team.name.clone(),
        };
        files.insert(format!("teams/{key}.yaml"), yaml(&file));
    }
    for (key, assistant) in &settings.assistants {
        files.insert(
            format!("assistants/{key}.yaml"),
            yaml(&names.assistant(key, assistant)?),
        );
    }
    for (key, channel) in &settings.channels {
        files.insert(
            format!("channels/{key}.yaml"),
            yaml(&names.channel(key, channel)?),
        );
    }
    for (key, text) in &settings.tests {
        files.insert(format!("tests/{key}.yaml"), text.clone());
    }
    for (key, tool) in &settings.tools {
        files.insert(format!("tools/{key}.yaml"), yaml(tool));
    }
    Ok(files)
}

/// One file's text.
pub fn yaml<T: Serialize>(file: &T) -> String {
    let options = serde_saphyr::ser_options! {
        prefer_block_scalars: false,
        compact_list_indent: false,
    };
    // Our types are maps of strings, numbers and lists: the writer has no reason to refuse them.
    serde_saphyr::to_string_with_options(file, options).unwrap_or_default()
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}

struct Names<'a>(&'a Settings);

impl Names<'_> {
    fn team(&self, key: &str, id: TeamId) -> Result<Spanned<String>, Dangling> {
        let found = self.0.teams.iter().find(|(_, team)| team.id == id);
        found
            .map(|(name, _)| spanned(name.clone()))
            .ok_or_else(|| Dangling {
                key: key.to_string(),
                what: "the team",
            })
    }

    fn assistant_name(&self, key: &str, id: AssistantId) -> Result<Spanned<String>, Dangling> {
        let found = self
            .0
            .assistants
            .iter()
            .find(|(_, assistant)| assistant.id == id);
        found
            .map(|(name, _)| spanned(name.clone()))
            .ok_or_else(|| Dangling {
                key: key.to_string(),
                what: "the assistant",
            })
    }

    fn channel(&self, key: &str, settings: &ChannelSettings) -> Result<ChannelFile, Dangling> {
        let channel = &settings.channel;
        let template = channel
            .ghost_template
            .as_ref()
            .map(|template| TemplateFile {
                name: template.name.clone(),
                language: template.language.clone(),
                components: template.components.clone(),
                preview: template.preview.clone(),
            });
        Ok(ChannelFile {
            name: channel.name.clone(),
            number: spanned(channel.number.clone()),
            account: spanned(channel.account.clone()),
            display: channel.display.clone(),
            assistant: self.assistant_name(key, settings.assistant)?,
            access_token_env: settings.token_env.clone().map(spanned),
            coexistence: Some(channel.coexistence),
            per_second: Some(spanned(channel.per_second)),
            pair_burst: Some(channel.pair_burst),
            pause: Some(Length(channel.pause)),
            idle: Some(Length(channel.idle)),
            ghost: Some(GhostFile {
                after: Some(Length(channel.ghost_after)),
                text: Some(channel.ghost_text.clone()),
                template,
            }),
            commands: Some(channel.commands),
            resend_unproven: Some(channel.resend_unproven),
            trust_history: Some(channel.trust_history),
            window_margin: Some(Length(channel.window_margin)),
            unsupported_text: Some(channel.unsupported_text.clone()),
            zone: Some(spanned(channel.zone.clone())),
        })
    }

    fn assistant(&self, key: &str, assistant: &Assistant) -> Result<AssistantFile, Dangling> {
        let rules: Result<Vec<_>, Dangling> = assistant
            .rules
            .iter()
            .map(|rule| self.rule(key, rule))
            .collect();
        let menus: Result<Vec<_>, Dangling> = assistant
            .menus
            .iter()
            .map(|menu| self.menu(key, menu))
            .collect();
        let faq = assistant.faq.iter().map(|faq| FaqFile {
            id: Some(faq.id.clone()),
            questions: faq.questions.clone(),
            answer: faq.answer.clone(),
        });
        let hours = assistant.hours.as_ref();
        let holidays = hours
            .into_iter()
            .flat_map(|hours| hours.holidays.iter().cloned());
        Ok(AssistantFile {
            name: assistant.name.clone(),
            enabled: Some(assistant.enabled),
            debounce: Some(Length(assistant.debounce)),
            answer_within: Some(Length(assistant.answer_within)),
            watch: Some(Length(assistant.watch)),
            hours: hours.map(|hours| Week(hours.week.clone())),
            holidays: holidays.map(spanned).collect(),
            closed_text: Some(assistant.closed_text.clone()),
            rules: rules?.into_iter().map(spanned).collect(),
            menus: menus?.into_iter().map(spanned).collect(),
            faq: faq.map(spanned).collect(),
            hand_off: Some(HandOffFile {
                text: Some(assistant.handoff_text.clone()),
                team: assistant
                    .handoff_team
                    .map(|team| self.team(key, team))
                    .transpose()?,
                words: assistant.handoff_words.clone(),
            }),
            late_text: Some(assistant.late_text.clone()),
            dont_know_text: Some(assistant.dont_know_text.clone()),
            disclosure: Some(assistant.disclosure.clone()),
            approval: Some(assistant.approval),
            approve_within: Some(Length(assistant.approve_within)),
            progress: Some(ProgressFile {
                text: Some(assistant.progress_text.clone()),
                after: Some(Length(assistant.progress_after)),
            }),
            brain: Some(spanned(self.brain(key, &assistant.brain)?)),
            max_loops: Some(assistant.max_loops),
        })
    }

    fn brain(&self, key: &str, brain: &Brain) -> Result<BrainFile, Dangling> {
        let assistant = |id| self.assistant_name(key, id).ok();
        let team = |id| self.team(key, id).ok();
        super::brain::write(brain, assistant, team).ok_or_else(|| Dangling {
            key: key.to_string(),
            what: "an assistant or a team",
        })
    }

    fn rule(&self, key: &str, rule: &Rule) -> Result<RuleFile, Dangling> {
        Ok(RuleFile {
            name: rule.name.clone(),
            when: WhenFile {
                equals: rule.when.equals.clone(),
                contains: rule.when.contains.clone(),
                starts: rule.when.starts.clone(),
                payload: rule.when.payload.clone(),
                first: rule.when.first,
            },
            then: self.acts(key, &rule.then)?,
            immediate: rule.immediate,
            always: rule.always,
        })
    }

    fn menu(&self, key: &str, menu: &Menu) -> Result<MenuFile, Dangling> {
        let mut options = Vec::with_capacity(menu.options.len());
        for option in &menu.options {
            options.push(OptionFile {
                id: option.id.clone(),
                title: option.title.clone(),
                description: option.description.clone(),
                then: self.acts(key, &option.then)?,
            });
        }
        Ok(MenuFile {
            name: menu.name.clone(),
            text: menu.text.clone(),
            button: menu.button.clone(),
            options,
            tries: Some(menu.tries),
            retry_text: menu.retry_text.clone(),
        })
    }

    fn acts(&self, key: &str, acts: &[Act]) -> Result<Vec<ActFile>, Dangling> {
        let act = |act: &Act| {
            Ok(match act {
                Act::Say { text } => ActFile::Say(text.clone()),
                Act::Menu { menu } => ActFile::Menu(spanned(menu.clone())),
                Act::HandOff { team: None } => ActFile::HandOff,
                Act::HandOff { team: Some(team) } => ActFile::HandOffTo(self.team(key, *team)?),
                Act::Resolve => ActFile::Resolve,
            })
        };
        acts.iter().map(act).collect()
    }
}

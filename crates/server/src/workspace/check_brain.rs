//! Checks what an assistant's file says of how it finds its answers.
//!
//! In: a [`BrainFile`] with its place, and the folder. Out: troubles: names that don't exist, amounts and
//! shares outside their range, reactions that do nothing, texts that are too long. Absent on purpose:
//! whether providers and tools are set up (they are not in the folder alone; `doctor` looks). Next:
//! `check.rs`, which calls this.

use super::brain::{BrainFile, MAX_USD, ReactionFile};
use super::check::Found;
use super::read::Folder;
use crate::both;
use ponte_core::limits;
use serde_saphyr::{Location, Spanned};

/// Characters of a prompt: some eight pages; more is knowledge and belongs there.
const PROMPT_CHARS: usize = 16_000;
/// Entries of any list here: more are a mistake, or belong into knowledge.
const LIST_MAX: usize = 200;
/// Characters of a word, subject or name.
const WORD_CHARS: usize = 200;
const LANGUAGES: [&str; 3] = ["pt", "en", "es"];

impl Found<'_> {
    pub(super) fn brain(&mut self, brain: &Spanned<BrainFile>, own: &str, folder: &Folder) {
        let (place, file) = (brain.referenced, &brain.value);
        for model in &file.models {
            self.model(model);
        }
        for (name, reaction) in &file.intents {
            self.reaction((place, name), reaction, own, folder);
        }
        for specialist in &file.specialists {
            self.other_assistant(&specialist.assistant, own, folder);
        }
        if let Some(knowledge) = &file.knowledge {
            self.percent(place, knowledge.quote_percent);
        }
        self.percent(place, file.intent_percent);
        self.tools(&file.tools, folder);
        self.languages(place, file);
        self.amounts(place, file);
        self.sizes(place, file);
    }

    fn model(&mut self, model: &Spanned<String>) {
        let parts = model.value.split_once('/');
        if parts.is_none_or(|(provider, name)| provider.is_empty() || name.is_empty()) {
            self.at(
                model.referenced,
                both!("isto não diz um modelo.", "this names no model."),
                both!(
                    "Escreva provedor/modelo, com o nome do provedor como em `ponte provider list`.",
                    "Write provider/model, with the provider's name as in `ponte provider list`."
                ),
            );
        }
    }

    fn reaction(
        &mut self,
        (place, name): (Location, &str),
        file: &ReactionFile,
        own: &str,
        folder: &Folder,
    ) {
        if let Some(team) = &file.team {
            self.team(team, folder);
        }
        if let Some(other) = &file.pass {
            self.other_assistant(other, own, folder);
        }
        let silent = file.say.trim().is_empty() && !file.hand_off && !file.critical;
        if silent && file.team.is_none() && file.pass.is_none() {
            self.at(
                place,
                both!(
                    "a intenção `{name}` não faz nada.",
                    "the intent `{name}` does nothing."
                ),
                both!(
                    "Diga say, hand_off, team, pass ou critical.",
                    "Say say, hand_off, team, pass or critical."
                ),
            );
        }
        if file.say.chars().count() > limits::TEXT {
            self.length(place, &file.say, limits::TEXT);
        }
    }

    fn other_assistant(&mut self, name: &Spanned<String>, own: &str, folder: &Folder) {
        if name.value == own {
            self.at(
                name.referenced,
                both!(
                    "um assistente não passa a conversa para si mesmo.",
                    "an assistant does not pass a conversation to itself."
                ),
                both!("Use o nome de outro.", "Use another's name."),
            );
            return;
        }
        let kind = both!("o assistente", "assistant");
        self.known(name, &kind, folder.assistants.keys().map(String::as_str));
    }

    fn percent(&mut self, place: Location, percent: Option<u32>) {
        if percent.is_some_and(|percent| percent > 100) {
            self.at(
                place,
                both!(
                    "uma confiança vai de 0 a 100 por cento.",
                    "a confidence is between 0 and 100 percent."
                ),
                both!("Escreva 60, por exemplo.", "Write 60, for example."),
            );
        }
    }

    fn languages(&mut self, place: Location, file: &BrainFile) {
        let Some(given) = &file.languages else { return };
        let known = given.iter().all(|one| LANGUAGES.contains(&one.as_str()));
        if given.is_empty() || !known {
            self.at(
                place,
                both!(
                    "`languages` tem um idioma que não conhecemos, ou nenhum.",
                    "`languages` has one we don't know, or none."
                ),
                both!("Use pt, en, es.", "Use pt, en, es."),
            );
        }
    }

    fn amounts(&mut self, place: Location, file: &BrainFile) {
        let Some(budgets) = &file.budgets else { return };
        let all = [
            budgets.conversation_usd,
            budgets.contact_day_usd,
            budgets.assistant_day_usd,
        ];
        let wrong = |usd: f64| !(0.0..=MAX_USD).contains(&usd);
        if all.into_iter().flatten().any(wrong) {
            self.at(
                place,
                both!(
                    "um orçamento não pode ser negativo nem passar de um milhão de dólares.",
                    "a budget is not negative and at most a million dollars."
                ),
                both!(
                    "Escreva dólares, como 0.50; sem a chave, não há limite.",
                    "Write dollars, such as 0.50; without the key there is no limit."
                ),
            );
        }
    }

    fn sizes(&mut self, place: Location, file: &BrainFile) {
        let prompt = file.prompt.as_deref().unwrap_or_default();
        if prompt.chars().count() > PROMPT_CHARS {
            self.at(
                place,
                both!(
                    "o `prompt` passa de {PROMPT_CHARS} caracteres.",
                    "the `prompt` has more than {PROMPT_CHARS} characters."
                ),
                both!(
                    "Ponha fatos no conhecimento e deixe aqui só o comportamento.",
                    "Put facts into knowledge and leave only behaviour here."
                ),
            );
        }
        let words = file
            .forbidden
            .iter()
            .flat_map(|held| held.words.iter().chain([&held.subject, &held.say]))
            .chain(file.critical.iter())
            .chain(file.tools.iter().map(|name| &name.value))
            .chain(file.specialists.iter().flat_map(|held| held.words.iter()))
            .chain(file.intents.keys());
        let mut count = 0;
        let mut long = false;
        for word in words {
            count += 1;
            long |= word.chars().count() > WORD_CHARS.max(limits::BODY);
        }
        if long || count > LIST_MAX * 5 || file.models.len() > LIST_MAX {
            self.at(
                place,
                both!(
                    "há uma lista ou uma palavra longa demais aqui.",
                    "a list or a word here is too long."
                ),
                both!(
                    "Encurte-a: até {LIST_MAX} entradas por lista.",
                    "Shorten it: up to {LIST_MAX} entries a list."
                ),
            );
        }
    }
}

//! Checks that a parsed workspace folder makes sense: names that exist, texts that the channel
//! carries, rules that can match.
//!
//! In: the files. Out: troubles with their places. Absent on purpose: the shape of the YAML (serde's)
//! and anything that needs the database or the provider (`doctor`). Next: `convert.rs`.

use super::files::{ActFile, AssistantFile, ChannelFile, MenuFile, RuleFile};
use super::read::Folder;
use super::tool;
use super::trouble::{Trouble, nearest};
use crate::both;
use crate::words::Both;
use ponte_core::limits;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;

/// Above Meta's highest throughput, a number is a slip.
const MAX_PER_SECOND: u32 = 1_000;

/// Everything wrong in the folder.
#[must_use]
pub fn folder(folder: &Folder) -> Vec<Trouble> {
    let mut all = Vec::new();
    let mut numbers = BTreeMap::new();
    for (key, file) in &folder.channels {
        let name = format!("channels/{key}.yaml");
        let mut found = Found {
            file: &name,
            all: &mut all,
        };
        found.channel(file, folder);
        if let Some(first) = numbers.insert(file.number.value.clone(), name.clone()) {
            found.at(
                file.number.referenced,
                both!(
                    "este número já está em {first}.",
                    "this number stands in {first} already."
                ),
                both!("Um número tem um só arquivo.", "One number has one file."),
            );
        }
    }
    for (key, file) in &folder.assistants {
        let name = format!("assistants/{key}.yaml");
        Found {
            file: &name,
            all: &mut all,
        }
        .assistant(key, file, folder);
    }
    tool::check_all(folder, &mut all);
    all
}

pub(super) struct Found<'a> {
    pub(super) file: &'a str,
    pub(super) all: &'a mut Vec<Trouble>,
}

impl Found<'_> {
    pub(super) fn at(&mut self, place: Location, what: Both, todo: Both) {
        self.all.push(Trouble::new(self.file, what, todo).at(place));
    }

    pub(super) fn known<'k>(
        &mut self,
        name: &Spanned<String>,
        kind: &Both,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        if known.clone().any(|one| one == name.value) {
            return;
        }
        let (given, pt, en) = (&name.value, &kind.pt, &kind.en);
        let todo = match nearest(given, known) {
            Some(near) => both!("Você quis dizer `{near}`?", "Did you mean `{near}`?"),
            None => both!(
                "Crie-o(a), ou use um nome que exista.",
                "Create it, or use a name that exists."
            ),
        };
        self.at(
            name.referenced,
            both!("não há {pt} `{given}`.", "there is no {en} `{given}`."),
            todo,
        );
    }

    fn channel(&mut self, file: &ChannelFile, folder: &Folder) {
        for id in [&file.number, &file.account] {
            let digits = !id.value.is_empty()
                && id.value.len() <= 20
                && id.value.bytes().all(|b| b.is_ascii_digit());
            if !digits {
                self.at(
                    id.referenced,
                    both!(
                        "isto deve ser um id da Meta, só dígitos.",
                        "this must be an id of Meta's, digits only."
                    ),
                    both!(
                        "Copie-o do painel do WhatsApp Manager.",
                        "Copy it from the WhatsApp Manager."
                    ),
                );
            }
        }
        let kind = both!("o assistente", "assistant");
        self.known(
            &file.assistant,
            &kind,
            folder.assistants.keys().map(String::as_str),
        );
        if let Some(rate) = &file.per_second
            && !(1..=MAX_PER_SECOND).contains(&rate.value)
        {
            self.at(
                rate.referenced,
                both!(
                    "deve estar entre 1 e {MAX_PER_SECOND}.",
                    "this must be between 1 and {MAX_PER_SECOND}."
                ),
                both!(
                    "Em coexistência o limite da Meta é 20.",
                    "In coexistence Meta's limit is 20."
                ),
            );
        }
        if let Some(zone) = &file.zone
            && jiff::tz::TimeZone::get(&zone.value).is_err()
        {
            self.at(
                zone.referenced,
                both!(
                    "este fuso horário não existe.",
                    "there is no such time zone."
                ),
                both!(
                    "Use um nome IANA, como America/Sao_Paulo.",
                    "Use an IANA name such as America/Sao_Paulo."
                ),
            );
        }
        if let Some(name) = &file.access_token_env {
            let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            if name.value.is_empty() || name.value.len() > 100 || !name.value.bytes().all(plain) {
                self.at(
                    name.referenced,
                    both!("isto não é o nome de uma variável.", "this is not the name of a variable."),
                    both!("Escreva o nome, como PONTE_ACCESS_TOKEN; o token em si nunca fica aqui.", "Write its name, such as PONTE_ACCESS_TOKEN; the token itself never stands here."),
                );
            }
        }
    }

    fn assistant(&mut self, key: &str, file: &AssistantFile, folder: &Folder) {
        if let Some(brain) = &file.brain {
            self.brain(brain, key, folder);
        }
        if file.hours.is_none()
            && let Some(day) = file.holidays.first()
        {
            self.at(
                day.referenced,
                both!(
                    "feriados sem `hours` não valem.",
                    "holidays have no meaning without `hours`."
                ),
                both!("Acrescente `hours`.", "Add `hours`."),
            );
        }
        for day in &file.holidays {
            if day.value.parse::<jiff::civil::Date>().is_err() || day.value.len() != 10 {
                self.at(
                    day.referenced,
                    both!("isto não é um dia.", "this is no day."),
                    both!("Escreva como 2026-12-25.", "Write it as 2026-12-25."),
                );
            }
        }
        if let Some(team) = file.hand_off.as_ref().and_then(|hand| hand.team.as_ref()) {
            self.team(team, folder);
        }
        for rule in &file.rules {
            self.rule(rule, file, folder);
        }
        let mut names = Vec::new();
        for menu in &file.menus {
            if names.contains(&&menu.value.name) {
                let name = &menu.value.name;
                self.at(
                    menu.referenced,
                    both!(
                        "já existe um menu `{name}`.",
                        "there is a menu `{name}` already."
                    ),
                    both!("Dê outro nome.", "Give it another name."),
                );
            }
            names.push(&menu.value.name);
            self.menu(menu, file, folder);
        }
        for faq in &file.faq {
            if faq
                .value
                .questions
                .iter()
                .all(|question| question.trim().is_empty())
            {
                self.at(
                    faq.referenced,
                    both!("faltam as perguntas.", "the questions are missing."),
                    both!("Escreva ao menos uma.", "Write at least one."),
                );
            }
            self.length(faq.referenced, &faq.value.answer, limits::TEXT);
        }
    }

    fn rule(&mut self, rule: &Spanned<RuleFile>, file: &AssistantFile, folder: &Folder) {
        let when = &rule.value.when;
        let words = [&when.equals, &when.contains, &when.starts, &when.payload];
        if !when.first
            && words
                .iter()
                .all(|list| list.iter().all(|word| word.trim().is_empty()))
        {
            self.at(
                rule.referenced,
                both!("esta regra nunca vale.", "this rule never matches."),
                both!(
                    "Diga em `when` o que o cliente escreve.",
                    "Say in `when` what the customer writes."
                ),
            );
        }
        self.acts(rule.referenced, &rule.value.then, file, folder);
    }

    fn menu(&mut self, menu: &Spanned<MenuFile>, file: &AssistantFile, folder: &Folder) {
        let place = menu.referenced;
        let options = &menu.value.options;
        let most = limits::ROWS;
        self.length(place, &menu.value.text, limits::BODY);
        if options.is_empty() || options.len() > limits::ROWS {
            self.at(
                place,
                both!(
                    "um menu tem de 1 a {most} opções.",
                    "a menu has 1 to {most} options."
                ),
                both!(
                    "Divida-o em menus que se abrem um ao outro.",
                    "Split it into menus that open each other."
                ),
            );
        }
        let title = if options.len() <= limits::BUTTONS {
            limits::BUTTON_TITLE
        } else {
            limits::ROW_TITLE
        };
        let mut ids = Vec::new();
        for option in options {
            self.length(place, &option.title, title);
            self.length(place, &option.id, limits::ROW_ID);
            if let Some(text) = &option.description
                && text.chars().count() > limits::ROW_DESCRIPTION
            {
                self.length(place, text, limits::ROW_DESCRIPTION);
            }
            if ids.contains(&&option.id) {
                let id = &option.id;
                self.at(
                    place,
                    both!(
                        "duas opções têm o id `{id}`.",
                        "two options have the id `{id}`."
                    ),
                    both!("Dê um id a cada uma.", "Give each its own."),
                );
            }
            ids.push(&option.id);
            self.acts(place, &option.then, file, folder);
        }
    }

    fn acts(&mut self, place: Location, acts: &[ActFile], file: &AssistantFile, folder: &Folder) {
        if acts.is_empty() {
            self.at(
                place,
                both!("`then` está vazio.", "`then` is empty."),
                both!(
                    "Diga o que fazer: say, menu, hand_off, hand_off_to ou resolve.",
                    "Say what to do: say, menu, hand_off, hand_off_to or resolve."
                ),
            );
        }
        for act in acts {
            match act {
                ActFile::Say(text) => self.length(place, text, limits::TEXT),
                ActFile::Menu(menu) => {
                    let names = file.menus.iter().map(|menu| menu.value.name.as_str());
                    self.known(menu, &both!("o menu", "menu"), names);
                }
                ActFile::HandOffTo(team) => self.team(team, folder),
                ActFile::HandOff | ActFile::Resolve => {}
            }
        }
    }

    pub(super) fn team(&mut self, name: &Spanned<String>, folder: &Folder) {
        let kind = both!("a equipe", "team");
        self.known(name, &kind, folder.teams.keys().map(String::as_str));
    }

    pub(super) fn length(&mut self, place: Location, text: &str, most: usize) {
        let long = text.chars().count();
        if text.trim().is_empty() {
            self.at(
                place,
                both!("há um texto vazio aqui.", "there is an empty text here."),
                both!(
                    "Escreva-o ou apague a chave.",
                    "Write it, or delete the key."
                ),
            );
        } else if long > most {
            self.at(
                place,
                both!(
                    "um texto tem {long} caracteres; o canal leva {most}.",
                    "a text has {long} characters; the channel carries {most}."
                ),
                both!("Encurte-o.", "Shorten it."),
            );
        }
    }
}

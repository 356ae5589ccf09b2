//! Knowledge and intents as files: `knowledge/*.md`, `knowledge/faq.yaml`, `intents/*.yaml`.
//!
//! In: the folder, or the database. Out: one commit that adds and changes what the folder says, with its
//! difference as lines, or the files. Texts stand in a source of their own; curated answers are known
//! again by their first question, intents by their name, examples by their words, so that applying an
//! export changes nothing. Absent on purpose: removing what the folder lacks; files of other kinds, which
//! are uploaded. Next: `cli/apply.rs`, `cli/export.rs`.

use super::files::{FaqEntryFile, IntentFile, KnowledgeFaqFile};
use super::read::{is_slug, names, parse, text};
use super::trouble::Trouble;
use super::write::{Files, yaml};
use crate::both;
use crate::knowledge::faq::{USUAL, Written, new_source};
use crate::knowledge::import::Incoming;
use crate::knowledge::progress::Became;
use crate::knowledge::{Knowledge, reading};
use crate::understanding::lesson::{TEXT_MOST, key};
use crate::understanding::{NAME_MOST, checked_name};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_nlu::text::fold;
use ponte_store::rows::knowledge::{FaqRow, SourceKind};
use ponte_store::rows::training::{ExampleRow, IntentRow, Origin, Split};
use ponte_store::{Commit, LIST_MAX, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use uuid::Uuid;

/// The source that the folder's texts stand in.
pub const FOLDER: &str = "Pasta do workspace";
/// The file of examples that belong to no intent.
const NONE: &str = "none";
/// Files of one kind.
const FILES_MOST: usize = 1_000;

/// What the folder says of knowledge and intents.
#[derive(Clone, Debug, Default)]
pub struct Taught {
    /// By file name with `.md`.
    pub texts: BTreeMap<String, String>,
    pub faq: Vec<FaqEntryFile>,
    /// By file name without `.yaml`.
    pub intents: BTreeMap<String, IntentFile>,
}

/// What would change.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub commit: Commit,
    /// One line each: `+` new, `~` changed.
    pub diff: String,
}

/// Reads the two folders.
///
/// # Errors
/// All troubles found.
pub fn read(dir: &Path) -> Result<Taught, Vec<Trouble>> {
    let (mut taught, mut troubles) = (Taught::default(), Vec::new());
    for name in names(&dir.join("knowledge")).into_iter().take(FILES_MOST) {
        let file = format!("knowledge/{name}");
        let stem = name.strip_suffix(".md");
        if name.starts_with('.') {
            continue;
        }
        if name == "faq.yaml" {
            match text(dir, &file).and_then(|text| parse::<KnowledgeFaqFile>(&file, &text)) {
                Ok(read) => taught.faq = read.entries,
                Err(trouble) => troubles.push(trouble),
            }
        } else if stem.is_some_and(is_slug) {
            match text(dir, &file) {
                Ok(text) => {
                    taught.texts.insert(name, text);
                }
                Err(trouble) => troubles.push(trouble),
            }
        } else {
            troubles.push(misplaced(&file));
        }
    }
    for name in names(&dir.join("intents")).into_iter().take(FILES_MOST) {
        let file = format!("intents/{name}");
        match name.strip_suffix(".yaml") {
            _ if name.starts_with('.') => {}
            Some(stem) if is_slug(stem) => {
                match text(dir, &file).and_then(|text| parse(&file, &text)) {
                    Ok(read) => {
                        taught.intents.insert(stem.to_owned(), read);
                    }
                    Err(trouble) => troubles.push(trouble),
                }
            }
            Some(_) | None => troubles.push(misplaced(&file)),
        }
    }
    check(&taught, &mut troubles);
    if troubles.is_empty() {
        Ok(taught)
    } else {
        Err(troubles)
    }
}

fn misplaced(file: &str) -> Trouble {
    Trouble::new(
        file,
        both!(
            "este arquivo não cabe aqui.",
            "this file doesn't belong here."
        ),
        both!(
            "Em knowledge/ cabem faq.yaml e nomes-simples.md; em intents/, nomes-simples.yaml. Outros tipos: `ponte knowledge add`.",
            "In knowledge/ belong faq.yaml and plain-names.md; in intents/, plain-names.yaml. Other kinds: `ponte knowledge add`."
        ),
    )
}

fn check(taught: &Taught, troubles: &mut Vec<Trouble>) {
    for entry in &taught.faq {
        if let Err(what) = written(entry).checked() {
            troubles.push(Trouble::new(
                "knowledge/faq.yaml",
                what,
                both!("Corrija essa entrada.", "Correct this entry."),
            ));
        }
    }
    for (stem, intent) in &taught.intents {
        let file = format!("intents/{stem}.yaml");
        let name = intent.name.as_deref().unwrap_or(stem);
        if stem != NONE && checked_name(name).is_err() {
            troubles.push(Trouble::new(
                &file,
                both!("este nome não serve.", "this name won't do."),
                both!(
                    "Use de 1 a {NAME_MOST} letras.",
                    "Use 1 to {NAME_MOST} letters."
                ),
            ));
        }
        let long = |text: &&String| !(1..=TEXT_MOST).contains(&text.trim().chars().count());
        if all_of(intent).any(|(text, _)| long(&text)) {
            troubles.push(Trouble::new(
                &file,
                both!(
                    "há um texto vazio ou com mais de {TEXT_MOST} letras.",
                    "a text is empty or over {TEXT_MOST} letters."
                ),
                both!("Corrija-o.", "Correct it."),
            ));
        }
    }
}

fn written(entry: &FaqEntryFile) -> Written {
    Written {
        questions: entry.questions.clone(),
        answer: entry.answer.clone(),
        tags: entry.tags.clone(),
        enabled: entry.enabled.unwrap_or(true),
    }
}

fn all_of(intent: &IntentFile) -> impl Iterator<Item = (&String, Split)> {
    let of = |split| move |text| (text, split);
    let trained = intent.examples.iter().map(of(Split::Train));
    let tests = intent.tests.iter().map(of(Split::Test));
    let corrections = intent.corrections.iter().map(of(Split::Both));
    trained.chain(tests).chain(corrections)
}

/// Plans what the folder asks for.
///
/// # Errors
/// The store's.
pub async fn plan(
    knowledge: &Knowledge,
    workspace: WorkspaceId,
    taught: &Taught,
) -> Result<Change, StoreError> {
    let mut planner = Planner {
        knowledge,
        workspace,
        now: knowledge.clock.now(),
        change: Change::default(),
        change_source: None,
    };
    planner.texts(&taught.texts).await?;
    planner.faq(&taught.faq).await?;
    for (stem, intent) in &taught.intents {
        planner.intent(stem, intent).await?;
    }
    Ok(planner.change)
}

struct Planner<'a> {
    knowledge: &'a Knowledge,
    workspace: WorkspaceId,
    now: Time,
    change: Change,
    /// The source of new curated answers, once it is known.
    change_source: Option<Uuid>,
}

impl Planner<'_> {
    fn line(&mut self, new: bool, what: &str) {
        let mark = if new { '+' } else { '~' };
        self.change.diff.push_str(&format!("{mark} {what}\n"));
    }

    /// The source of a name; made by this commit when it is missing.
    async fn source(&mut self, kind: SourceKind, name: &str) -> Result<Uuid, StoreError> {
        let store = &self.knowledge.store;
        if let Some(row) = store.source_named(self.workspace, name).await? {
            return Ok(row.id);
        }
        let id = self.knowledge.ids.next(self.now);
        let row = new_source(id, self.workspace, kind, name, self.now);
        self.change.commit.put_source(&row, 0);
        Ok(id)
    }

    async fn texts(&mut self, texts: &BTreeMap<String, String>) -> Result<(), StoreError> {
        if texts.is_empty() {
            return Ok(());
        }
        let source = self.source(SourceKind::Text, FOLDER).await?;
        for (name, text) in texts {
            let bytes = text.as_bytes().to_vec();
            let Ok(document) = reading::read(None, bytes.clone(), name, "").await else {
                // An empty text says nothing.
                continue;
            };
            let planned = self
                .knowledge
                .plan(Incoming {
                    workspace: self.workspace,
                    source,
                    key: name.clone(),
                    title: None,
                    media: "text/markdown".into(),
                    original: bytes,
                    document,
                    facts: serde_json::json!({}),
                })
                .await?;
            if planned.became == Became::Unchanged {
                continue;
            }
            self.change.commit.join(planned.commit);
            self.line(
                planned.became == Became::Added,
                &format!("knowledge/{name}"),
            );
        }
        Ok(())
    }

    async fn faq(&mut self, entries: &[FaqEntryFile]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let kept = faqs(self.knowledge, self.workspace).await?;
        let by_question: BTreeMap<String, &FaqRow> = kept
            .iter()
            .filter_map(|row| Some((fold(row.questions.first()?), row)))
            .collect();
        for entry in entries {
            let Ok(written) = written(entry).checked() else {
                continue;
            };
            let first = written.questions.first().map_or("", String::as_str);
            let what = format!("knowledge/faq.yaml: {first}");
            let (workspace, now) = (self.workspace, self.now);
            if let Some(row) = by_question.get(&fold(first)) {
                let same = row.questions == written.questions
                    && row.answer == written.answer
                    && row.tags == written.tags
                    && row.enabled == written.enabled;
                if !same {
                    let changed = written.row(row.id, workspace, row.source, now);
                    self.change.commit.put_faq(&changed, row.revision);
                    self.line(false, &what);
                }
                continue;
            }
            // Made once for all entries, by whichever needs it first.
            let source = match self.change_source.take() {
                Some(id) => id,
                None => self.source(SourceKind::Faq, USUAL).await?,
            };
            self.change_source = Some(source);
            let id = self.knowledge.ids.next(now);
            let row = written.row(id, workspace, source, now);
            self.change.commit.put_faq(&row, 0);
            self.line(true, &what);
        }
        Ok(())
    }

    async fn intent(&mut self, stem: &str, file: &IntentFile) -> Result<(), StoreError> {
        let id = if stem == NONE {
            None
        } else {
            Some(self.intent_row(stem, file).await?)
        };
        let mut seen = BTreeSet::new();
        for (text, split) in all_of(file) {
            let key = key(text);
            if !seen.insert(key) {
                continue;
            }
            let store = &self.knowledge.store;
            let kept = store.example_by_key(self.workspace, key).await?;
            if kept
                .as_ref()
                .is_some_and(|row| row.intent == id && row.split == split)
            {
                continue;
            }
            let origin = if split == Split::Both {
                Origin::Correction
            } else {
                Origin::Author
            };
            self.change.commit.put_example(&ExampleRow {
                id: self.knowledge.ids.next(self.now),
                workspace: self.workspace,
                intent: id,
                text: text.trim().to_owned(),
                key,
                origin,
                split,
                created: self.now,
            });
            self.line(
                kept.is_none(),
                &format!("intents/{stem}.yaml: {}", text.trim()),
            );
        }
        Ok(())
    }

    async fn intent_row(&mut self, stem: &str, file: &IntentFile) -> Result<Uuid, StoreError> {
        let name = file.name.as_deref().unwrap_or(stem).trim().to_owned();
        let kept = self
            .knowledge
            .store
            .intent_named(self.workspace, &name)
            .await?;
        let wanted = IntentRow {
            id: kept
                .as_ref()
                .map_or_else(|| self.knowledge.ids.next(self.now), |row| row.id),
            workspace: self.workspace,
            name,
            description: file.description.trim().to_owned(),
            enabled: file.enabled.unwrap_or(true),
            assistants: file.assistants.clone(),
            revision: kept.as_ref().map_or(0, |row| row.revision),
            created: kept.as_ref().map_or(self.now, |row| row.created),
            updated: kept.as_ref().map_or(self.now, |row| row.updated),
        };
        if kept.as_ref() != Some(&wanted) {
            let row = IntentRow {
                updated: self.now,
                ..wanted.clone()
            };
            self.change.commit.put_intent(&row, wanted.revision);
            self.line(kept.is_none(), &format!("intents/{stem}.yaml"));
        }
        Ok(wanted.id)
    }
}

/// All curated answers.
async fn faqs(knowledge: &Knowledge, workspace: WorkspaceId) -> Result<Vec<FaqRow>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = knowledge
            .store
            .faqs(workspace, None, false, after, LIST_MAX)
            .await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// What the database has, as files.
///
/// # Errors
/// The store's.
pub async fn files(knowledge: &Knowledge, workspace: WorkspaceId) -> Result<Files, StoreError> {
    let mut files = Files::new();
    let entries = faqs(knowledge, workspace).await?.into_iter();
    let entries: Vec<FaqEntryFile> = entries
        .map(|row| FaqEntryFile {
            questions: row.questions,
            answer: row.answer,
            tags: row.tags,
            enabled: Some(row.enabled),
        })
        .collect();
    if !entries.is_empty() {
        let text = yaml(&KnowledgeFaqFile { entries });
        files.insert("knowledge/faq.yaml".into(), text);
    }
    texts(knowledge, workspace, &mut files).await?;
    intents(knowledge, workspace, &mut files).await?;
    Ok(files)
}

async fn texts(
    knowledge: &Knowledge,
    workspace: WorkspaceId,
    files: &mut Files,
) -> Result<(), StoreError> {
    let store = &knowledge.store;
    let Some(source) = store.source_named(workspace, FOLDER).await? else {
        return Ok(());
    };
    let mut after = None;
    loop {
        let page = store
            .knowledge_documents(workspace, source.id, false, after, LIST_MAX)
            .await?;
        for row in page.items {
            let version = store.version(workspace, row.id, row.version).await?;
            let bytes = version.and_then(|version| version.original);
            if let Some(Ok(text)) = bytes.map(String::from_utf8) {
                files.insert(format!("knowledge/{}", row.key), text);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn intents(
    knowledge: &Knowledge,
    workspace: WorkspaceId,
    files: &mut Files,
) -> Result<(), StoreError> {
    let store = &knowledge.store;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = store.intents(workspace, after, LIST_MAX).await?;
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut taken = BTreeSet::from([NONE.to_owned()]);
    for row in rows {
        let mut file = IntentFile {
            name: Some(row.name.clone()),
            description: row.description,
            enabled: Some(row.enabled),
            assistants: row.assistants,
            ..IntentFile::default()
        };
        examples(knowledge, workspace, Some(row.id), &mut file).await?;
        let stem = free(&slug(&row.name), &mut taken);
        files.insert(format!("intents/{stem}.yaml"), yaml(&file));
    }
    let mut none = IntentFile::default();
    examples(knowledge, workspace, None, &mut none).await?;
    if all_of(&none).next().is_some() {
        files.insert(format!("intents/{NONE}.yaml"), yaml(&none));
    }
    Ok(())
}

async fn examples(
    knowledge: &Knowledge,
    workspace: WorkspaceId,
    intent: Option<Uuid>,
    file: &mut IntentFile,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = knowledge
            .store
            .examples_of(workspace, intent, after, LIST_MAX)
            .await?;
        for row in page.items {
            match row.split {
                Split::Train => file.examples.push(row.text),
                Split::Test => file.tests.push(row.text),
                Split::Both => file.corrections.push(row.text),
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for list in [&mut file.examples, &mut file.tests, &mut file.corrections] {
        list.sort();
    }
    Ok(())
}

/// A file name of a name.
fn slug(name: &str) -> String {
    let folded = fold(name);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let dashed: String = folded.chars().map(plain).take(60).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        "intencao".to_owned()
    } else {
        parts.join("-")
    }
}

/// The name, or the first free one after it.
fn free(slug: &str, taken: &mut BTreeSet<String>) -> String {
    let mut stem = slug.to_owned();
    let mut n = 2;
    while !taken.insert(stem.clone()) {
        stem = format!("{}-{n}", slug.chars().take(58).collect::<String>());
        n += 1;
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_files_that_are_theirs_alone() {
        let mut taken = BTreeSet::new();
        for (name, want) in [
            ("Horário de funcionamento", "horario-de-funcionamento"),
            ("horario de funcionamento!", "horario-de-funcionamento-2"),
            ("?!", "intencao"),
        ] {
            let stem = free(&slug(name), &mut taken);
            assert_eq!(stem, want);
            assert!(is_slug(&stem));
        }
    }
}

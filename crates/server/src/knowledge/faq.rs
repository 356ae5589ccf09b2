//! Curated answers: checked, named by their text, and the source that holds them where none is named.
//!
//! In: questions with an answer as people write them. Out: rows, or what is wrong. Absent: the answers in
//! assistants' files, which are theirs. Next: `retrieve.rs`, which finds them.

use super::Knowledge;
use super::import::text_hash;
use super::settings::SourceSettings;
use crate::both;
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::rows::knowledge::{FaqRow, SourceKind, SourceRow};
use ponte_store::{Commit, StoreError};
use serde_json::json;
use uuid::Uuid;

/// Wordings of one question.
pub const QUESTIONS_MOST: usize = 50;
/// Letters in a question and in an answer; an answer fits one message.
pub const QUESTION_MOST: usize = 500;
pub const ANSWER_MOST: usize = 4_096;
const TAGS_MOST: usize = 20;
const TAG_MOST: usize = 60;

/// The source that curated answers stand in where none is named.
pub const USUAL: &str = "Perguntas frequentes";

/// What people write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub questions: Vec<String>,
    pub answer: String,
    pub tags: Vec<String>,
    pub enabled: bool,
}

impl Written {
    /// Without spaces around; what is wrong with it, if anything.
    ///
    /// # Errors
    /// What is wrong.
    pub fn checked(mut self) -> Result<Written, Both> {
        let trim = |all: Vec<String>| -> Vec<String> {
            let kept = all.iter().map(|one| one.trim().to_owned());
            kept.filter(|one| !one.is_empty()).collect()
        };
        self.questions = trim(self.questions);
        self.tags = trim(self.tags);
        self.answer = self.answer.trim().to_owned();
        let long = |all: &[String], most| all.iter().any(|one| one.chars().count() > most);
        let few = (1..=QUESTIONS_MOST).contains(&self.questions.len());
        if !few || long(&self.questions, QUESTION_MOST) {
            return Err(both!(
                "`questions` tem de 1 a {QUESTIONS_MOST} perguntas de até {QUESTION_MOST} letras.",
                "`questions` has 1 to {QUESTIONS_MOST} questions of up to {QUESTION_MOST} letters."
            ));
        }
        if self.answer.is_empty() || self.answer.chars().count() > ANSWER_MOST {
            return Err(both!(
                "`answer` tem de 1 a {ANSWER_MOST} letras.",
                "`answer` has 1 to {ANSWER_MOST} letters."
            ));
        }
        if self.tags.len() > TAGS_MOST || long(&self.tags, TAG_MOST) {
            return Err(both!(
                "`tags` tem até {TAGS_MOST} palavras de até {TAG_MOST} letras.",
                "`tags` has up to {TAGS_MOST} words of up to {TAG_MOST} letters."
            ));
        }
        Ok(self)
    }

    /// As a row.
    #[must_use]
    pub fn row(&self, id: Uuid, workspace: WorkspaceId, source: Uuid, at: Time) -> FaqRow {
        FaqRow {
            id,
            workspace,
            source,
            hash: text_hash(&self.questions.join(" "), &self.answer),
            questions: self.questions.clone(),
            answer: self.answer.clone(),
            tags: self.tags.clone(),
            enabled: self.enabled,
            revision: 0,
            created: at,
            updated: at,
            deleted: None,
        }
    }
}

impl Knowledge {
    /// The source for curated answers of which nobody said where they belong; made when it is missing.
    ///
    /// # Errors
    /// The store's.
    pub async fn usual_faq(&self, workspace: WorkspaceId) -> Result<Uuid, StoreError> {
        // A second try finds what another made in between.
        for _ in 0..2 {
            let found = self.store.source_named(workspace, USUAL).await?;
            if let Some(row) = found {
                return Ok(row.id);
            }
            let now = self.clock.now();
            let row = new_source(self.ids.next(now), workspace, SourceKind::Faq, USUAL, now);
            let mut commit = Commit::new();
            commit.put_source(&row, 0);
            if self.store.commit(commit).await?.stored() {
                return Ok(row.id);
            }
        }
        Err(StoreError::Busy)
    }
}

/// A source without settings of its own.
#[must_use]
pub fn new_source(
    id: Uuid,
    workspace: WorkspaceId,
    kind: SourceKind,
    name: &str,
    at: Time,
) -> SourceRow {
    SourceRow {
        id,
        workspace,
        kind,
        name: name.to_owned(),
        settings: SourceSettings::default().value(),
        report: json!({}),
        revision: 0,
        created: at,
        updated: at,
        reviewed: at,
        deleted: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(questions: &[&str], answer: &str) -> Written {
        Written {
            questions: questions.iter().map(|q| (*q).to_owned()).collect(),
            answer: answer.to_owned(),
            tags: vec![" preço ".into(), String::new()],
            enabled: true,
        }
    }

    #[test]
    fn it_is_trimmed_and_checked() {
        let fine = written(&[" Abre domingo? ", ""], " Sim. ")
            .checked()
            .unwrap();
        assert_eq!(fine.questions, ["Abre domingo?"]);
        assert_eq!(
            (fine.answer.as_str(), fine.tags),
            ("Sim.", vec!["preço".into()])
        );
        for wrong in [
            written(&[], "x"),
            written(&["a"], " "),
            written(&["a"], &"x".repeat(ANSWER_MOST + 1)),
            written(&[&"x".repeat(QUESTION_MOST + 1)], "x"),
        ] {
            assert!(wrong.checked().is_err());
        }
    }
}

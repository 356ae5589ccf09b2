//! Sorts questions into groups, a few at a time, each question once.
//!
//! In: questions that no round has looked at, oldest first, and the groups there are. Out: one commit
//! with the questions' places and the groups' new sizes and samples. A group that was dismissed takes
//! its questions silently, so that it doesn't come back. Next: `group.rs` (what is alike), `approve.rs`.

use super::group::{ALIKE, Bag};
use super::mask::mask;
use crate::understanding::Understanding;
use ponte_core::effect::MessageBody;
use ponte_core::ids::WorkspaceId;
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_store::rows::training::{Asked, ClusterRow, ClusterState, QuestionRow};
use ponte_store::{Commit, LIST_MAX, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Questions sorted at once.
const AT_ONCE: u32 = 100;
/// Samples and answers kept of a group: what a person reads, and what the next question is compared with.
const SAMPLES: usize = 20;
const ANSWERS: usize = 5;
/// An answer of a person that came later than this was to something else.
const ANSWERED_WITHIN: Span = Span::hours(24);
/// Messages looked through for the answer.
const MESSAGES: u32 = 100;

/// What is kept of a group. Texts are masked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Body {
    pub samples: Vec<String>,
    /// What people of the team answered.
    pub answers: Vec<String>,
    pub unknown: u64,
    pub handed_off: u64,
    pub answered: u64,
    /// What its approval made, for taking back.
    pub made: Option<Made>,
}

/// What an approval made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    pub faq: Option<Uuid>,
    /// The intent, and whether it was made by this.
    pub intent: Option<(Uuid, bool)>,
    pub examples: Vec<Uuid>,
}

impl Body {
    #[must_use]
    pub fn of(row: &ClusterRow) -> Body {
        serde_json::from_value(row.body.clone()).unwrap_or_default()
    }

    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn take(&mut self, text: String, outcome: Asked, answer: Option<String>) {
        match outcome {
            Asked::Unknown => self.unknown += 1,
            Asked::HandedOff => self.handed_off += 1,
            Asked::Answered => self.answered += 1,
        }
        if self.samples.len() < SAMPLES && !self.samples.contains(&text) {
            self.samples.push(text);
        }
        if let Some(answer) = answer
            && self.answers.len() < ANSWERS
            && !self.answers.contains(&answer)
        {
            self.answers.push(answer);
        }
    }
}

/// A group while questions are sorted.
struct Group {
    row: ClusterRow,
    body: Body,
    bag: Bag,
    touched: bool,
}

impl Understanding {
    /// Sorts the next questions of a workspace; how many there were.
    ///
    /// # Errors
    /// The store's.
    pub async fn sort(&self, workspace: WorkspaceId) -> Result<usize, StoreError> {
        let questions = self.store.new_questions(workspace, AT_ONCE).await?;
        if questions.is_empty() {
            return Ok(0);
        }
        let mut groups = self.groups(workspace).await?;
        let mut commit = Commit::new();
        for question in &questions {
            let answer = self.answer_to(question).await?;
            let cluster = self.place(&mut groups, question, answer);
            commit.sort_question(workspace, question.id, cluster);
        }
        for group in groups.iter_mut().filter(|group| group.touched) {
            group.row.body = group.body.value();
            commit.put_cluster(&group.row, group.row.revision);
        }
        // Refused: another node sorts the same ones; what is left comes with the next round.
        let stored = self.store.commit(commit).await?.stored();
        Ok(if stored { questions.len() } else { 0 })
    }

    /// The group that a question belongs to, which may be new; none: it says nothing.
    fn place(
        &self,
        groups: &mut Vec<Group>,
        question: &QuestionRow,
        answer: Option<String>,
    ) -> Option<Uuid> {
        let text = mask(&question.text);
        let bag = Bag::of(&text);
        if bag.is_empty() {
            return None;
        }
        let likes = groups
            .iter()
            .enumerate()
            .map(|(n, g)| (g.bag.alike(&bag), n));
        // Of two as alike the older one, so that the order of reading doesn't matter.
        let best = likes
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let now = self.clock.now();
        let at = if let Some((_, at)) = best {
            at
        } else {
            groups.push(Group {
                row: ClusterRow {
                    id: self.ids.next(now),
                    workspace: question.workspace,
                    state: ClusterState::Open,
                    size: 0,
                    body: Value::Null,
                    revision: 0,
                    created: now,
                    updated: now,
                },
                body: Body::default(),
                bag: Bag::default(),
                touched: true,
            });
            groups.len() - 1
        };
        let group = &mut groups[at];
        group.body.take(text, question.outcome, answer);
        group.bag = Bag::all(group.body.samples.iter().map(String::as_str));
        group.row.size += 1;
        group.row.updated = now;
        group.touched = true;
        Some(group.row.id)
    }

    /// The largest groups of each state, oldest first.
    async fn groups(&self, workspace: WorkspaceId) -> Result<Vec<Group>, StoreError> {
        let mut groups = Vec::new();
        for state in [
            ClusterState::Open,
            ClusterState::Approved,
            ClusterState::Dismissed,
        ] {
            let page = self
                .store
                .clusters(workspace, state, None, LIST_MAX)
                .await?;
            groups.extend(page.items.into_iter().map(|row| {
                let body = Body::of(&row);
                Group {
                    bag: Bag::all(body.samples.iter().map(String::as_str)),
                    body,
                    row,
                    touched: false,
                }
            }));
        }
        groups.sort_by_key(|group| group.row.id);
        Ok(groups)
    }

    /// What a person answered to a question that nobody else could, masked.
    async fn answer_to(&self, question: &QuestionRow) -> Result<Option<String>, StoreError> {
        if question.outcome == Asked::Answered {
            return Ok(None);
        }
        let page = self
            .store
            .messages(question.conversation, None, MESSAGES)
            .await?;
        let until = question.at + ANSWERED_WITHIN;
        let answers = page.items.iter().rev().filter(|message| {
            let by_person = matches!(
                message.row.provenance,
                Provenance::Agent { .. } | Provenance::PhoneApp
            );
            by_person && message.row.sent > question.at && message.row.sent <= until
        });
        let mut texts = answers.filter_map(|message| text_of(&message.row.content));
        Ok(texts.find(|text| !text.trim().is_empty()).map(|t| mask(&t)))
    }
}

fn text_of(body: &MessageBody) -> Option<String> {
    match body {
        MessageBody::In(content) => Some(content.words().to_owned()),
        MessageBody::Out(outgoing) => Some(outgoing.words().to_owned()),
        MessageBody::Note(_) => None,
    }
}

//! A commit as a value: built by typed methods, stored whole or not at all.
//!
//! In: rows. Out: a list of statements with what each must touch, and hints for whoever waits.
//! A commit knows nothing of groups, threads or engines. Its topics: [`intake`](self) (deliveries,
//! journal, contacts), engine (state, views), sending, and settings. Next: [`crate::Store::commit`].

pub(crate) mod engine;
mod intake;
mod knowledge;
mod knowledge_jobs;
mod models;
mod numbers;
pub(crate) mod send;
mod settings;
mod tools;
mod training;
mod views;

use crate::error::{Result, StoreError};
use crate::hint::Hint;
use crate::rows::Place;
use crate::rows::shared::Changes;
use crate::val::{Stmt, Val};
use ponte_core::time::Time;
use serde::Serialize;
use std::cell::RefCell;

/// What a message and its answer take, and a little more.
const STEP_STATEMENTS: usize = 12;

/// What a refused commit stumbled over. Nothing of it was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// The conversation isn't at the expected version: load it again.
    Version,
    /// The lease named by `under_lease` or the claim isn't ours any more.
    Lease,
    /// The claim isn't granted; [`crate::Store::claim_blocks`] tells why.
    Claim,
    /// The attempt is closed already, or was never opened.
    Attempt,
    /// The timer isn't set, or to another time.
    Timer,
    /// The call isn't open any more, or is worked on by another.
    Call,
    /// The delivery isn't open any more, or is another node's.
    Delivery,
    /// The journal entry isn't pending any more.
    Entry,
    /// The document or channel was changed by another in the meantime.
    Revision,
    /// A budget has no room for what is to be reserved.
    Budget,
    /// The row to be changed isn't there.
    Missing,
    /// A row with this id or key exists, or one that it refers to doesn't.
    Constraint,
}

/// What a commit brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// For each `append`, in order: its sequence number; absent: a duplicate, skipped.
    pub journal: Vec<Option<i64>>,
    /// For each `add_delivery`, in order: its id.
    pub deliveries: Vec<i64>,
    /// Set: nothing was stored, and why.
    pub refused: Option<Refused>,
}

impl Committed {
    /// Whether it was stored.
    #[must_use]
    pub fn stored(&self) -> bool {
        self.refused.is_none()
    }
}

/// What to do with a statement's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain(Refused),
    Append,
    Delivery,
}

/// A set of changes that is stored whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub(crate) stmts: Vec<Stmt>,
    pub(crate) roles: Vec<Role>,
    pub(crate) feed: Vec<FeedNew>,
    pub(crate) hints: Vec<Hint>,
    broken: Option<StoreError>,
    messages: i64,
}

/// One changed conversation for the feed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FeedNew {
    pub(crate) place: Place,
    pub(crate) at: Time,
    pub(crate) changes: Changes,
}

impl Commit {
    /// An empty one.
    #[must_use]
    pub fn new() -> Commit {
        Commit::default()
    }

    /// An empty one that will hold what a step usually writes, without growing.
    #[must_use]
    pub fn with_room() -> Commit {
        Commit {
            stmts: Vec::with_capacity(STEP_STATEMENTS),
            roles: Vec::with_capacity(STEP_STATEMENTS),
            ..Commit::default()
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stmts.is_empty() && self.feed.is_empty()
    }

    /// Statements so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stmts.len()
    }

    /// Whether nothing in it changes anything: it only looks.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        self.feed.is_empty() && self.stmts.iter().all(Stmt::only_looks)
    }

    /// What it weighs in the write queue, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.stmts.iter().map(Stmt::weight).sum::<usize>() + 64 * self.feed.len()
    }

    /// The conversation changed: one row of its workspace's feed per commit.
    pub fn feed(&mut self, place: &Place, at: Time, changes: Changes) -> &mut Self {
        if let Some(entry) = self.feed.iter_mut().find(|f| f.place == *place) {
            entry.changes = entry.changes.and(changes);
        } else {
            self.feed.push(FeedNew {
                place: *place,
                at,
                changes,
            });
            self.hint(Hint::Feed(place.workspace));
        }
        self
    }

    /// Adds all of another commit, after what is here.
    pub fn join(&mut self, other: Commit) -> &mut Self {
        self.stmts.extend(other.stmts);
        self.roles.extend(other.roles);
        self.messages += other.messages;
        for f in other.feed {
            self.feed(&f.place, f.at, f.changes);
        }
        for h in other.hints {
            self.hint(h);
        }
        self.broken = self.broken.take().or(other.broken);
        self
    }

    /// One statement by itself.
    pub(crate) fn single(stmt: Stmt) -> Commit {
        Commit {
            stmts: vec![stmt],
            roles: vec![Role::Plain(Refused::Constraint)],
            ..Commit::default()
        }
    }

    pub(crate) fn take_broken(&mut self) -> Result<()> {
        self.broken.take().map_or(Ok(()), Err)
    }

    fn hint(&mut self, hint: Hint) {
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// For `purge`: rows go.
    pub(crate) fn purge(&mut self, sql: &'static str, params: Vec<Val>) -> &mut Self {
        self.push(sql, params)
    }

    fn push(&mut self, sql: &'static str, params: Vec<Val>) -> &mut Self {
        self.stmts.push(Stmt::write(sql, params));
        self.roles.push(Role::Plain(Refused::Constraint));
        self
    }

    /// A statement that must touch exactly one row, else the commit is refused for `why`.
    fn must(&mut self, sql: &'static str, params: Vec<Val>, why: Refused) -> &mut Self {
        self.stmts.push(Stmt::write(sql, params).expect(1));
        self.roles.push(Role::Plain(why));
        self
    }

    /// A query that must find one row.
    fn must_find(&mut self, sql: &'static str, params: Vec<Val>, why: Refused) -> &mut Self {
        self.stmts.push(Stmt::read(sql, params).expect(1));
        self.roles.push(Role::Plain(why));
        self
    }

    fn json<T: Serialize>(&mut self, value: &T) -> Val {
        Val::from(self.text(value))
    }

    /// JSON as text; absent when it can't be written, which fails the commit.
    fn text<T: Serialize>(&mut self, value: &T) -> Option<String> {
        match written(value) {
            Ok(text) => Some(text),
            Err(e) => {
                self.broken = Some(StoreError::Invalid(format!(
                    "a value can't be written as JSON: {e}"
                )));
                None
            }
        }
    }
}

thread_local! {
    /// Where a value is written first, so that it is stored in one piece of exactly its size.
    static PAPER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A larger paper is not kept.
const PAPER_BYTES: usize = 64 * 1024;

fn written<T: Serialize>(value: &T) -> serde_json::Result<String> {
    PAPER.with_borrow_mut(|paper| {
        paper.clear();
        serde_json::to_writer(&mut *paper, value)?;
        let text = std::str::from_utf8(paper).map(str::to_owned);
        if paper.capacity() > PAPER_BYTES {
            *paper = Vec::new();
        }
        text.map_err(serde::ser::Error::custom)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_always_were_one_after_the_other() {
        let long = "é\u{1}\"".repeat(PAPER_BYTES);
        for value in ["", "oi", &long, "depois"] {
            let text = written(&value).unwrap();
            assert_eq!(text, serde_json::to_string(value).unwrap());
        }
        assert!(PAPER.with_borrow(Vec::capacity) <= PAPER_BYTES);
    }

    #[test]
    fn what_is_not_json_breaks_its_commit_and_nothing_after_it() {
        let keys = std::collections::BTreeMap::from([((1, 2), "no key of JSON")]);
        let mut commit = Commit::new();
        assert_eq!(commit.text(&keys), None);
        assert!(commit.take_broken().is_err());
        assert_eq!(commit.text(&"oi").as_deref(), Some("\"oi\""));
        assert!(commit.take_broken().is_ok());
    }
}

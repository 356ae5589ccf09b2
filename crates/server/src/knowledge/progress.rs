//! How a reading goes: what was found, what changed, what was set aside and why.
//!
//! In: the end of each document. Out: a value that is kept in the job's row and shown to people, and in
//! the source's report after the end. The list of troubles is cut; their number is not. Next: `jobs.rs`.

use super::trouble::Trouble;
use serde::{Deserialize, Serialize};

/// Troubles that are listed; the others are counted.
const TROUBLES_MOST: usize = 50;

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Added,
    Changed,
    Unchanged,
    Removed,
}

/// One thing that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// File name or address.
    pub what: String,
    #[serde(flatten)]
    pub why: Trouble,
}

/// How a reading goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Documents looked at so far.
    pub done: u32,
    /// Documents known of so far; a crawl finds more as it goes.
    pub total: u32,
    pub added: u32,
    pub changed: u32,
    pub unchanged: u32,
    pub removed: u32,
    pub passages_added: u32,
    pub passages_removed: u32,
    pub set_aside: u32,
    /// The first of those.
    pub troubles: Vec<Aside>,
    /// Why it ended before its time.
    pub ended: Option<Trouble>,
}

impl Progress {
    /// One document went well.
    pub fn count(&mut self, became: Became) {
        self.done += 1;
        match became {
            Became::Added => self.added += 1,
            Became::Changed => self.changed += 1,
            Became::Unchanged => self.unchanged += 1,
            Became::Removed => self.removed += 1,
        }
    }

    /// One document was set aside.
    pub fn aside(&mut self, what: &str, why: Trouble) {
        self.done += 1;
        self.set_aside += 1;
        if self.troubles.len() < TROUBLES_MOST {
            self.troubles.push(Aside {
                what: what.to_owned(),
                why,
            });
        }
    }

    /// As a row keeps it.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// As a row has it; empty where it can't be read.
    #[must_use]
    pub fn of(value: &serde_json::Value) -> Progress {
        serde_json::from_value(value.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_all_counted_and_the_first_listed() {
        let mut progress = Progress::default();
        for became in [
            Became::Added,
            Became::Changed,
            Became::Unchanged,
            Became::Removed,
        ] {
            progress.count(became);
        }
        for n in 0..60 {
            progress.aside(&format!("{n}.pdf"), Trouble::broke());
        }
        assert_eq!((progress.done, progress.set_aside), (64, 60));
        assert_eq!(progress.troubles.len(), TROUBLES_MOST);
        assert_eq!(Progress::of(&progress.value()), progress);
        assert_eq!(Progress::of(&serde_json::json!([])), Progress::default());
    }
}

//! Which calls are worked on now, and which wait: each kind of work has its own lane.
//!
//! In: calls as they come. Out: the next to begin. A customer waits for an answer for seconds, while a
//! file or a listing may take a minute of the network: none of these ever takes an answer's place. What
//! finds no room is not lost, its row stays in the table. Absent: the work. Next: [`super`].

use ponte_core::effect::Work;
use ponte_core::ids::CallId;
use ponte_store::rows::outbox::CallRow;
use std::collections::{BTreeSet, VecDeque};

/// Answers worked on at once.
const ANSWERS: usize = 64;
/// Files fetched at once: bounds memory, since a file passes through it.
const FILES: usize = 2;
/// The provider's listings read at once: few sends are ever in doubt, and its limits are per hour.
const LISTINGS: usize = 8;
/// Calls that wait in a lane; beyond it they stay in the table until their lease there runs out.
const WAITING: usize = 256;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Answer,
    File,
    Listing,
}

impl Kind {
    #[must_use]
    pub fn of(work: &Work) -> Kind {
        match work {
            Work::Answer { .. } => Kind::Answer,
            Work::Media { .. } => Kind::File,
            Work::History { .. } => Kind::Listing,
        }
    }
}

#[derive(Debug)]
struct Lane {
    most: usize,
    busy: usize,
    waiting: VecDeque<CallRow>,
}

impl Lane {
    fn new(most: usize) -> Lane {
        Lane {
            most,
            busy: 0,
            waiting: VecDeque::new(),
        }
    }

    fn next(&mut self) -> Option<CallRow> {
        if self.busy >= self.most {
            return None;
        }
        let call = self.waiting.pop_front()?;
        self.busy += 1;
        Some(call)
    }
}

/// All lanes of a process.
#[derive(Debug)]
pub struct Lanes {
    answers: Lane,
    files: Lane,
    listings: Lane,
    held: BTreeSet<CallId>,
}

impl Default for Lanes {
    fn default() -> Lanes {
        Lanes {
            answers: Lane::new(ANSWERS),
            files: Lane::new(FILES),
            listings: Lane::new(LISTINGS),
            held: BTreeSet::new(),
        }
    }
}

impl Lanes {
    /// Takes a call in, unless it is held already or there is no room.
    pub fn add(&mut self, call: CallRow) {
        let id = call.call;
        let lane = self.lane(Kind::of(&call.work));
        if lane.waiting.len() < WAITING && !self.held.contains(&id) {
            self.lane(Kind::of(&call.work)).waiting.push_back(call);
            self.held.insert(id);
        }
    }

    /// The next call to begin, answers first.
    pub fn begin(&mut self) -> Option<CallRow> {
        self.answers
            .next()
            .or_else(|| self.listings.next())
            .or_else(|| self.files.next())
    }

    /// A call has ended.
    pub fn ended(&mut self, call: CallId, kind: Kind) {
        self.held.remove(&call);
        let lane = self.lane(kind);
        lane.busy = lane.busy.saturating_sub(1);
    }

    /// Calls that may be taken in without one being left out.
    #[must_use]
    pub fn room(&self) -> usize {
        WAITING.saturating_sub(self.answers.waiting.len())
    }

    /// Calls held, at work or waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn lane(&mut self, kind: Kind) -> &mut Lane {
        match kind {
            Kind::Answer => &mut self.answers,
            Kind::File => &mut self.files,
            Kind::Listing => &mut self.listings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::Time;
    use ponte_core::content::Person;
    use ponte_core::ids::{AssistantId, ChannelId, ConversationId, MessageId, WorkspaceId};
    use ponte_store::rows::Place;
    use uuid::Uuid;

    fn call(n: u128, work: Work) -> CallRow {
        CallRow {
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::nil()),
            },
            call: CallId(Uuid::from_u128(n)),
            epoch: 0,
            deadline: Time(0),
            work,
            attempts: 1,
        }
    }

    fn file(n: u128) -> CallRow {
        let message = MessageId(Uuid::from_u128(n));
        let media = n.to_string();
        call(n, Work::Media { message, media })
    }

    fn answer(n: u128) -> CallRow {
        let work = Work::answer(AssistantId(Uuid::nil()), vec![], Person::default());
        call(n, work)
    }

    #[test]
    fn many_slow_files_hold_up_no_answer() {
        let mut lanes = Lanes::default();
        for n in 0..1_000 {
            lanes.add(file(n));
        }
        let started: Vec<_> = std::iter::from_fn(|| lanes.begin()).collect();
        assert_eq!(started.len(), FILES);
        assert!(lanes.room() > 0, "and what is asked is taken");
        lanes.add(answer(5_000));
        assert_eq!(
            lanes.begin().map(|call| call.call),
            Some(answer(5_000).call)
        );
        assert_eq!(lanes.begin(), None);
        lanes.ended(started[0].call, Kind::File);
        assert_eq!(lanes.begin().map(|call| call.call), Some(file(2).call));
    }

    #[test]
    fn a_lane_has_an_end_and_a_held_call_is_not_begun_twice() {
        let mut lanes = Lanes::default();
        for n in 0..1_000 {
            lanes.add(file(n));
            lanes.add(file(n));
        }
        assert_eq!(lanes.len(), WAITING);
        while lanes.begin().is_some() {}
        lanes.add(file(0));
        assert_eq!(lanes.len(), WAITING);
        lanes.ended(file(0).call, Kind::File);
        assert_eq!(lanes.len(), WAITING - 1);
    }
}

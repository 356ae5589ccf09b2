//! "Look there": what a commit may have made ready, told to whoever listens. Hints may be lost;
//! behind each listener stands a poll.
//!
//! In: the commits of this process, and on PostgreSQL one notification per group of the others.
//! Out: a broadcast channel. Absent: data. Next: [`crate::Store::hints`].

use ponte_core::ids::{ChannelId, WorkspaceId};
use uuid::Uuid;

/// Something may be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hint {
    /// A delivery that isn't leased to its inserter.
    Deliveries,
    /// New journal entries on a channel.
    Journal(ChannelId),
    /// A new or changed outbox row.
    Outbox(ChannelId),
    Timers(ChannelId),
    Calls(ChannelId),
    Feed(WorkspaceId),
    /// Settings of a workspace changed.
    Settings(WorkspaceId),
    /// What a workspace knows changed, or there is something to read.
    Knowledge(WorkspaceId),
    /// Examples, intents or models of a workspace changed.
    Training(WorkspaceId),
    /// Hints may have been lost: look everywhere.
    Everything,
}

/// More than this in one notification and it says "everything" instead (its payload holds 8,000 bytes).
const PACK_MAX: usize = 150;

/// One notification for many hints.
pub(crate) fn pack(hints: &[Hint]) -> String {
    if hints.len() > PACK_MAX {
        return "*".to_owned();
    }
    let word = |h: &Hint| match h {
        Hint::Deliveries => "d".to_owned(),
        Hint::Journal(c) => format!("j{}", c.0.simple()),
        Hint::Outbox(c) => format!("o{}", c.0.simple()),
        Hint::Timers(c) => format!("t{}", c.0.simple()),
        Hint::Calls(c) => format!("c{}", c.0.simple()),
        Hint::Feed(w) => format!("f{}", w.0.simple()),
        Hint::Settings(w) => format!("s{}", w.0.simple()),
        Hint::Knowledge(w) => format!("k{}", w.0.simple()),
        Hint::Training(w) => format!("i{}", w.0.simple()),
        Hint::Everything => "*".to_owned(),
    };
    hints.iter().map(word).collect::<Vec<_>>().join(",")
}

/// The hints of a notification; what isn't understood means "everything".
pub(crate) fn unpack(text: &str) -> Vec<Hint> {
    text.split(',')
        .map(|word| parse(word).unwrap_or(Hint::Everything))
        .collect()
}

fn parse(word: &str) -> Option<Hint> {
    if word == "d" {
        return Some(Hint::Deliveries);
    }
    let id = Uuid::try_parse(word.get(1..)?).ok()?;
    match word.as_bytes().first()? {
        b'j' => Some(Hint::Journal(ChannelId(id))),
        b'o' => Some(Hint::Outbox(ChannelId(id))),
        b't' => Some(Hint::Timers(ChannelId(id))),
        b'c' => Some(Hint::Calls(ChannelId(id))),
        b'f' => Some(Hint::Feed(WorkspaceId(id))),
        b's' => Some(Hint::Settings(WorkspaceId(id))),
        b'k' => Some(Hint::Knowledge(WorkspaceId(id))),
        b'i' => Some(Hint::Training(WorkspaceId(id))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_survive_a_notification() {
        let c = ChannelId(Uuid::from_u128(7));
        let w = WorkspaceId(Uuid::from_u128(9));
        let all = vec![
            Hint::Deliveries,
            Hint::Journal(c),
            Hint::Outbox(c),
            Hint::Timers(c),
            Hint::Calls(c),
            Hint::Feed(w),
            Hint::Settings(w),
            Hint::Knowledge(w),
            Hint::Training(w),
            Hint::Everything,
        ];
        assert_eq!(unpack(&pack(&all)), all);
    }

    #[test]
    fn too_many_or_strange_hints_mean_everything() {
        let many = vec![Hint::Deliveries; PACK_MAX + 1];
        assert_eq!(unpack(&pack(&many)), vec![Hint::Everything]);
        assert_eq!(unpack("z-from-a-newer-node"), vec![Hint::Everything]);
        assert!(pack(&vec![Hint::Journal(ChannelId(Uuid::nil())); PACK_MAX]).len() < 8_000);
    }
}

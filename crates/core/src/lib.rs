//! `ponte-core` decides: what a conversation becomes when something happens to it.
//!
//! In: a [`State`], an [`Envelope`] with an [`Event`], and a [`Book`] of everything the decision may
//! read. Out: the next state and a list of [`Effect`]s, as plain values. Absent on purpose: clocks,
//! randomness, I/O, async, hash maps. Time and ids come in with the event. The list of crates this
//! one may use and the calls it may not make are held by `clippy.toml` and `cargo xtask tidy`.
//! Start reading at [`event`], then [`state`], [`effect`] and [`step`].

mod answers;
pub mod book;
pub mod bounds;
pub mod brain;
mod commands;
pub mod content;
mod desk;
mod echoed;
pub mod effect;
pub mod errors;
pub mod event;
pub mod fact;
pub mod fold;
pub mod handoff_words;
pub mod hours;
pub mod identity;
pub mod ids;
mod joined;
pub mod limits;
mod outcomes;
pub mod outgoing;
pub mod ownership;
pub mod pace;
pub mod preview;
pub mod promise;
mod proof;
mod readable;
mod received;
pub mod rules;
mod sending;
pub mod state;
mod statuses;
pub mod step;
mod takeover;
mod talk;
pub mod time;
mod timers;
mod turn;
pub mod window;

pub use book::Book;
pub use content::Content;
pub use effect::Effect;
pub use event::{Envelope, Event};
pub use outgoing::Outgoing;
pub use ownership::Owner;
pub use state::State;
pub use step::{Step, step};
pub use time::Time;

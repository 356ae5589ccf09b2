//! `ponte-core` decides: what a conversation becomes when something happens to it.
//!
//! In: a [`State`], an [`Envelope`] with an [`Event`], and a [`Book`] of everything the decision may
//! read. Out: the next state and a list of [`Effect`]s, as plain values. Absent on purpose: clocks,
//! randomness, I/O, async, hash maps. Time and ids come in with the event. The list of crates this
//! one may use and the calls it may not make are held by `clippy.toml` and `cargo xtask tidy`.
//! Start reading at [`event`], then [`state`], [`effect`] and [`step`].

pub mod book;
pub mod content;
mod desk;
pub mod effect;
pub mod errors;
pub mod event;
pub mod fact;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod outgoing;
pub mod ownership;
pub mod pace;
pub mod preview;
pub mod state;
pub mod step;
pub mod time;

pub use book::Book;
pub use content::Content;
pub use effect::Effect;
pub use event::{Envelope, Event};
pub use outgoing::Outgoing;
pub use ownership::Owner;
pub use state::State;
pub use step::{Step, step};
pub use time::Time;

//! What people need to see of a conversation before they write in it: what it is about, how the customer
//! feels, what could be answered, and what it says in another language.
//!
//! In: one conversation, on demand. Out: [`picture::Insight`], [`suggest::Suggestions`], a translation. All
//! of it is computed from stored messages when somebody asks, and nothing is kept or sent. A model words
//! things only where it is wished, set up and within the assistant's budgets; what needs none never waits
//! for one. Absent: answering customers ([`crate::router`]). Next: [`talk`], [`picture`], [`suggest`].

pub mod ask;
pub mod cards;
pub mod picture;
pub mod suggest;
pub mod talk;
pub mod translate;
pub mod wording;

//! Policies of asking, as functions of counts and time: when a provider rests, and whom to ask next.
//!
//! In: what happened so far, and the time as a parameter (microseconds, any beginning). Out: decisions as
//! values. Absent: clocks, tasks, waiting: the server does what these say.

pub mod chain;
pub mod circuit;

pub use chain::{Attempt, Limits, Next, next};
pub use circuit::{Circuit, Gate};

//! Finds the answer to a turn: which way is taken, by what it costs, how long it takes and how much hangs
//! on it; every decision with its reasons.
//!
//! In: an assistant's turn that the step asked about. Out: the event's answer. The ways, in order: a
//! specialist, what is forbidden, a person where one is needed, a written answer, an intent, a quote from
//! the knowledge, a model with tools, and "don't know", which calls a person. Absent: what is said about
//! turns in the step (rules, menus, hours), and sending. Next: [`answer`], [`ways`].

pub mod answer;
pub mod decision;
pub mod format;
pub mod guard;
pub mod hands;
pub mod model;
pub mod mood;
pub mod prompt;
pub mod signals;
pub mod summary;
pub mod toolbox;
pub mod turns;
pub mod ways;
pub mod words;

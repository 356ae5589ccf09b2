//! Conversation tests: plays the dialogues of a workspace's `tests/*.yaml` on the production engine.
//!
//! In: a folder. Out: what passed and what did not, with file, line, what was expected, what came and how it
//! was decided. Each test has a world of its own: a store in memory, the simulated platform, one customer,
//! and time that is played, so that a day takes a moment and nothing leaves the process. Absent: the
//! file's shape (`workspace/dialogue.rs`) and printing (`cli/test.rs`). Next: [`run`], [`world`], [`play`].

pub mod check;
pub mod draw;
pub mod expect;
pub mod outside;
pub mod play;
pub mod report;
pub mod run;
pub mod seen;
pub mod wires;
pub mod world;

//! Tests of the core from outside: stories, properties over a little world, and tables of words.
//!
//! One binary. `stories` replays the JSON files of `stories/`; `world` is the model that answers
//! calls, ends sends and fires timers; `promises` asks it for the properties.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a test may panic, reads its stories from files, and takes JSON as it comes"
)]

mod answers;
mod asked;
mod corners_sends;
mod corners_turns;
mod encodings;
mod handoff;
mod hours;
mod identity;
mod joined;
mod pace;
mod promises;
mod rules;
mod stories;
mod windows;
mod world;

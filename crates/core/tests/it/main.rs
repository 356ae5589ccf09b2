//! Tests of the core from outside: stories, properties over a little world, and tables of words.
//!
//! One binary. `stories` replays the JSON files of `stories/`; `world` is the model that answers
//! calls, ends sends and fires timers; `promises` asks it for the properties.

mod handoff;
mod hours;
mod identity;
mod pace;
mod promises;
mod rules;
mod stories;
mod world;

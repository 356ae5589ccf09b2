//! Intents: learned from a few examples, told with a confidence, refused when nothing fits.
//!
//! In: [`Examples`] to [`train`] from, then messages. Out: a [`Model`] as a value, a [`Report`] for people,
//! and per message an [`Understanding`] with an [`Explanation`]. One fixed recipe for every set: it looks
//! at how many examples an intent has and at nothing else. Absent: pretrained weights, network, files,
//! clocks; and what to do about an intent (the server's router decides). Next: `train.rs`, then
//! `docs/quality.md` for what it reaches.

mod background;
mod bytes;
mod confidence;
mod dice;
mod examples;
mod explain;
mod features;
mod fit;
mod judge;
pub mod limits;
mod linear;
mod model;
mod quantised;
mod report;
mod slang;
mod stem;
mod train;
mod vocabulary;

pub use bytes::BadModel;
pub use confidence::{Bin, Reliability, reliability};
pub use examples::{Doubt, Example, Examples, Intent, OUT_OF_SCOPE, Unfit};
pub use explain::{Explanation, Reason};
pub use model::{Model, Ranked, Understanding};
pub use report::{Advice, Confusion, IntentFigures, Report, Suspect};
pub use train::{Failed, Progress, Settings, Trained, train};

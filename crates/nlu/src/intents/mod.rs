//! Intents: learned from examples, told with a confidence, refused when nothing fits.
//!
//! In: examples. Out: a model as a value. Next: `train.rs`.

mod background;
mod dice;
mod features;
pub mod lab;
mod linear;
mod slang;
mod stem;
mod vocabulary;

//! `ponte-models` speaks to language models: four protocols as bytes, in both directions.
//!
//! In: a [`Request`] and a [`Target`]; a response's status and bytes, whole or as they come. Out: the parts
//! of an HTTP request; a [`Reply`] with its usage, or a [`Trouble`] from a closed table; what it costs;
//! whom to ask next. Absent on purpose: sockets, clocks (time is a parameter), files, where keys are kept,
//! and any retry: the server's room `models` does the calling. Start at [`request`], then [`dialect`],
//! [`decode`], [`trouble`] and [`policy`].

pub mod bounds;
pub mod check;
pub mod decode;
pub mod dialect;
pub mod embed;
mod lines;
pub mod policy;
pub mod prices;
pub mod reply;
pub mod request;
pub mod shape;
pub mod trouble;
pub mod turn;
mod protocol {
    //! One file per protocol: how it is asked, how it answers whole, how it answers in pieces.
    pub(crate) mod anthropic;
    pub(crate) mod gemini;
    pub(crate) mod ollama;
    pub(crate) mod openai;
}

pub use decode::Decoder;
pub use dialect::{Call, Dialect, Quirks, Target, encode};
pub use reply::{Finish, Reply, ToolCall, Usage};
pub use request::{Format, Image, Message, Request, Tool};
pub use trouble::{Kind, Trouble};

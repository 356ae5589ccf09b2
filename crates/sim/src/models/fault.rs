//! Faults of a model's server, by name.
//!
//! In: a name, as a test or a person writes it. Out: what is spoiled. Absent: chance; a fault hits the next call.

use serde::{Deserialize, Serialize};

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ModelFault {
    /// Never answers: time-out.
    Silent,
    /// Answers after so many milliseconds.
    Slow { ms: u64 },
    /// The head at once, the body never.
    Stalled,
    /// 429, with seconds to wait where given.
    Busy { retry_after: Option<u32> },
    /// A status of trouble: 500, 503, 529, 400, 404, …
    Refused { status: u16 },
    /// The connection breaks after so many bytes of the body.
    CutAt { byte: usize },
    /// The body ends after so many bytes as if that were all.
    EndsAt { byte: usize },
    /// A web page with status 200.
    Garbage,
    /// Status 200 and no byte.
    Nothing,
    /// A whole answer without text.
    Empty,
    /// A structured answer that is broken or lacks its fields.
    WrongJson,
    /// A megabyte of text.
    Huge,
    /// English where Portuguese was wished.
    WrongLanguage,
    /// Calls the first tool with the same arguments, whatever it has heard.
    ToolLoop,
    /// Calls a tool that nobody offered, as an injected text told it to.
    Injected,
    /// Answers under another model's name.
    Renamed,
    /// The answer stops at its size limit.
    Half,
    /// The provider's own rules forbid the answer.
    Filtered,
}

impl ModelFault {
    /// One of each, for tests that go through all.
    #[must_use]
    pub fn each() -> Vec<ModelFault> {
        use ModelFault::{
            Busy, CutAt, Empty, EndsAt, Filtered, Garbage, Half, Huge, Injected, Nothing, Refused,
            Renamed, Silent, Slow, Stalled, ToolLoop, WrongJson, WrongLanguage,
        };
        vec![
            Silent,
            Slow { ms: 1 },
            Stalled,
            Busy {
                retry_after: Some(1),
            },
            Refused { status: 503 },
            CutAt { byte: 10 },
            EndsAt { byte: 10 },
            Garbage,
            Nothing,
            Empty,
            WrongJson,
            Huge,
            WrongLanguage,
            ToolLoop,
            Injected,
            Renamed,
            Half,
            Filtered,
        ]
    }
}

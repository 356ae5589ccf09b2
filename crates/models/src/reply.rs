//! What a model answered, in words that fit all four protocols.
//!
//! In: a protocol's decoder. Out: a [`Reply`], whole, never a part of one. Absent: whether it may be used
//! ([`crate::check`]) and what it costs ([`crate::prices`]).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub text: String,
    pub calls: Vec<ToolCall>,
    pub finish: Finish,
    pub usage: Usage,
    /// The model that answered, in the provider's words; empty where it doesn't say.
    pub model: String,
}

/// A tool that the model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Names the call in its result. Made by us where the protocol has none.
    pub id: String,
    pub name: String,
    /// An object.
    pub arguments: Value,
    /// What the provider wants to see again beside the call in later requests; nobody else reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<String>,
}

/// Why the answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model had said what it wanted to say.
    Stop,
    /// It waits for its tools.
    Tools,
    /// It ran into `max_tokens`: what is there is a part.
    Length,
    /// The provider's own rules ended it.
    Filter,
}

/// Tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All that went in, those in `cached` too.
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// Of `tokens_in`: those the provider had already read, which cost less.
    pub cached: u64,
    /// Whether the provider counted. If not, the numbers are zero and say nothing.
    pub counted: bool,
}

impl Usage {
    /// Both together, for a turn of several calls. Counted only if both were.
    #[must_use]
    pub fn and(self, other: Usage) -> Usage {
        Usage {
            tokens_in: self.tokens_in.saturating_add(other.tokens_in),
            tokens_out: self.tokens_out.saturating_add(other.tokens_out),
            cached: self.cached.saturating_add(other.cached),
            counted: self.counted && other.counted,
        }
    }

    #[must_use]
    pub fn total(self) -> u64 {
        self.tokens_in.saturating_add(self.tokens_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_adds_up_and_one_uncounted_call_leaves_the_sum_uncounted() {
        let one = Usage {
            tokens_in: 10,
            tokens_out: 5,
            cached: 2,
            counted: true,
        };
        let both = one.and(one);
        assert_eq!((both.total(), both.cached, both.counted), (30, 4, true));
        assert!(!one.and(Usage::default()).counted);
        let most = Usage {
            tokens_in: u64::MAX,
            ..one
        };
        assert_eq!(most.and(one).tokens_in, u64::MAX);
    }
}

//! What can go wrong with a model, as a closed table.
//!
//! In: a status, headers and body of a failed call; what the transport says; what a check found. Out: a
//! [`Trouble`], and from its [`Kind`] whether another try may help, whose fault it is, and what a person
//! reads in Portuguese and English. The provider's sentences are left out, because they may repeat what the
//! customer wrote; its code stays. Absent: whom to ask next ([`crate::policy`]). Next: [`self::read`].

mod read;
mod table;

pub use read::of_answer;
pub(crate) use read::of_error;
pub use table::{Again, Fault, Row};

use crate::bounds::CODE_BYTES_MAX;
use serde::{Deserialize, Serialize};

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub kind: Kind,
    pub http: Option<u16>,
    /// Milliseconds after which the provider wants to be asked again.
    pub retry_after_ms: Option<u64>,
    /// The provider's own name for it, or where in our checks it fell; never a sentence of theirs.
    pub code: Option<String>,
}

/// Kinds of trouble. The table has a row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No byte left: no such host, no connection, no TLS.
    NotSent,
    /// The address is one that may not be asked.
    Forbidden,
    /// Nothing came in time.
    TimedOut,
    /// The answer ended in the middle.
    Cut,
    /// 429: too much was asked.
    RateLimited,
    /// 5xx.
    ProviderDown,
    /// 401, 403.
    KeyRefused,
    /// 402, or a quota that is used up.
    NoCredit,
    /// 404, or a model that isn't there.
    NoModel,
    /// More than the model reads at once.
    TooLong,
    /// The provider's own rules ended it.
    Filtered,
    /// 400 and the like: what we asked, it doesn't take.
    NotTaken,
    /// Not what the protocol says.
    Garbage,
    /// A whole answer with nothing in it.
    Empty,
    /// More than we read.
    TooMuch,
    /// It ended at `max_tokens`.
    Unfinished,
    /// Not the JSON that was asked for.
    WrongShape,
    /// It asks for a tool that it was not offered, or with arguments that are none.
    WrongTool,
    /// Not in the language it was asked for.
    WrongLanguage,
    /// The same call again, or too many steps.
    Loop,
    /// A budget has nothing left.
    Budget,
    /// The turn's time is over.
    Deadline,
    /// As many calls as this provider may have are under way.
    Busy,
    /// It failed too often of late and is left alone for a while.
    Resting,
    /// There is no provider to ask.
    NoProvider,
    /// Our bug: the request can't be written.
    Ours,
}

impl Trouble {
    #[must_use]
    pub fn new(kind: Kind) -> Trouble {
        Trouble {
            kind,
            http: None,
            retry_after_ms: None,
            code: None,
        }
    }

    /// With a code of ours or the provider's; what is no code is left out.
    #[must_use]
    pub fn coded(kind: Kind, code: &str) -> Trouble {
        Trouble {
            code: clean(code),
            ..Trouble::new(kind)
        }
    }
}

/// A code is a word: letters, digits and `_-./:` only, and short.
fn clean(code: &str) -> Option<String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "_-./: ".contains(c);
    let whole = !code.is_empty() && code.len() <= CODE_BYTES_MAX && code.chars().all(fine);
    // A sentence has many blanks; a code of ours has two or three.
    (whole && code.matches(' ').count() <= 4).then(|| code.to_owned())
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.row().word)?;
        if let Some(http) = self.http {
            write!(f, " (HTTP {http})")?;
        }
        if let Some(code) = &self.code {
            write!(f, ": {code}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_kept_and_a_sentence_is_not() {
        assert_eq!(
            Trouble::coded(Kind::RateLimited, "rate_limit_exceeded").to_string(),
            "rate_limited: rate_limit_exceeded"
        );
        for sentence in [
            "",
            "O cliente João escreveu algo",
            "the message of the customer was too long for this model",
            &"a".repeat(65),
        ] {
            assert_eq!(
                Trouble::coded(Kind::Garbage, sentence).code,
                None,
                "{sentence}"
            );
        }
    }

    #[test]
    fn it_tells_its_status() {
        let trouble = Trouble {
            http: Some(503),
            ..Trouble::new(Kind::ProviderDown)
        };
        assert_eq!(trouble.to_string(), "provider_down (HTTP 503)");
    }
}

//! Keeps how a command fails: what happened, what to do, and the exit code.
//!
//! In: errors of every room. Out: two sentences in the person's language and a number that scripts
//! can rely on. Absent on purpose: backtraces and error chains, which mean nothing to the person who
//! has to act. Next: `cli/mod.rs`, which prints these.

use crate::both;
use crate::telemetry::logs::NoFilter;
use crate::words::{Both, Lang};
use crate::workspace::kept::KeptError;
use ponte_store::StoreError;

/// Everything went as asked.
pub const OK: u8 = 0;
/// What was asked was done and the answer is "no": a check failed, a comparison differs.
pub const FOUND: u8 = 1;
/// Arguments, configuration or files are wrong; nothing was done.
pub const USAGE: u8 = 2;
/// Storage, network or the machine did not play along; trying again may work.
pub const MACHINE: u8 = 3;

/// Why a command ended without doing what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    pub code: u8,
    pub what: Both,
    pub todo: Both,
}

impl Fail {
    #[must_use]
    pub fn usage(what: Both, todo: Both) -> Fail {
        Fail {
            code: USAGE,
            what,
            todo,
        }
    }

    #[must_use]
    pub fn machine(what: Both, todo: Both) -> Fail {
        Fail {
            code: MACHINE,
            what,
            todo,
        }
    }

    /// Both sentences.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        format!("{} {}", self.what.get(lang), self.todo.get(lang))
            .trim_end()
            .to_string()
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Fail {
        let what = match &error {
            StoreError::Full => both!("acabou o espaço em disco.", "the disk is full."),
            StoreError::Busy | StoreError::Slow => {
                both!("o banco de dados está ocupado.", "the database is busy.")
            }
            StoreError::Io(_)
            | StoreError::Locked(_)
            | StoreError::Gone(_)
            | StoreError::Unsure
            | StoreError::Newer { .. }
            | StoreError::Corrupt(_)
            | StoreError::Invalid(_)
            | StoreError::Internal(_) => {
                both!("o banco de dados recusou.", "the database refused.")
            }
        };
        Fail::machine(what, Both::same(format!("{error}.")))
    }
}

impl From<NoFilter> for Fail {
    fn from(NoFilter(wish): NoFilter) -> Fail {
        Fail::usage(
            both!(
                "`{wish}` não é um filtro de log.",
                "`{wish}` is no log filter."
            ),
            both!(
                "Use error, warn, info ou debug, ou algo como warn,ponte=debug.",
                "Use error, warn, info or debug, or something like warn,ponte=debug."
            ),
        )
    }
}

impl From<KeptError> for Fail {
    fn from(error: KeptError) -> Fail {
        match error {
            KeptError::Store(error) => error.into(),
            KeptError::Wrong(troubles) => {
                let lines = |lang| {
                    troubles
                        .iter()
                        .map(|trouble| trouble.line(lang))
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                let what = Both {
                    pt: lines(Lang::Pt),
                    en: lines(Lang::En),
                };
                Fail::usage(what, Both::same(""))
            }
            KeptError::Dangling(_) | KeptError::Unreadable { .. } => Fail::machine(
                Both::same(format!("{error}.")),
                both!("Rode `ponte doctor`.", "Run `ponte doctor`."),
            ),
        }
    }
}

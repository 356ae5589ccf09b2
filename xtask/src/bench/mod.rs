//! `cargo xtask bench`: ratios of one run, beside bare limit servers on the same machine.
//!
//! In: the release binary, which is built first. Out: a table or JSON: durable acknowledgements and
//! whole messages against the limits, processor time per message, memory, a ladder of fixed rates,
//! overload, faults, redelivery, steps and commits per second. Loopback only; every part is bounded
//! by time. Absolute figures depend on the machine and its neighbours: read the ratios.
//! Read next: `cases` (what is run), `limit` (the yardsticks), docs/performance.md (what was found).

mod cases;
mod graph;
mod ledger;
pub(crate) mod limit;
mod load;
mod message;
mod report;
mod stage;

use crate::process;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Alternating pairs (limit, ours, limit) of each ratio
    #[arg(long, default_value_t = 3)]
    pairs: usize,
    /// A slice of about a minute
    #[arg(long)]
    quick: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Only the parts whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Database of the binary under test; default: SQLite in a temporary folder
    #[arg(long)]
    database: Option<String>,
}

impl Options {
    fn lasts(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 6 })
    }

    fn pairs(&self) -> usize {
        if self.quick { 1 } else { self.pairs.max(1) }
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| part.contains(only))
    }
}

/// Builds, and measures in a release process; true when nothing was lost, doubled or reordered.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool, String> {
    if cfg!(debug_assertions) {
        // The generator must not cost more than the server: run it as optimised code too.
        let folder = process::build(root, true, &["ponte", "xtask"])?;
        let mut again = Command::new(folder.join("xtask"));
        again.args(std::env::args_os().skip(1));
        let status = again.status().map_err(|e| e.to_string())?;
        return Ok(status.success());
    }
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let report = runtime.block_on(cases::all(root, options))?;
    report.print(options.json)?;
    Ok(report.is_right())
}

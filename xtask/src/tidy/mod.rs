//! `cargo xtask tidy`: the habits of this repository as a test that can fail.
//!
//! In: the working tree, the tables of ARCHITECTURE.md and `tidy-ratchet.toml`. Out: findings, one
//! per line with file and line, or JSON; exit 1 when there is one. Each rule lives in its own file
//! here and has a test with a planted violation. Absent: what clippy, rustfmt and cargo-deny
//! already hold. Read next: `source` (what is looked at), then `rooms`.

mod banned;
mod crates;
mod dead;
mod functions;
mod opening;
mod ratchet;
mod rooms;
mod scrub;
mod sizes;
mod source;
mod table;

use ratchet::Ratchet;
use serde::Serialize;
use source::File;
use std::collections::BTreeMap;
use std::path::Path;

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, message: impl Into<String>) -> Finding {
        Finding {
            path: path.into(),
            line,
            rule,
            message: message.into(),
        }
    }
}

/// Figures that people want to see even when they are in order.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) rules: usize,
    pub(crate) files: usize,
    pub(crate) rust_median_lines: usize,
    pub(crate) rust_p90_lines: usize,
    pub(crate) script_p90_lines: usize,
    pub(crate) test_percent: usize,
    pub(crate) test_percent_by_part: BTreeMap<String, usize>,
    pub(crate) findings: Vec<Finding>,
}

const RATCHET: &str = "xtask/tidy-ratchet.toml";
const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// What a rule may look at.
struct World<'a> {
    files: &'a [File],
    ratchet: &'a Ratchet,
}

impl World<'_> {
    fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|f| f.path == path)
            .map(|f| f.text.as_str())
    }
}

type Rule = fn(&World<'_>) -> Vec<Finding>;

/// Every rule, by the name under which it is counted.
const RULES: [(&str, Rule); 8] = [
    ("rooms", rooms::check),
    ("crates", crates::check),
    ("opening", opening::check),
    ("sizes", sizes::check),
    ("functions", functions::check),
    ("banned", banned::check),
    ("dead", dead::check),
    ("ratchet", ratchet::check),
];

/// Looks at the whole tree.
pub(crate) fn inspect(root: &Path) -> Result<Report, String> {
    let files = source::read_all(root)?;
    let ratchet = Ratchet::read(&root.join(RATCHET))?;
    let world = World {
        files: &files,
        ratchet: &ratchet,
    };
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|(_, rule)| rule(&world)).collect();
    findings.sort();
    let figures = sizes::figures(&files);
    Ok(Report {
        rules: RULES.len(),
        files: files.len(),
        rust_median_lines: figures.rust_median,
        rust_p90_lines: figures.rust_p90,
        script_p90_lines: figures.script_p90,
        test_percent: figures.test_percent,
        test_percent_by_part: sizes::test_percent_by_part(&files),
        findings,
    })
}

/// Runs the rules and prints; true when all is well.
pub(crate) fn run(root: &Path, json: bool, lower: bool) -> Result<bool, String> {
    if lower {
        let files = source::read_all(root)?;
        let path = root.join(RATCHET);
        Ratchet::read(&path)?.lowered(&files).write(&path)?;
    }
    let report = inspect(root)?;
    if json {
        let text = serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?;
        println!("{text}");
        return Ok(report.findings.is_empty());
    }
    for found in &report.findings {
        println!(
            "{}:{}: [{}] {}",
            found.path, found.line, found.rule, found.message
        );
    }
    println!(
        "tidy: {} files; Rust median {} and p90 {} lines; scripts p90 {}; tests {} % of production",
        report.files,
        report.rust_median_lines,
        report.rust_p90_lines,
        report.script_p90_lines,
        report.test_percent
    );
    let parts = report.test_percent_by_part.iter();
    let parts: Vec<String> = parts
        .map(|(part, percent)| format!("{part} {percent} %"))
        .collect();
    println!("tidy: tests by part: {}", parts.join(", "));
    let failed: std::collections::BTreeSet<_> = report.findings.iter().map(|f| f.rule).collect();
    println!(
        "{} passed, {} failed",
        report.rules - failed.len(),
        failed.len()
    );
    Ok(failed.is_empty())
}

/// A world of planted files, for the rules' own tests.
#[cfg(test)]
fn planted(files: &[(&str, &str)]) -> Vec<File> {
    files
        .iter()
        .map(|(path, text)| File::new(path, text))
        .collect()
}

#[cfg(test)]
fn judge(rule: Rule, files: &[(&str, &str)]) -> Vec<Finding> {
    let files = planted(files);
    let ratchet = Ratchet::default();
    rule(&World {
        files: &files,
        ratchet: &ratchet,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_reports_under_its_own_name() {
        let bad: &[(&str, &str)] = &[
            ("ARCHITECTURE.md", "no tables here"),
            ("crates/core/Cargo.toml", "[dependencies]\nrand = \"1\"\n"),
            ("crates/core/src/a.rs", "fn a() { todo!() }"),
        ];
        for (name, rule) in RULES {
            for found in judge(rule, bad) {
                assert_eq!(found.rule, name);
            }
        }
    }
}

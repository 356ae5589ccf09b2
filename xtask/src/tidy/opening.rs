//! Every source file opens with a comment that says what it is for.
//!
//! In: Rust, TypeScript and JavaScript files. Out: a finding for a file that opens with anything
//! else, or with too few words to hold the four beats of CONTRIBUTING.md. A file of tests may be
//! brief: its tests' names say the rest. Whether the words are true, a reviewer reads.

use super::source::{File, Language};
use super::{Finding, World};

/// Two short sentences. Shorter ones repeat the file's name.
const MIN_CHARS: usize = 60;

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let files = world.files.iter();
    files.filter_map(judge_file).collect()
}

fn judge_file(file: &File) -> Option<Finding> {
    let (prefixes, shape): (&[&str], _) = match file.language {
        Language::Rust => (&["//!"], "//!"),
        Language::Script => (&["//", "/*", "*"], "a comment"),
        Language::Other => return None,
    };
    let lines = file.text.lines().skip_while(|l| l.starts_with("#!["));
    let lines = lines.skip_while(|l| l.starts_with("#!/"));
    let opening: Vec<&str> = lines
        .map(str::trim)
        .take_while(|l| prefixes.iter().any(|p| l.starts_with(p)))
        .collect();
    if opening.is_empty() {
        let message = format!("opens without {shape} that says what the file is for");
        return Some(Finding::new(&file.path, 1, "opening", message));
    }
    let words: usize = opening
        .iter()
        .map(|l| l.trim_start_matches(['/', '!', '*', ' ']).chars().count())
        .sum();
    (words < MIN_CHARS && !file.is_all_test()).then(|| {
        let message = format!("opens with {words} characters; say more than its name does");
        Finding::new(&file.path, 1, "opening", message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    fn with(path: &str, text: &str) -> usize {
        judge(check, &[(path, text)]).len()
    }

    const LONG: &str = "Keeps the pace of one number, and says when the next message may leave.";

    #[test]
    fn a_comment_that_says_something_passes() {
        assert_eq!(with("a.rs", &format!("//! {LONG}\nfn a() {{}}")), 0);
        assert_eq!(with("a.rs", &format!("#![x]\n//! {LONG}\n")), 0);
        assert_eq!(with("a.ts", &format!("/* {LONG} */\n")), 0);
        assert_eq!(
            with("a.mjs", &format!("#!/usr/bin/env node\n// {LONG}\n")),
            0
        );
        assert_eq!(with("a.json", "{}"), 0);
        assert_eq!(with("src/pace_tests.rs", "//! Tests of the pace.\n"), 0);
    }

    #[test]
    fn a_missing_or_empty_opening_is_found() {
        assert_eq!(with("a.rs", "use std::fmt;\n"), 1);
        assert_eq!(with("a.rs", "//! The pace.\n"), 1);
        assert_eq!(with("src/pace_tests.rs", "use super::*;\n"), 1);
        assert_eq!(with("a.js", "const a = 1;\n"), 1);
    }
}

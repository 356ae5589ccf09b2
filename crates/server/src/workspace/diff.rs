//! Shows what changes between two sets of files, line by line.
//!
//! In: old and new texts by path. Out: a listing with `+`, `-` and three lines of context, as people
//! know it. Absent on purpose: patches that a machine applies. Next: `apply.rs`, which prints it.

use super::write::Files;
use std::fmt::Write as _;

/// Lines of unchanged text around a change.
const CONTEXT: usize = 3;
/// Above this many cells the comparison table isn't built: the file is shown as replaced.
const MAX_CELLS: usize = 4_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The whole difference; empty where nothing changes.
#[must_use]
pub fn diff(old: &Files, new: &Files) -> String {
    let mut out = String::new();
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        let before = old.get(path).map_or("", String::as_str);
        let after = new.get(path).map_or("", String::as_str);
        if before == after {
            continue;
        }
        let mark = match (old.contains_key(path), new.contains_key(path)) {
            (false, _) => '+',
            (true, false) => '-',
            (true, true) => '~',
        };
        // A String takes any text: writing to it can't fail.
        let _ = writeln!(out, "{mark} {path}");
        if mark == '~' {
            write_hunks(&mut out, &edits(before, after));
        }
    }
    out
}

fn write_hunks(out: &mut String, edits: &[Edit<'_>]) {
    let near: Vec<bool> = (0..edits.len())
        .map(|at| {
            let from = at.saturating_sub(CONTEXT);
            let to = (at + CONTEXT + 1).min(edits.len());
            edits[from..to]
                .iter()
                .any(|edit| !matches!(edit, Edit::Same(_)))
        })
        .collect();
    let mut gap = false;
    for (edit, near) in edits.iter().zip(near) {
        if !near {
            gap = true;
            continue;
        }
        if gap {
            out.push_str("    ...\n");
            gap = false;
        }
        let (mark, line) = match edit {
            Edit::Same(line) => (' ', line),
            Edit::Gone(line) => ('-', line),
            Edit::New(line) => ('+', line),
        };
        let _ = writeln!(out, "  {mark} {line}");
    }
}

/// Longest common subsequence over lines.
fn edits<'a>(before: &'a str, after: &'a str) -> Vec<Edit<'a>> {
    let a: Vec<&str> = before.lines().collect();
    let b: Vec<&str> = after.lines().collect();
    let width = b.len() + 1;
    if (a.len() + 1).saturating_mul(width) > MAX_CELLS {
        let gone = a.into_iter().map(Edit::Gone);
        return gone.chain(b.into_iter().map(Edit::New)).collect();
    }
    let mut long = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            long[i * width + j] = if a[i] == b[j] {
                long[(i + 1) * width + j + 1] + 1
            } else {
                long[(i + 1) * width + j].max(long[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut all = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            all.push(Edit::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || (i < a.len() && long[(i + 1) * width + j] >= long[i * width + j + 1])
        {
            all.push(Edit::Gone(a[i]));
            i += 1;
        } else {
            all.push(Edit::New(b[j]));
            j += 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs
            .iter()
            .map(|(path, text)| ((*path).to_string(), (*text).to_string()))
            .collect()
    }

    #[test]
    fn equal_files_have_no_difference() {
        let same = files(&[("a", "x\ny\n")]);
        assert_eq!(diff(&same, &same), "");
    }

    #[test]
    fn changes_are_shown_with_context_and_gaps() {
        let old = files(&[("a", "1\n2\n3\n4\n5\n6\n7\n8\n"), ("gone", "x\n")]);
        let new = files(&[("a", "1\n2\n3\n4\n5\n6\nseven\n8\n"), ("new", "y\n")]);
        assert_eq!(
            diff(&old, &new),
            "~ a\n    ...\n    4\n    5\n    6\n  - 7\n  + seven\n    8\n- gone\n+ new\n"
        );
    }
}

//! Holds the room tables of ARCHITECTURE.md against the real paths in the code.
//!
//! In: the tables `rooms:core` and `rooms:server` (room, may import) and every production line of
//! those crates. Out: a finding per import that the table does not grant, per room that is not in
//! the table, and per row whose room is gone. Tests may look anywhere. Absent: dependencies
//! between crates; those are `crates`. Read next: `paths_out`, which finds the imports.

use super::source::{File, Language};
use super::table::{self, Row};
use super::{ARCHITECTURE, Finding, World};
use std::collections::BTreeSet;

/// Crates whose rooms are law: name in the marker, folder, and their own name in `use`.
const CRATES: [(&str, &str, &str); 2] = [
    ("rooms:core", "crates/core/src/", "ponte_core"),
    ("rooms:server", "crates/server/src/", "ponte"),
];

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let Some(text) = world.text(ARCHITECTURE) else {
        return vec![Finding::new(ARCHITECTURE, 1, "rooms", "is missing")];
    };
    let crates = CRATES.iter();
    crates
        .flat_map(|(marker, folder, own)| {
            let rows = table::rows(text, marker);
            let files: Vec<&File> = world
                .files
                .iter()
                .filter(|f| f.path.starts_with(folder) && f.language == Language::Rust)
                .collect();
            judge_crate(marker, &rows, &files, folder, own)
        })
        .collect()
}

fn judge_crate(
    marker: &str,
    rows: &[Row],
    files: &[&File],
    folder: &str,
    own: &str,
) -> Vec<Finding> {
    if rows.is_empty() && !files.is_empty() {
        let message = format!("has no table after <!-- tidy:{marker} -->");
        return vec![Finding::new(ARCHITECTURE, 1, "rooms", message)];
    }
    let rooms: BTreeSet<&str> = rows.iter().map(Row::name).collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|f| !f.is_all_test()) {
        let modules = modules_of(&file.path[folder.len()..]);
        let room = modules.first().map_or("", String::as_str);
        if room.is_empty() && !file.path.ends_with("main.rs") {
            continue; // lib.rs declares the rooms and belongs to none.
        }
        let room = if room.is_empty() { "main" } else { room };
        seen.insert(room.to_string());
        let Some(row) = rows.iter().find(|r| r.name() == room) else {
            let message = format!("room `{room}` is not in the table of ARCHITECTURE.md");
            found.push(Finding::new(&file.path, 1, "rooms", message));
            continue;
        };
        let may = row.cell(1);
        if may.iter().any(|m| m == "*") {
            continue;
        }
        for (line, target) in paths_out(file, modules.len(), own) {
            let granted = target == room || may.contains(&target);
            if rooms.contains(target.as_str()) && !granted && !file.is_test_line(line) {
                let message = format!("room `{room}` may not import `{target}`");
                found.push(Finding::new(&file.path, line, "rooms", message));
            }
        }
    }
    for row in rows.iter().filter(|r| !seen.contains(r.name())) {
        let message = format!("room `{}` of {marker} has no code", row.name());
        found.push(Finding::new(ARCHITECTURE, row.line, "rooms", message));
    }
    found
}

/// `api/messages/list.rs` → `[api, messages, list]`; `lib.rs` and `main.rs` → `[]`.
fn modules_of(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path
        .trim_end_matches(".rs")
        .split('/')
        .map(String::from)
        .collect();
    if matches!(
        parts.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        parts.pop();
    }
    parts
}

/// The rooms that a file names, with the line: `crate::room`, `ponte::room`, and `super` chains
/// that reach the crate's root, also in groups (`crate::{a, b::c}`).
fn paths_out(file: &File, depth: usize, own: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let roots = ["crate".to_string(), own.to_string(), supers(depth)];
    for root in roots.iter().filter(|r| !r.is_empty()) {
        let needle = format!("{root}::");
        for (at, _) in file.code.match_indices(&needle) {
            let before = file.code[..at].bytes().next_back().unwrap_or(b' ');
            if before.is_ascii_alphanumeric() || before == b'_' || before == b':' {
                continue;
            }
            let line = file.line_of(at);
            let targets = targets(&file.code[at + needle.len()..]);
            found.extend(targets.into_iter().map(|t| (line, t)));
        }
    }
    found
}

/// As many `super::` as lead from a module of this depth to the crate's root.
fn supers(depth: usize) -> String {
    vec!["super"; depth].join("::")
}

/// The first names after a root: one, or each of a group's.
fn targets(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return first_word(rest).into_iter().collect();
    };
    let mut depth = 1usize;
    let mut names = Vec::new();
    let mut fresh = true;
    for (at, ch) in group.char_indices() {
        match ch {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            _ if fresh && depth == 1 && !ch.is_whitespace() => {
                fresh = false;
                names.extend(first_word(&group[at..]));
            }
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_string())
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    const DOC: &str = "<!-- tidy:rooms:core -->\n| room | may import |\n|---|---|\n| `ids` | |\n| `step` | `ids` |\n\n<!-- tidy:rooms:server -->\n| room | may import |\n|---|---|\n| `api` | `env` |\n| `boot` | `*` |\n| `env` | |\n| `sender` | `env` |\n";

    fn with(path: &str, text: &str) -> Vec<String> {
        let mut files = vec![
            ("ARCHITECTURE.md", DOC),
            ("crates/core/src/ids.rs", ""),
            ("crates/core/src/step.rs", "use crate::ids::A;"),
            ("crates/server/src/api/mod.rs", ""),
            ("crates/server/src/boot.rs", "use crate::{api, sender};"),
            ("crates/server/src/env.rs", ""),
            ("crates/server/src/sender.rs", ""),
        ];
        files.push((path, text));
        let found = judge(check, &files);
        found
            .into_iter()
            .map(|f| format!("{}:{} {}", f.path, f.line, f.message))
            .collect()
    }

    #[test]
    fn granted_imports_pass_and_tests_may_look_anywhere() {
        let fine = "use crate::env::Clock;\n#[cfg(test)]\nmod tests { use crate::sender::X; }\n";
        assert_eq!(with("crates/server/src/api/list.rs", fine), [""; 0]);
    }

    #[test]
    fn an_import_that_is_not_granted_is_found_however_it_is_written() {
        for text in [
            "use crate::sender::Pace;",
            "use crate::{env::Clock, sender::{Pace, Lane}};",
            "fn f() { crate::sender::go() }",
            "use super::super::sender::Pace;",
            "use ponte::sender::Pace;",
        ] {
            let found = with("crates/server/src/api/list.rs", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("`api` may not import `sender`"));
        }
    }

    #[test]
    fn a_comment_or_string_is_no_import() {
        let text = "// crate::sender\nconst A: &str = \"crate::sender\";";
        assert_eq!(with("crates/server/src/api/list.rs", text), [""; 0]);
    }

    #[test]
    fn an_unknown_room_and_an_empty_row_are_found() {
        let found = with("crates/server/src/attic.rs", "");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`attic` is not in the table"));
        let bare = judge(check, &[("ARCHITECTURE.md", DOC)]);
        assert!(bare.iter().any(|f| f.message.contains("has no code")));
    }

    #[test]
    fn a_missing_table_is_found() {
        let files = [("ARCHITECTURE.md", "#"), ("crates/core/src/ids.rs", "")];
        assert!(judge(check, &files)[0].message.contains("has no table"));
    }
}

//! Holds the room tables of ARCHITECTURE.md against the real paths in the code.
//!
//! In: the tables `rooms:core` and `rooms:server` (rooms, may import) and every production line of
//! those crates. Rooms that share a row may import each other; a word like `@types` in front names
//! the row, so that other rows can grant it whole; `*` grants everything. Out: a finding per import that the table does not grant, per room that is not in
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

/// A row of the table: its rooms, and all that they may import.
struct Grant {
    line: usize,
    rooms: BTreeSet<String>,
    may: BTreeSet<String>,
}

fn grants(rows: &[Row]) -> Vec<Grant> {
    let rooms_of = |row: &Row| -> BTreeSet<String> {
        let names = row.cell(0).iter().filter(|w| !w.starts_with('@'));
        names.cloned().collect()
    };
    let expand = |word: &String| -> BTreeSet<String> {
        let named = rows
            .iter()
            .find(|r| word.starts_with('@') && r.name() == word);
        named.map_or_else(|| BTreeSet::from([word.clone()]), rooms_of)
    };
    let grants = rows.iter().map(|row| {
        let rooms = rooms_of(row);
        let mut may: BTreeSet<String> = row.cell(1).iter().flat_map(expand).collect();
        may.extend(rooms.iter().cloned());
        Grant {
            line: row.line,
            rooms,
            may,
        }
    });
    grants.collect()
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
    let grants = grants(rows);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|f| !f.is_all_test()) {
        let modules = modules_of(&file.path[folder.len()..]);
        if modules.is_empty() && !file.path.ends_with("main.rs") {
            continue; // lib.rs declares the rooms and belongs to none.
        }
        let room = modules.first().map_or("main", String::as_str);
        seen.insert(room.to_string());
        let Some(grant) = grants.iter().find(|g| g.rooms.contains(room)) else {
            let message = format!("room `{room}` is not in the table of ARCHITECTURE.md");
            found.push(Finding::new(&file.path, 1, "rooms", message));
            continue;
        };
        let known = |target: &String| grants.iter().any(|g| g.rooms.contains(target));
        for (line, target) in paths_out(file, modules.len(), own) {
            let granted = grant.may.contains("*") || grant.may.contains(&target);
            if !granted && known(&target) && !file.is_test_line(line) {
                let message = format!("room `{room}` may not import `{target}`");
                found.push(Finding::new(&file.path, line, "rooms", message));
            }
        }
    }
    for grant in &grants {
        for room in grant.rooms.difference(&seen) {
            let message = format!("room `{room}` of {marker} has no code");
            found.push(Finding::new(ARCHITECTURE, grant.line, "rooms", message));
        }
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
    fn rooms_of_one_row_may_meet_and_a_named_row_is_granted_whole() {
        let doc = "<!-- tidy:rooms:core -->\n| room | may |\n|---|---|\n| `@types` `ids`, `time` | |\n| `step` | `@types` |\n";
        let with = |step: &'static str, time: &'static str| {
            let files = [
                ("ARCHITECTURE.md", doc),
                ("crates/core/src/ids.rs", ""),
                ("crates/core/src/time.rs", time),
                ("crates/core/src/step.rs", step),
            ];
            judge(check, &files).len()
        };
        assert_eq!(
            with("use crate::{ids::A, time::B};", "use crate::ids::A;"),
            0
        );
        assert_eq!(with("", "use crate::step::A;"), 1);
    }

    #[test]
    fn a_missing_table_is_found() {
        let files = [("ARCHITECTURE.md", "#"), ("crates/core/src/ids.rs", "")];
        assert!(judge(check, &files)[0].message.contains("has no table"));
    }
}

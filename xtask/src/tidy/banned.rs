//! Words and calls that may not stand in the repository.
//!
//! In: every text file. Out: a finding per occurrence. Code words are looked for in code only
//! (`#[allow(` in a string is fine), notes and machine paths everywhere. Absent: what clippy
//! already denies with better eyes (`unwrap`, clocks, hash maps in core).
//! Read next: `deny.toml` for crates that may not be linked.

use super::source::{File, Language};
use super::{Finding, World};

/// In code, never in comments or strings; with what to do instead.
const CODE: [(&str, &str); 7] = [
    ("#[allow(", "use #[expect(…, reason = …)]"),
    ("#![allow(", "use #![expect(…, reason = …)]"),
    ("todo!(", "finish it or leave it out"),
    ("unimplemented!(", "finish it or leave it out"),
    ("dbg!(", "remove it"),
    ("reqwest::", "see docs/decisions/0004"),
    ("unsafe {", "forbidden in this workspace"),
];

/// Anywhere in text that people wrote. Written in halves so that this file does not name them.
const ANYWHERE: [(&str, &str, &str); 8] = [
    ("TO", "DO", "open an issue instead"),
    ("FIX", "ME", "fix it or open an issue"),
    ("XX", "X:", "fix it or open an issue"),
    ("/ro", "ot/", "a path of one machine"),
    ("/ho", "me/", "a path of one machine"),
    ("/Us", "ers/", "a path of one machine"),
    ("../sh", "ared", "a path outside the repository"),
    ("/wo", "rk/", "a path of one machine"),
];

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let files = world.files.iter();
    files
        .flat_map(|file| {
            let mut found = code_words(file);
            found.extend(anywhere(file));
            found.extend(registries(file));
            found
        })
        .collect()
}

fn code_words(file: &File) -> Vec<Finding> {
    if file.language != Language::Rust {
        return Vec::new();
    }
    let words = CODE.iter().flat_map(|(word, instead)| {
        let hits = file.code.match_indices(word);
        hits.map(move |(at, _)| {
            let line = file.line_of(at);
            Finding::new(&file.path, line, "banned", format!("`{word}`: {instead}"))
        })
    });
    words.collect()
}

fn anywhere(file: &File) -> Vec<Finding> {
    if is_made_by_machine(&file.path) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (head, tail, why) in ANYWHERE {
        let word = format!("{head}{tail}");
        for (at, _) in file.text.match_indices(&word) {
            if stands_alone(&file.text, at, &word) {
                let line = file.line_of(at);
                found.push(Finding::new(
                    &file.path,
                    line,
                    "banned",
                    format!("`{word}`: {why}"),
                ));
            }
        }
    }
    found
}

/// Lock files and bodies as providers send them are not our words.
fn is_made_by_machine(path: &str) -> bool {
    let lock = path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
    lock || path.contains("/corpus/")
}

/// Words must not be part of a longer word (Portuguese has "TODOS").
fn stands_alone(text: &str, at: usize, word: &str) -> bool {
    let letter = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let before = text[..at].bytes().next_back();
    let after = text[at + word.len()..].bytes().next();
    let path = word.starts_with('/');
    let head = if path {
        letter(before) || before == Some(b'/')
    } else {
        letter(before)
    };
    !head && (path || !letter(after))
}

/// Packages come by name from the registry that each client is set up with: nothing of ours names
/// one, and a lock file has one source for all that it did not find in the checkout.
fn registries(file: &File) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let mark = match name {
        "package-lock.json" => "\"resolved\": \"http",
        "Cargo.lock" => "source = \"registry",
        ".npmrc" | "config.toml" => "registry",
        _ => return Vec::new(),
    };
    let named = |line: &&str| line.contains(mark);
    let usual = match name {
        "Cargo.lock" => file.text.lines().find(named),
        _ => None,
    };
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| named(line) && usual != Some(*line))
        .map(|(at, _)| {
            let message = "names a registry, or another one than the rest of the file";
            Finding::new(&file.path, at + 1, "banned", message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    fn with(path: &str, text: &str) -> usize {
        judge(check, &[(path, text)]).len()
    }

    #[test]
    fn banned_calls_are_found_in_code_only() {
        assert_eq!(with("a.rs", "#[allow(dead_code)]\nfn a() { todo!() }"), 2);
        assert_eq!(
            with("a.rs", "const A: &str = \"#[allow(x)]\"; // dbg!(a)"),
            0
        );
    }

    #[test]
    fn notes_to_self_are_found_anywhere_and_portuguese_is_left_alone() {
        let note = format!("# {}{}: later", "TO", "DO");
        assert_eq!(with("a.md", &note), 1);
        assert_eq!(with("a.md", "PARA TODOS, METODO"), 0);
    }

    #[test]
    fn machine_paths_are_found_and_addresses_are_not() {
        let path = format!("see {}{}me/x", "/ho", "me/");
        assert_eq!(with("a.md", &path), 1);
        assert_eq!(with("a.md", "GET https://example.test/api/home/x"), 0);
    }

    #[test]
    fn nothing_names_a_registry_and_a_lock_file_has_one() {
        let link = "\"resolved\": \"https://mirror.test/a\"";
        assert_eq!(with("package-lock.json", link), 1);
        assert_eq!(with("package-lock.json", "\"version\": \"1.0.0\""), 0);
        assert_eq!(with(".npmrc", "registry=https://mirror.test/"), 1);
        let (one, two) = ("source = \"registry+a\"", "source = \"registry+b\"");
        assert_eq!(with("Cargo.lock", &format!("{one}\n{one}")), 0);
        assert_eq!(with("Cargo.lock", &format!("{one}\n{two}\n{one}")), 1);
    }
}

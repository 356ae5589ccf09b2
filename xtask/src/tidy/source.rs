//! What tidy looks at: every text file that git knows or would add, read once.
//!
//! In: the repository's folder. Out: [`File`]s with path, text, scrubbed code, language, and which
//! lines are tests (whole files under `tests/`, `fuzz/` or `examples/` or named `*tests.rs`, and `#[cfg(test)]` items).
//! Absent: rules; each rule has its own file beside this one.
//! Read next: `sizes`, the simplest rule.

use super::scrub::scrub;
use std::path::Path;
use std::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Script,
    Other,
}

/// One file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The code alone, as long as `text`; empty for other languages.
    pub(crate) code: String,
    pub(crate) language: Language,
    /// For each line, whether it is test code.
    pub(crate) test_lines: Vec<bool>,
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> File {
        let language = match path.rsplit('.').next() {
            Some("rs") => Language::Rust,
            Some("ts" | "tsx" | "js" | "mjs") => Language::Script,
            _ => Language::Other,
        };
        let code = match language {
            Language::Rust | Language::Script => scrub(text, language == Language::Script),
            Language::Other => String::new(),
        };
        let all_test = is_test_path(path);
        let mut test_lines = vec![all_test; text.lines().count()];
        if !all_test && language == Language::Rust {
            for (from, to) in test_items(&code) {
                test_lines[from..to].fill(true);
            }
        }
        File {
            path: path.into(),
            text: text.into(),
            code,
            language,
            test_lines,
        }
    }

    /// All lines that are not tests.
    pub(crate) fn production_size(&self) -> usize {
        self.test_lines.iter().filter(|t| !**t).count()
    }

    pub(crate) fn is_all_test(&self) -> bool {
        is_test_path(&self.path)
    }

    /// Lines that hold code, as (production, test): blank lines and comments don't count.
    pub(crate) fn code_lines(&self) -> (usize, usize) {
        let counted = self.code.lines().zip(&self.test_lines);
        counted.fold((0, 0), |(prod, test), (line, is_test)| {
            match (line.trim().is_empty(), is_test) {
                (true, _) => (prod, test),
                (false, true) => (prod, test + 1),
                (false, false) => (prod + 1, test),
            }
        })
    }

    /// The line, from 1, in which a byte offset lies.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    }

    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        self.test_lines.get(line - 1).copied().unwrap_or(false)
    }
}

fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/')
        .any(|part| matches!(part, "tests" | "fuzz" | "examples"))
        || name.ends_with("tests.rs")
        || name.contains(".test.")
}

/// The line ranges (from 0, end exclusive) of items under `#[cfg(test)]`.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = code[from..].find("#[cfg(test)]") {
        let start = from + at;
        let end = item_end(code, start);
        found.push((line_index(code, start), line_index(code, end) + 1));
        from = end;
    }
    found
}

fn line_index(code: &str, offset: usize) -> usize {
    code[..offset.min(code.len())].matches('\n').count()
}

/// The last byte of the item that begins at `start`: its closing brace, or its semicolon.
fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// Reads every text file that git tracks or would track; in a plain copy without git, every text
/// file outside the folders that a build makes.
pub(crate) fn read_all(root: &Path) -> Result<Vec<File>, String> {
    let mut paths = match listed(root) {
        Some(paths) => paths,
        None => walked(root, "").map_err(|e| format!("{}: {e}", root.display()))?,
    };
    paths.sort();
    paths.dedup();
    // A path that is gone (deleted and not committed yet) or not UTF-8 has no text to judge.
    Ok(paths
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(root.join(path)).ok()?;
            Some(File::new(path, &text))
        })
        .collect())
}

/// What git lists, where this is the top of a checkout.
fn listed(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let listed = Command::new("git")
        .current_dir(root)
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let paths = text.split('\0').filter(|p| !p.is_empty());
    listed
        .status
        .success()
        .then(|| paths.map(String::from).collect())
}

/// Folders that builds, package managers and demos make.
const MADE: [&str; 6] = [
    ".git",
    "target",
    "node_modules",
    "data",
    "demo-data",
    "pictures",
];

fn walked(root: &Path, below: &str) -> std::io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type()?;
        if kind.is_file() {
            paths.push(path);
        } else if kind.is_dir() && !MADE.contains(&name.as_str()) {
            paths.extend(walked(root, &path)?);
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";

    #[test]
    fn a_test_module_is_not_production() {
        let file = File::new("crates/x/src/a.rs", SOURCE);
        assert_eq!(file.production_size(), 3);
        assert_eq!(file.code_lines(), (2, 4));
        assert!(file.is_test_line(5) && !file.is_test_line(7));
    }

    #[test]
    fn a_cfg_test_import_ends_at_its_semicolon() {
        let file = File::new("src/a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n");
        assert_eq!(file.test_lines, [true, true, false]);
    }

    #[test]
    fn files_of_tests_are_all_test() {
        assert!(File::new("crates/x/tests/it/main.rs", "fn a() {}").is_all_test());
        assert!(File::new("crates/x/src/ledger_tests.rs", "fn a() {}").is_all_test());
        assert!(!File::new("crates/x/src/attests/a.rs", "fn a() {}").is_all_test());
    }

    #[test]
    fn offsets_become_lines() {
        let file = File::new("src/a.rs", "a\nbc\n");
        assert_eq!((file.line_of(0), file.line_of(3)), (1, 2));
    }
}

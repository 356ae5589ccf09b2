//! Test data that no test reads.
//!
//! In: files under `testdata/`, `stories/`, `golden/` and `corpus/`. Out: a finding for a file when
//! neither its name nor a folder above it (below its crate) is named in any source. A folder that
//! is read whole keeps all its files alive; its reader must fail on files it can't read.
//! Absent: dead code; the compiler finds that.

use super::source::{File, Language};
use super::{Finding, World};

const FOLDERS: [&str; 5] = ["testdata", "stories", "golden", "corpus", "fixtures"];

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let sources: Vec<&File> = world
        .files
        .iter()
        .filter(|f| f.language != Language::Other || f.path.ends_with("Makefile"))
        .collect();
    let data = world.files.iter().filter(|f| is_data(&f.path));
    data.filter(|file| !is_named(&file.path, &sources))
        .map(|file| {
            let message = "no source names this file or its folder";
            Finding::new(&file.path, 1, "dead", message)
        })
        .collect()
}

fn is_data(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let source = path.ends_with(".rs") || path.ends_with(".md");
    parts.pop();
    !source && parts.iter().any(|part| FOLDERS.contains(part))
}

/// Looked for as the file's name, its stem, or a folder's name within quotes.
fn is_named(path: &str, sources: &[&File]) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let name = parts[parts.len() - 1];
    let stem = name.split('.').next().unwrap_or(name);
    let first = parts.iter().position(|p| FOLDERS.contains(p)).unwrap_or(0);
    let folders = &parts[first..parts.len() - 1];
    sources.iter().any(|source| {
        let text = &source.text;
        text.contains(name)
            || text.contains(&format!("\"{stem}\""))
            || folders.iter().any(|f| quotes_folder(text, f))
    })
}

/// `"stories"`, `"tests/stories"` or `"stories/"`, with or without what comes after the slash.
fn quotes_folder(text: &str, folder: &str) -> bool {
    [
        format!("\"{folder}\""),
        format!("/{folder}\""),
        format!("\"{folder}/"),
        format!("/{folder}/"),
    ]
    .iter()
    .any(|shape| text.contains(shape))
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    #[test]
    fn data_that_is_named_or_lies_in_a_named_folder_lives() {
        let files = [
            ("crates/a/testdata/x.json", "{}"),
            ("crates/a/stories/y.json", "{}"),
            (
                "crates/a/tests/it/main.rs",
                "include_str!(\"x.json\"); read_dir(\"stories\")",
            ),
        ];
        assert_eq!(judge(check, &files), []);
    }

    #[test]
    fn data_that_nobody_names_is_found() {
        let files = [
            ("crates/a/testdata/x.json", "{}"),
            ("crates/a/src/lib.rs", "fn a() {}"),
        ];
        assert_eq!(judge(check, &files)[0].path, "crates/a/testdata/x.json");
    }
}

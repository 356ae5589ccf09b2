//! `cargo xtask generate`: files that the binary writes itself, committed so that people can read
//! them and editors can use them; `--check` fails when one is not what the binary says today.
//!
//! In: the `ponte` binary's own commands. Out: `schemas/`. Absent: knowledge of any format; whatever
//! the commands write is taken. Read next: CONTRIBUTING.md, "Changes".

use crate::process::{self, Folder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail when a file is not current
    #[arg(long)]
    check: bool,
    /// The binary to ask; built first when not given
    #[arg(long)]
    bin: Option<PathBuf>,
}

/// A command that writes its files into the folder given as last argument, and where they belong.
const COMMANDS: [(&[&str], &str); 1] = [(&["schema", "--out"], "schemas")];

pub(crate) fn run(root: &Path, options: &Options) -> Result<bool, String> {
    let program = match &options.bin {
        Some(program) => program.clone(),
        None => process::build(root, false, &["ponte"])?.join("ponte"),
    };
    let mut passed = 0;
    let mut failed = 0;
    for (arguments, place) in COMMANDS {
        let fresh = Folder::new(&std::env::temp_dir(), "ponte-generate")?;
        let output = Command::new(&program)
            .args(arguments)
            .arg(&fresh.0)
            .output()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("ponte {arguments:?}: {why}"));
        }
        let place = root.join(place);
        let (new, old) = (read(&fresh.0)?, read(&place)?);
        let differing = differing(&old, &new);
        passed += new.len() - differing.iter().filter(|n| new.contains_key(*n)).count();
        if options.check {
            for name in &differing {
                println!(
                    "{}/{name} is not current: run `cargo xtask generate`",
                    place.display()
                );
            }
            failed += differing.len();
        } else {
            write(&place, &old, &new)?;
            passed += differing.len();
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// Names that are missing, left over or different.
fn differing(old: &BTreeMap<String, Vec<u8>>, new: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = old
        .keys()
        .chain(new.keys().filter(|n| !old.contains_key(*n)));
    names
        .filter(|n| old.get(*n) != new.get(*n))
        .cloned()
        .collect()
}

fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(BTreeMap::new()); // Nothing generated yet.
    };
    let files = entries
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "json"));
    files
        .map(|entry| {
            let text = std::fs::read(entry.path()).map_err(|e| e.to_string())?;
            Ok((entry.file_name().to_string_lossy().into_owned(), text))
        })
        .collect()
}

fn write(
    place: &Path,
    old: &BTreeMap<String, Vec<u8>>,
    new: &BTreeMap<String, Vec<u8>>,
) -> Result<(), String> {
    std::fs::create_dir_all(place).map_err(|e| e.to_string())?;
    for (name, text) in new {
        std::fs::write(place.join(name), text).map_err(|e| e.to_string())?;
    }
    for name in old.keys().filter(|n| !new.contains_key(*n)) {
        std::fs::remove_file(place.join(name)).map_err(|e| e.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(named: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        let owned = named
            .iter()
            .map(|(n, t)| (n.to_string(), t.as_bytes().to_vec()));
        owned.collect()
    }

    #[test]
    fn missing_changed_and_left_over_files_are_told() {
        let old = files(&[("a.json", "1"), ("b.json", "1"), ("c.json", "1")]);
        let new = files(&[("a.json", "1"), ("b.json", "2"), ("d.json", "1")]);
        assert_eq!(differing(&old, &new), ["b.json", "c.json", "d.json"]);
        assert!(differing(&new, &new).is_empty());
    }

    #[test]
    fn writing_makes_the_folder_what_it_should_be() {
        let folder = Folder::new(&std::env::temp_dir(), "ponte-generate-test").unwrap();
        let (old, new) = (files(&[("a.json", "1")]), files(&[("b.json", "2")]));
        write(&folder.0, &BTreeMap::new(), &old).unwrap();
        write(&folder.0, &old, &new).unwrap();
        assert_eq!(read(&folder.0).unwrap(), new);
    }
}

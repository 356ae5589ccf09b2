//! Old excess, written down: it may shrink, it may not grow, and what has shrunk is written down.
//!
//! In and out: `xtask/tidy-ratchet.toml`. A file or function listed there may be as long as it was;
//! `central` names the few matches that are long by nature, with a limit and the reason. Out: a
//! finding where the list allows more than is needed (`cargo xtask tidy --lower` lowers it).
//! Absent: adding entries by machine; a person adds one by hand, in a reviewed change.

use super::source::File;
use super::{Finding, RATCHET, World, functions, sizes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ratchet {
    pub(crate) whole: Whole,
    /// Lines without tests of files over their limit.
    pub(crate) file_lines: BTreeMap<String, usize>,
    /// `path::function` = lines, for functions over theirs.
    pub(crate) function_lines: BTreeMap<String, usize>,
    /// `path::function` that may be long by nature.
    pub(crate) central: BTreeMap<String, Central>,
}

/// Figures of the whole repository; absent: the limit itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Whole {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rust_median: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rust_p90: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) script_p90: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) test_percent: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Central {
    pub(crate) lines: usize,
    pub(crate) reason: String,
}

const HEAD: &str = "# Old excess: may shrink, may not grow. `cargo xtask tidy --lower` writes down what has shrunk;\n# entries are added by hand, with a reason in the commit. See xtask/src/tidy/ratchet.rs.\n\n";

impl Ratchet {
    pub(crate) fn read(path: &Path) -> Result<Ratchet, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let text = toml::to_string(self).map_err(|e| e.to_string())?;
        std::fs::write(path, format!("{HEAD}{text}")).map_err(|e| e.to_string())
    }

    /// The same with every entry as low as the code allows, and entries nobody needs gone.
    pub(crate) fn lowered(&self, files: &[File]) -> Ratchet {
        let (file_now, function_now) = excess(files);
        let lower = |held: &BTreeMap<String, usize>, now: &BTreeMap<String, usize>| {
            held.iter()
                .filter_map(|(key, max)| Some((key.clone(), (*now.get(key)?).min(*max))))
                .collect()
        };
        let now = sizes::figures(files);
        let best = self
            .whole
            .test_percent
            .map(|held| held.max(now.test_percent.min(80)));
        Ratchet {
            whole: Whole {
                rust_median: self.whole.rust_median.map(|h| h.min(now.rust_median)),
                rust_p90: self.whole.rust_p90.map(|h| h.min(now.rust_p90)),
                script_p90: self.whole.script_p90.map(|h| h.min(now.script_p90)),
                test_percent: best,
            },
            file_lines: lower(&self.file_lines, &file_now),
            function_lines: lower(&self.function_lines, &function_now),
            central: self.central.clone(),
        }
    }
}

/// What is over its limit now, as (files, functions).
fn excess(files: &[File]) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let mut long_files = BTreeMap::new();
    let mut long_functions = BTreeMap::new();
    for file in files {
        let is = file.production_size();
        if sizes::limit_of(file).is_some_and(|limit| is > limit) {
            long_files.insert(file.path.clone(), is);
        }
        for function in functions::long_ones(file) {
            let key = format!("{}::{}", file.path, function.name);
            long_functions.insert(key, function.lines);
        }
    }
    (long_files, long_functions)
}

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let held = world.ratchet;
    let low = held.lowered(world.files);
    let mut found = Vec::new();
    let mut slack = |key: &str| {
        let message = format!("{key} allows more than is needed: run `cargo xtask tidy --lower`");
        found.push(Finding::new(RATCHET, 1, "ratchet", message));
    };
    for (key, _) in held
        .file_lines
        .iter()
        .filter(|(k, v)| low.file_lines.get(*k) != Some(*v))
    {
        slack(key);
    }
    let functions = held.function_lines.iter();
    for (key, _) in functions.filter(|(k, v)| low.function_lines.get(*k) != Some(*v)) {
        slack(key);
    }
    for (key, central) in &held.central {
        if central.reason.len() < 10 {
            let message = format!("{key} is called central without a reason");
            found.push(Finding::new(RATCHET, 1, "ratchet", message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::planted;
    use super::*;

    fn held(lines: usize) -> Ratchet {
        let mut ratchet = Ratchet::default();
        ratchet.file_lines.insert("a.rs".into(), lines);
        ratchet
    }

    fn findings(files: &[File], ratchet: &Ratchet) -> (usize, usize) {
        let world = World { files, ratchet };
        let over = sizes::check(&world);
        let over = over.iter().filter(|f| f.path == "a.rs").count();
        (over, check(&world).len())
    }

    #[test]
    fn old_excess_may_stay_may_not_grow_and_must_be_lowered_when_it_shrinks() {
        let files = planted(&[("a.rs", &"//\n".repeat(650))]);
        assert_eq!(findings(&files, &held(650)), (0, 0));
        assert_eq!(findings(&files, &held(640)), (1, 0));
        assert_eq!(findings(&files, &held(700)), (0, 1));
        assert_eq!(held(700).lowered(&files), held(650));
    }

    #[test]
    fn an_entry_that_nobody_needs_goes() {
        let files = planted(&[("a.rs", "fn a() {}\n")]);
        assert_eq!(findings(&files, &held(650)), (0, 1));
        assert!(held(650).lowered(&files).file_lines.is_empty());
    }

    #[test]
    fn a_central_match_needs_a_reason() {
        let mut ratchet = Ratchet::default();
        let central = Central {
            lines: 120,
            reason: String::new(),
        };
        ratchet.central.insert("a.rs::step".into(), central);
        assert_eq!(findings(&[], &ratchet), (0, 1));
    }

    #[test]
    fn it_is_read_back_as_written() {
        let mut ratchet = held(650);
        ratchet.whole.test_percent = Some(70);
        let text = toml::to_string(&ratchet).unwrap();
        assert_eq!(toml::from_str::<Ratchet>(&text).unwrap(), ratchet);
        assert!(toml::from_str::<Ratchet>("[file_lined]\n").is_err());
    }
}

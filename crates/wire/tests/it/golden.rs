//! Compares a value with the file that a person has read and agreed to.
//!
//! In: a path below `testdata` and a value. Out: nothing, or a failure that shows both. With
//! `UPDATE=1` the file is written instead, and the person reads the diff. Absent: the making of values.

use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Fails, or rewrites the file, when the value isn't the one in the file.
pub(crate) fn check(path: &Path, got: &Value) {
    if std::env::var_os("UPDATE").is_some() {
        let text = serde_json::to_string_pretty(&sorted(got)).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        return std::fs::write(path, text + "\n").unwrap();
    }
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|_| panic!("{} is missing: run with UPDATE=1", path.display()));
    let want: Value = serde_json::from_str(&text).unwrap();
    let shown = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    assert!(
        want == *got,
        "{} differs\nwant {}\ngot {}",
        path.display(),
        shown(&want),
        shown(got)
    );
}

/// Every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Keys in order, whichever map `serde_json` was built with.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            let pairs = pairs.into_iter();
            Value::Object(
                pairs
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

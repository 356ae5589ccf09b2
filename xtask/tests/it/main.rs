//! The tools as people run them: the built `xtask` on a small planted repository.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't set its stage has failed"
)]

mod generate;
mod limit;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A repository of its own, gone when dropped.
pub(crate) struct Repository(PathBuf);

impl Repository {
    /// The least that tidy is content with.
    pub(crate) fn new(name: &str) -> Repository {
        let path = std::env::temp_dir().join(format!("ponte-xtask-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let repository = Repository(path);
        for (path, text) in PLANTED {
            repository.write(path, text);
        }
        let git = Command::new("git")
            .arg("init")
            .arg("--quiet")
            .current_dir(&repository.0)
            .status();
        assert!(git.unwrap().success());
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).unwrap()
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).arg("--root").arg(&self.0);
        command.output().unwrap()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const OPENING: &str =
    "//! Keeps nothing and decides nothing; it stands here so that a room has code.\n";
const LIB: &str = "//! A crate of the planted repository, with just enough words to be let through.\n\npub mod ids;\n";
const IDS: &str = "//! Keeps nothing and decides nothing; it stands here so that a room has code.\n\n#[test]\nfn a() {}\n";
const ARCHITECTURE: &str = "<!-- tidy:crates -->\n| crate | ours | others |\n|---|---|---|\n| `ponte-core` | | `serde` |\n\n<!-- tidy:rooms:core -->\n| room | may import |\n|---|---|\n| `ids` | |\n| `step` | `ids` |\n";
const MANIFEST: &str = "[package]\nname = \"ponte-core\"\n\n[lints]\nworkspace = true\n\n[dependencies]\nserde = \"1\"\n";
const STEP_TESTS: &str = "//! Tests of the step.\n\nfn a() {}\nfn b() {}\nfn c() {}\nfn d() {}\n";

const PLANTED: [(&str, &str); 7] = [
    ("ARCHITECTURE.md", ARCHITECTURE),
    ("crates/core/Cargo.toml", MANIFEST),
    ("crates/core/src/lib.rs", LIB),
    ("crates/core/src/ids.rs", IDS),
    ("crates/core/src/step.rs", OPENING),
    ("crates/core/src/step_tests.rs", STEP_TESTS),
    ("xtask/tidy-ratchet.toml", ""),
];

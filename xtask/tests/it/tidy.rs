//! `xtask tidy` from the outside: what it prints and how it exits.

use super::{Repository, said};

#[test]
fn a_tidy_repository_passes() {
    let repository = Repository::new("tidy-passes");
    let output = repository.xtask(&["tidy"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).ends_with("8 passed, 0 failed\n"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_forbidden_import_fails_with_file_and_line() {
    let repository = Repository::new("tidy-import");
    let text = "//! Keeps nothing and decides nothing, and looks where it may not look.\nuse crate::step::Step;\n";
    repository.write("crates/core/src/ids.rs", text);
    let output = repository.xtask(&["tidy"]);
    assert_eq!(output.status.code(), Some(1));
    let line = "crates/core/src/ids.rs:2: [rooms] room `ids` may not import `step`";
    assert!(said(&output).contains(line), "{}", said(&output));
    assert!(said(&output).ends_with("7 passed, 1 failed\n"));
}

#[test]
fn files_that_git_ignores_are_not_judged() {
    let repository = Repository::new("tidy-ignored");
    repository.write(".gitignore", "made/\n");
    repository.write("made/a.rs", "fn a() { todo!() }");
    assert!(repository.xtask(&["tidy"]).status.success());
    repository.write("crates/core/src/b.rs", "fn a() { todo!() }");
    assert_eq!(repository.xtask(&["tidy"]).status.code(), Some(1));
}

#[test]
fn json_carries_the_same_findings() {
    let repository = Repository::new("tidy-json");
    repository.write("crates/core/src/step.rs", "fn a() {}\n");
    let output = repository.xtask(&["tidy", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
    assert_eq!(report["findings"][0]["rule"], "opening");
    assert_eq!(report["findings"][0]["path"], "crates/core/src/step.rs");
    assert_eq!(report["rules"], 8);
}

#[test]
fn lowering_writes_down_what_has_shrunk() {
    let repository = Repository::new("tidy-lower");
    let held = "[file_lines]\n\"crates/core/src/step.rs\" = 400\n";
    repository.write("xtask/tidy-ratchet.toml", held);
    let output = repository.xtask(&["tidy"]);
    assert!(said(&output).contains("allows more than is needed"));
    assert!(repository.xtask(&["tidy", "--lower"]).status.success());
    assert!(
        !repository
            .read("xtask/tidy-ratchet.toml")
            .contains("step.rs")
    );
}

#[test]
fn a_plain_copy_without_git_is_judged_too() {
    let repository = Repository::new("tidy-bare");
    std::fs::remove_dir_all(repository.path().join(".git")).unwrap();
    repository.write("target/debug/made.rs", "fn a() { todo!() }");
    let output = repository.xtask(&["tidy"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.write("crates/core/src/b.rs", "fn a() { todo!() }");
    assert_eq!(repository.xtask(&["tidy"]).status.code(), Some(1));
}

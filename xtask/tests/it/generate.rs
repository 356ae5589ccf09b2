//! `xtask generate` with a stand-in for the binary: a script that writes one schema.

use super::{Repository, said};
use std::os::unix::fs::PermissionsExt;

/// Writes into the folder that it gets as its last argument.
const SCRIPT: &str = "#!/bin/sh\nprintf '{\"a\": 1}' > \"$3/a.schema.json\"\n";

fn with_script(name: &str, script: &str) -> (Repository, String) {
    let repository = Repository::new(name);
    repository.write("ponte.sh", script);
    let program = repository.path().join("ponte.sh");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (repository, program.display().to_string())
}

#[test]
fn what_is_generated_is_current_until_somebody_edits_it() {
    let (repository, program) = with_script("generate", SCRIPT);
    let check = ["generate", "--check", "--bin", &program];
    let before = repository.xtask(&check);
    assert_eq!(before.status.code(), Some(1), "{}", said(&before));
    assert!(
        repository
            .xtask(&["generate", "--bin", &program])
            .status
            .success()
    );
    assert_eq!(repository.read("schemas/a.schema.json"), "{\"a\": 1}");
    assert!(said(&repository.xtask(&check)).ends_with("1 passed, 0 failed\n"));
    repository.write("schemas/a.schema.json", "{\"a\": 2}");
    repository.write("schemas/left-over.json", "{}");
    let after = said(&repository.xtask(&check));
    assert!(after.contains("a.schema.json is not current"), "{after}");
    assert!(after.ends_with("0 passed, 2 failed\n"), "{after}");
}

#[test]
fn a_binary_that_fails_is_told() {
    let (repository, program) = with_script("generate-fails", "#!/bin/sh\necho no >&2\nexit 2\n");
    let output = repository.xtask(&["generate", "--check", "--bin", &program]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no"));
}

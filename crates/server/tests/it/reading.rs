//! Files are read in a child process: what it says comes back, and what it does wrong costs only the child.

use ponte::reading::{Allowance, NoDocument, Reading};
use ponte_reader::{Kind, Limits, Trouble};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn reading(allowance: Allowance) -> Reading {
    Reading::new(PathBuf::from(env!("CARGO_BIN_EXE_ponte")), allowance)
}

/// A program in the child's place; committed, since a file that is written and run at once may be busy.
fn instead(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/children")
        .join(name)
}

#[tokio::test]
async fn a_file_goes_through_the_child() {
    let reading = reading(Allowance::default());
    let document = reading
        .read("# Trocas\n\nAté 7 dias.".as_bytes(), Some(Kind::Markdown))
        .await
        .unwrap();
    assert_eq!(document.title.as_deref(), Some("Trocas"));
    assert_eq!(document.sections[0].text, "Até 7 dias.");
    let trouble = reading.read(b"\x89PNG\r\n", None).await.unwrap_err();
    assert!(
        matches!(trouble, NoDocument::Trouble(Trouble::OtherKind { .. })),
        "{trouble:?}"
    );
}

#[tokio::test]
async fn a_file_over_the_limit_starts_no_child() {
    let allowance = Allowance {
        limits: Limits {
            bytes: 3,
            ..Limits::default()
        },
        ..Allowance::default()
    };
    let reading = Reading::new(PathBuf::from("/nowhere"), allowance);
    let trouble = reading.read(b"abcd", None).await.unwrap_err();
    assert!(matches!(
        trouble,
        NoDocument::Trouble(Trouble::TooLarge { limit_bytes: 3 })
    ));
    let trouble = reading.read(b"abc", None).await.unwrap_err();
    assert!(matches!(trouble, NoDocument::Machine(_)));
}

#[tokio::test]
async fn a_child_that_takes_too_much_memory_is_lost_alone() {
    let allowance = Allowance {
        memory_bytes: 96 << 20,
        limits: Limits {
            cells: usize::MAX,
            ..Limits::default()
        },
        ..Allowance::default()
    };
    // Cells of a table are held until it ends.
    let file = "a;b;c\n".repeat(4_000_000);
    let trouble = reading(allowance)
        .read(file.as_bytes(), Some(Kind::Csv))
        .await
        .unwrap_err();
    assert!(matches!(trouble, NoDocument::Ended), "{trouble:?}");
}

/// Whether a process runs that was started with this limit among its arguments.
fn runs_with(limit: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .any(|line| line.contains("loop.sh") && line.contains(limit))
}

#[tokio::test]
async fn a_child_that_never_ends_is_killed() {
    let pages = usize::try_from(std::process::id()).unwrap();
    let allowance = Allowance {
        time: Duration::from_secs(2),
        limits: Limits {
            pages,
            ..Limits::default()
        },
        ..Allowance::default()
    };
    let limit = format!("\"pages\":{pages},");
    let reading = Reading::new(instead("loop.sh"), allowance);
    let work = tokio::spawn(async move { reading.read(b"x", None).await.unwrap_err() });
    while !runs_with(&limit) && !work.is_finished() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let trouble = work.await.unwrap();
    assert!(
        matches!(trouble, NoDocument::TooSlow { limit_seconds: 2 }),
        "{trouble:?}"
    );
    // A dead process has no arguments, reaped or not.
    while runs_with(&limit) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_child_that_talks_without_end_is_cut_off() {
    let allowance = Allowance {
        limits: Limits {
            text_bytes: 1_000,
            ..Limits::default()
        },
        ..Allowance::default()
    };
    let trouble = Reading::new(instead("talk.sh"), allowance)
        .read(b"x", None)
        .await
        .unwrap_err();
    assert!(matches!(trouble, NoDocument::Ended), "{trouble:?}");
}

#[tokio::test]
async fn the_child_sees_no_variables() {
    let reading = Reading::new(instead("variables.sh"), Allowance::default());
    let document = reading.read(b"x", None).await.unwrap();
    assert_eq!(document.title.as_deref(), Some("0"));
}

//! Tells a database file that was put back, or carried here, by hand from the one that ran here last.
//!
//! In: how often this database has been marked (a row of `meta`) and the same in a small file beside it.
//! Out: whether it may send. The row is stored first and the file written after it, so a crash leaves
//! the file behind, which is fine; a file that is ahead means that what ran here knew more than this
//! database does. Absent: copies of the whole folder, file and all, which nothing here can tell.
//! Next: `backup/mod.rs`, where the outbox is frozen and released.

use super::{beside, of};
use crate::error::{Result, StoreError};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;

const READ: &str = "SELECT value FROM meta WHERE key = 'run'";
const WORKSPACES: &str = "SELECT EXISTS (SELECT 1 FROM workspaces)";
const FROZEN: &str = "SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'frozen')";
const FREEZE: &str =
    "INSERT INTO meta (key, value) VALUES ('frozen', ?1) ON CONFLICT (key) DO NOTHING";
const PUT: &str = "INSERT INTO meta (key, value) VALUES ('run', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const DROP: &str = "DELETE FROM meta WHERE key = 'run'";
/// More than this is no marker of ours.
const LONGEST: u64 = 4_096;

/// What stands in both places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Tells databases apart.
    database: Uuid,
    /// Grows while a server works on it.
    count: u64,
    /// The file has been written at least once: where it is missing, the database was carried off.
    #[serde(default)]
    beside: bool,
}

/// How a database stands to the file beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    /// What ran here last knew more than this database.
    Older,
    /// It ran in another place.
    Elsewhere,
}

impl Verdict {
    /// The word that is kept with the freeze.
    fn word(self) -> Option<&'static str> {
        match self {
            Verdict::Fine => None,
            Verdict::Older => Some("older"),
            Verdict::Elsewhere => Some("elsewhere"),
        }
    }
}

fn judge(database: Option<&Run>, file: Option<&Run>) -> Verdict {
    match (database, file) {
        // Never served, or served by a version without a marker.
        (None, None) => Verdict::Fine,
        // From before the first mark was made here.
        (None, Some(_)) => Verdict::Older,
        (Some(run), None) if run.beside => Verdict::Elsewhere,
        (Some(_), None) => Verdict::Fine,
        (Some(run), Some(file)) if run.database != file.database => Verdict::Elsewhere,
        (Some(run), Some(file)) if run.count < file.count => Verdict::Older,
        (Some(_), Some(_)) => Verdict::Fine,
    }
}

/// Freezes the outbox of a database that is not the one that ran here last. Both then agree, so that a
/// release holds. An empty database has nothing to send twice.
pub(crate) fn check(conn: &mut Connection, path: &Path) -> Result<()> {
    let file = written(path);
    let tx = conn.transaction().map_err(of)?;
    let run = kept(&tx)?;
    let used: bool = tx.query_row(WORKSPACES, [], |r| r.get(0)).map_err(of)?;
    if used && let Some(word) = judge(run.as_ref(), file.as_ref()).word() {
        let already: bool = tx.query_row(FROZEN, [], |r| r.get(0)).map_err(of)?;
        tx.execute(FREEZE, [word]).map_err(of)?;
        match file {
            Some(file) => put(&tx, &file)?,
            None => tx.execute(DROP, []).map(|_| ()).map_err(of)?,
        }
        tx.commit().map_err(of)?;
        if !already {
            tracing::error!(
                word,
                "this database file was copied by hand: nothing is sent until `ponte outbox release`"
            );
        }
    }
    Ok(())
}

impl Run {
    /// One further; `fresh` names a database that has no name. A row that can't be read is none.
    pub(crate) fn next(row: Option<&str>, fresh: Uuid) -> Run {
        let before: Option<Run> = row.and_then(|text| serde_json::from_str(text).ok());
        Run {
            database: before.map_or(fresh, |run| run.database),
            count: before.map_or(0, |run| run.count) + 1,
            beside: before.is_some_and(|run| run.beside),
        }
    }

    /// The same after its file was written; none where that is known already.
    pub(crate) fn noted(self) -> Option<Run> {
        (!self.beside).then_some(Run {
            beside: true,
            ..self
        })
    }

    /// As it stands in both places.
    pub(crate) fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| StoreError::Internal(e.to_string()))
    }
}

/// Writes the file, whole or not at all: beside its name first, then under it.
pub(crate) fn write(path: &Path, run: &Run) -> Result<()> {
    let text = run.text()?;
    let part = beside(path, ".run.part");
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, name(path))?;
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    written().map_err(|e| {
        let file = name(path);
        StoreError::Invalid(format!("{} can't be written: {e}", file.display()))
    })
}

/// A restored database begins anew here.
pub(crate) fn forget(path: &Path) -> Result<()> {
    match std::fs::remove_file(name(path)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::Invalid(format!(
            "{} can't be removed: {e}",
            name(path).display()
        ))),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A row that can't be read is none.
fn kept(conn: &Connection) -> Result<Option<Run>> {
    let text: Option<String> = conn
        .query_row(READ, [], |r| r.get(0))
        .optional()
        .map_err(of)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn put(conn: &Connection, run: &Run) -> Result<()> {
    conn.execute(PUT, [run.text()?]).map(|_| ()).map_err(of)
}

/// A file that can't be read is none.
fn written(path: &Path) -> Option<Run> {
    let file = name(path);
    if std::fs::metadata(&file).ok()?.len() > LONGEST {
        return None;
    }
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

fn name(path: &Path) -> std::path::PathBuf {
    beside(path, ".run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_that_knows_less_than_what_ran_here_is_doubted() {
        let run = |database, count, beside| {
            Some(Run {
                database: Uuid::from_u128(database),
                count,
                beside,
            })
        };
        let cases = [
            ("first start, or an upgrade", None, None, Verdict::Fine),
            ("equal", run(1, 5, true), run(1, 5, false), Verdict::Fine),
            (
                "a crash before the file",
                run(1, 6, true),
                run(1, 5, true),
                Verdict::Fine,
            ),
            (
                "a crash before the first file",
                run(1, 1, false),
                None,
                Verdict::Fine,
            ),
            (
                "a crash after the first file",
                run(1, 1, false),
                run(1, 1, false),
                Verdict::Fine,
            ),
            ("put back", run(1, 4, true), run(1, 5, true), Verdict::Older),
            (
                "put back from before the first mark",
                None,
                run(1, 5, true),
                Verdict::Older,
            ),
            ("carried off", run(1, 4, true), None, Verdict::Elsewhere),
            (
                "another one",
                run(2, 9, true),
                run(1, 5, true),
                Verdict::Elsewhere,
            ),
        ];
        for (what, database, file, want) in cases {
            assert_eq!(judge(database.as_ref(), file.as_ref()), want, "{what}");
        }
    }
}

//! `ponte doctor`: looks at everything that can be wrong, and says what to do.
//!
//! In: the configuration, the database, the provider. Out: a list of findings, each good, worth a look
//! or bad; exit code 1 when anything is bad. Absent: repairing by itself. Next: `doctor_numbers.rs`.

use super::{Desk, tools};
use super::{doctor_brains, doctor_numbers};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::boot::secrets::SecretsRead;
use crate::both;
use crate::words::Both;
use ponte_core::time::Span;
use ponte_store::Store;
use serde_json::json;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    Good,
    Look,
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    pub grade: Grade,
    /// Stable, for programs.
    pub check: &'static str,
    pub what: Both,
    /// Empty where nothing is to be done.
    pub todo: Both,
}

impl Finding {
    #[must_use]
    pub fn good(check: &'static str, what: Both) -> Finding {
        Finding {
            grade: Grade::Good,
            check,
            what,
            todo: Both::same(""),
        }
    }
    #[must_use]
    pub fn look(check: &'static str, what: Both, todo: Both) -> Finding {
        Finding {
            grade: Grade::Look,
            check,
            what,
            todo,
        }
    }
    #[must_use]
    pub fn bad(check: &'static str, what: Both, todo: Both) -> Finding {
        Finding {
            grade: Grade::Bad,
            check,
            what,
            todo,
        }
    }
}

/// An entry waiting longer than this, or a delivery, means that nothing works on it.
const STUCK: Span = Span::minutes(2);
/// Below this a busy day may fill the disk.
const LITTLE_SPACE: u64 = 1024 * 1024 * 1024;

/// Looks at everything.
///
/// # Errors
/// [`Fail`] when the database can't even be opened.
pub async fn run(desk: &mut Desk<'_>) -> Result<u8, Fail> {
    let mut findings = secrets(desk);
    let store = tools::open(desk).await?;
    findings.extend(storage(&store).await);
    findings.extend(space(desk));
    findings.extend(work(desk, &store).await);
    findings.extend(doctor_brains::check(desk, &store).await);
    findings.extend(doctor_numbers::check(desk, &store).await);
    let bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
    print(desk, &findings);
    Ok(if bad { FOUND } else { OK })
}

fn print(desk: &mut Desk<'_>, findings: &[Finding]) {
    let lang = desk.lang;
    if desk.json {
        let all: Vec<_> = findings
            .iter()
            .map(|finding| {
                let grade = match finding.grade {
                    Grade::Good => "good",
                    Grade::Look => "look",
                    Grade::Bad => "bad",
                };
                json!({ "check": finding.check, "grade": grade, "what": finding.what.get(lang), "todo": finding.todo.get(lang) })
            })
            .collect();
        desk.json(&json!({ "findings": all }));
        return;
    }
    for finding in findings {
        let mark = match finding.grade {
            Grade::Good => "ok  ",
            Grade::Look => "look",
            Grade::Bad => "BAD ",
        };
        let line = format!(
            "{mark} {} {}",
            finding.what.get(lang),
            finding.todo.get(lang)
        );
        desk.say(line.trim_end());
    }
}

/// The server's own secrets where it runs; else what a start from here would have.
fn secrets(desk: &Desk<'_>) -> Vec<Finding> {
    if let Some(app) = &desk.app {
        let has = app.secrets.verify().is_some();
        return if has {
            vec![Finding::good(
                "secrets",
                both!("Segredos presentes.", "Secrets are there."),
            )]
        } else {
            Vec::new()
        };
    }
    match SecretsRead::read(desk.vars) {
        Err(fail) => vec![Finding::bad("secrets", fail.what, fail.todo)],
        Ok(read) if read.app.is_some() && read.verify.is_some() => {
            vec![Finding::good(
                "secrets",
                both!("Segredos presentes.", "Secrets are there."),
            )]
        }
        Ok(_) => vec![Finding::look(
            "secrets",
            both!(
                "PONTE_APP_SECRET ou PONTE_VERIFY_TOKEN não estão neste ambiente.",
                "PONTE_APP_SECRET or PONTE_VERIFY_TOKEN are not in this environment."
            ),
            both!(
                "`ponte serve` precisa dos dois (só a demonstração não).",
                "`ponte serve` needs both (only the demo doesn't)."
            ),
        )],
    }
}

async fn storage(store: &Store) -> Vec<Finding> {
    let mut all = Vec::new();
    all.push(match store.quick_check().await {
        Ok(()) => Finding::good(
            "storage",
            both!("Banco de dados íntegro.", "The database is sound."),
        ),
        Err(error) => Finding::bad(
            "storage",
            Both::same(format!("{error}.")),
            both!(
                "Restaure um backup em uma pasta nova.",
                "Restore a backup into a new folder."
            ),
        ),
    });
    match store.frozen().await {
        Ok(None) => {}
        Ok(Some(why)) => all.push(Finding::bad(
            "outbox_frozen",
            super::outbox::why(why),
            super::outbox::todo(why),
        )),
        Err(error) => all.push(Finding::bad(
            "storage",
            Both::same(format!("{error}.")),
            Both::same(""),
        )),
    }
    if let Ok(sizes) = store.sizes().await {
        let (data, log) = (
            sizes.data_bytes / 1024 / 1024,
            sizes.wal_bytes / 1024 / 1024,
        );
        all.push(Finding::good(
            "size",
            both!(
                "{data} MiB de dados, {log} MiB de registro.",
                "{data} MiB of data, {log} MiB of log."
            ),
        ));
    }
    all
}

/// Rows that this process could not read.
fn unreadable(store: &Store) -> Option<Finding> {
    let rows = store.unreadable();
    (rows > 0).then(|| {
        Finding::bad(
            "unreadable_rows",
            both!(
                "{rows} leituras passaram por cima de linhas ilegíveis do banco.",
                "{rows} reads passed over rows of the database that can't be read."
            ),
            both!(
                "Veja o log do servidor: o disco, ou linhas de uma versão mais nova.",
                "Look at the server's log: the disk, or rows of a newer version."
            ),
        )
    })
}

async fn work(desk: &Desk<'_>, store: &Store) -> Vec<Finding> {
    let Ok(counts) = store.counts().await else {
        return Vec::new();
    };
    let now = crate::env::Clock::real().now();
    let mut all = Vec::new();
    let waiting = counts.journal_pending;
    if counts.journal_oldest.is_some_and(|at| now - at > STUCK) {
        all.push(Finding::bad(
            "journal_stuck",
            both!(
                "{waiting} eventos esperam há mais de 2 minutos.",
                "{waiting} events have waited for more than 2 minutes."
            ),
            if desk.app.is_some() {
                both!("Veja o log do servidor.", "Look at the server's log.")
            } else {
                both!(
                    "Nenhum servidor trabalha neste banco: inicie `ponte serve`.",
                    "No server works on this database: start `ponte serve`."
                )
            },
        ));
    }
    let quarantined =
        counts.deliveries_quarantined + counts.items_quarantined + counts.journal_quarantined;
    if quarantined > 0 {
        all.push(Finding::look(
            "quarantine",
            both!(
                "{quarantined} itens em quarentena.",
                "{quarantined} items in quarantine."
            ),
            both!(
                "Veja `ponte quarantine list`; depois de uma atualização, tente de novo.",
                "See `ponte quarantine list`; after an upgrade, retry them."
            ),
        ));
    }
    all.extend(unreadable(store));
    let unknown = counts.outbox_unknown;
    if unknown > 0 {
        all.push(Finding::look(
            "unknown_sends",
            both!(
                "{unknown} envios sem prova de chegada.",
                "{unknown} sends that nobody could prove."
            ),
            both!(
                "Veja /api/v1/unknown-sends e diga se chegaram.",
                "See /api/v1/unknown-sends and say whether they arrived."
            ),
        ));
    }
    if all.is_empty() {
        all.push(Finding::good(
            "work",
            both!("Nada parado.", "Nothing stands still."),
        ));
    }
    all
}

/// Free space where the data is, as `df` tells it: the standard library has no call for it.
fn space(desk: &Desk<'_>) -> Option<Finding> {
    if desk.config.database.is_some() {
        return None;
    }
    let output = std::process::Command::new("df")
        .arg("-Pk")
        .arg(&desk.config.data)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let free = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse::<u64>()
        .ok()?
        * 1024;
    let mib = free / 1024 / 1024;
    Some(if free < LITTLE_SPACE {
        Finding::bad(
            "space",
            both!(
                "Só {mib} MiB livres no disco dos dados.",
                "Only {mib} MiB free on the data's disk."
            ),
            both!(
                "Libere espaço: sem ele, novas entregas são recusadas até haver.",
                "Free some: without it new deliveries are refused until there is."
            ),
        )
    } else {
        Finding::good("space", both!("{mib} MiB livres.", "{mib} MiB free."))
    })
}

//! The tables a backup carries, in an order that satisfies their references.
//!
//! Absent: the ledger of migrations (each store has its own) and nodes (they report again).

use crate::error::Result;
use crate::sqlite::error;
use crate::val::Val;
use rusqlite::Connection;

/// Every table of the schema but `schema_migrations` and `nodes`; a test holds it complete.
pub(crate) const TABLES: &[&str] = &[
    "meta",
    "workspaces",
    "channels",
    "documents",
    "agents",
    "api_keys",
    "deliveries",
    "deliveries_open",
    "contacts",
    "contact_aliases",
    "conversations",
    "journal",
    "account_events",
    "orphan_statuses",
    "messages",
    "ownership_log",
    "outbox",
    "attempts",
    "timers",
    "calls",
    "leases",
    "feed_heads",
    "feed",
    "templates",
    "alerts",
    "channel_seen",
    "knowledge_heads",
    "knowledge_log",
    "knowledge_sources",
    "knowledge_documents",
    "knowledge_versions",
    "knowledge_chunks",
    "knowledge_faq",
    "knowledge_vectors",
    "knowledge_jobs",
    "training_heads",
    "intents",
    "intent_examples",
    "intent_models",
    "questions",
    "question_clusters",
    "providers",
    "model_calls",
    "tool_credentials",
    "tool_calls",
    "contact_attributes",
    "budgets",
    "budget_holds",
];

/// Tables that number their rows, with the column: a restored store goes on after the last number.
pub(crate) const SERIALS: &[(&str, &str)] = &[
    ("deliveries", "id"),
    ("journal", "seq"),
    ("account_events", "id"),
    ("orphan_statuses", "id"),
    ("alerts", "id"),
];

/// What a restore does at the end: nobody holds anything, and nothing is sent until a person says so.
pub(crate) const SETTLE: &[&str] = &[
    "UPDATE leases SET until = 0",
    "UPDATE deliveries_open SET lease_owner = NULL, lease_until = 0",
    "UPDATE calls SET lease_owner = NULL, lease_until = 0",
    "UPDATE knowledge_jobs SET lease_owner = NULL, lease_until = 0",
    "UPDATE intent_models SET lease_owner = NULL, lease_until = 0",
    "DELETE FROM meta WHERE key IN ('frozen', 'run')",
    "INSERT INTO meta (key, value) VALUES ('frozen', 'restored')",
];

/// What a backup gets at its end: put in the database's place by hand, it sends nothing either.
pub(crate) const FREEZE: &str =
    "INSERT INTO meta (key, value) VALUES ('frozen', 'backup') ON CONFLICT (key) DO NOTHING";

/// The columns of a table, as our schema has them.
pub(crate) fn columns(conn: &Connection, table: &str) -> Result<Vec<String>> {
    let mut read = conn
        .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")
        .map_err(error)?;
    let names = read.query_map([table], |r| r.get(0)).map_err(error)?;
    names.collect::<rusqlite::Result<_>>().map_err(error)
}

/// The text that puts a row of these columns in, with `mark` before the numbers of parameters.
pub(crate) fn insert(table: &str, columns: &[String], mark: char) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("{mark}{n}")).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    )
}

/// All rows of a table, handed over one by one.
pub(crate) fn each(
    conn: &Connection,
    table: &str,
    mut row: impl FnMut(Vec<Val>) -> Result<()>,
) -> Result<u64> {
    let columns = columns(conn, table)?;
    let mut read = conn
        .prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))
        .map_err(error)?;
    let mut found = read.query([]).map_err(error)?;
    let mut rows = 0;
    while let Some(r) = found.next().map_err(error)? {
        let cells: Result<Vec<Val>> = (0..columns.len())
            .map(|i| crate::sqlite::val(r.get_ref(i).map_err(error)?))
            .collect();
        row(cells?)?;
        rows += 1;
    }
    Ok(rows)
}

/// Rows in all tables of a backup.
pub(crate) fn count(conn: &Connection) -> Result<u64> {
    let mut rows = 0;
    for table in TABLES {
        let n: i64 = conn
            .query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |r| r.get(0))
            .map_err(error)?;
        rows += n.unsigned_abs();
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Db;

    #[test]
    fn every_table_is_in_a_backup() {
        let mut db = Db::open(None).unwrap();
        db.migrate().unwrap();
        let sql =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut read = db.conn().prepare(sql).unwrap();
        let found = read
            .query_map([], |r| r.get::<_, String>(0))
            .unwrap()
            .map(|n| n.unwrap());
        let mut found: Vec<String> = found
            .filter(|n| n != "schema_migrations" && n != "nodes")
            .collect();
        let mut listed: Vec<String> = TABLES.iter().map(|t| (*t).to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }
}

//! The kinds of value both engines share, a statement, and a row to be read from left to right.
//!
//! In: our types (`Into<Val>`); out: our types (`Cells`). Ids are 16 bytes, times and flags are
//! integers, JSON is opaque text. Absent: JSON operators, engine-specific types, floats in columns.
//! Next: [`crate::dialect`].

use crate::error::{Result, StoreError};
use ponte_core::ids::{
    AgentId, AssistantId, CallId, ChannelId, ContactId, ConversationId, EventId, MessageId,
    ReplyId, TeamId, WorkspaceId,
};
use ponte_core::time::Time;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;

/// A value as either engine stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Null,
    I64(i64),
    F64(f64),
    Text(String),
    Blob(Vec<u8>),
    /// Bytes that others hold too, such as a delivery on its way to intake. They come back as
    /// [`Val::Blob`].
    Shared(Arc<[u8]>),
    /// An id on its way in, without a place of its own on the heap: every statement has several. It
    /// comes back as [`Val::Blob`].
    Id(Uuid),
}

/// One statement: a text written once for both engines, its values, and how many rows it must touch.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub sql: &'static str,
    pub params: Vec<Val>,
    /// The rows it must change or return; otherwise its commit is refused.
    pub expect: Option<u64>,
    /// It returns rows (`SELECT` or `RETURNING`).
    pub rows: bool,
}

impl Stmt {
    /// A statement that changes rows.
    #[must_use]
    pub(crate) fn write(sql: &'static str, params: Vec<Val>) -> Stmt {
        Stmt {
            sql,
            params,
            expect: None,
            rows: false,
        }
    }

    /// A statement that returns rows.
    #[must_use]
    pub(crate) fn read(sql: &'static str, params: Vec<Val>) -> Stmt {
        Stmt {
            sql,
            params,
            expect: None,
            rows: true,
        }
    }

    /// Demands a number of rows.
    #[must_use]
    pub(crate) fn expect(mut self, rows: u64) -> Stmt {
        self.expect = Some(rows);
        self
    }

    /// Whether it changes nothing.
    #[must_use]
    pub(crate) fn only_looks(&self) -> bool {
        self.sql.trim_start().starts_with("SELECT")
    }

    /// What it weighs in a queue, in bytes.
    #[must_use]
    pub(crate) fn weight(&self) -> usize {
        let of = |v: &Val| match v {
            Val::Null | Val::I64(_) | Val::F64(_) | Val::Id(_) => 0,
            Val::Text(t) => t.len(),
            Val::Blob(b) => b.len(),
            Val::Shared(b) => b.len(),
        };
        64 + self.params.iter().map(|v| 32 + of(v)).sum::<usize>()
    }
}

/// What one statement did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Done {
    pub changed: u64,
    pub rows: Vec<Vec<Val>>,
}

/// Builds the list of values of a statement.
macro_rules! vals {
    ($($v:expr),* $(,)?) => { vec![$($crate::val::Val::from($v)),*] };
}
pub(crate) use vals;

impl From<i64> for Val {
    fn from(v: i64) -> Val {
        Val::I64(v)
    }
}
impl From<u64> for Val {
    fn from(v: u64) -> Val {
        Val::I64(i64::try_from(v).unwrap_or(i64::MAX))
    }
}
impl From<u32> for Val {
    fn from(v: u32) -> Val {
        Val::I64(i64::from(v))
    }
}
impl From<bool> for Val {
    fn from(v: bool) -> Val {
        Val::I64(i64::from(v))
    }
}
impl From<Time> for Val {
    fn from(v: Time) -> Val {
        Val::I64(v.0)
    }
}
impl From<&str> for Val {
    fn from(v: &str) -> Val {
        Val::Text(v.to_owned())
    }
}
impl From<&String> for Val {
    fn from(v: &String) -> Val {
        Val::Text(v.clone())
    }
}
impl From<String> for Val {
    fn from(v: String) -> Val {
        Val::Text(v)
    }
}
impl From<Vec<u8>> for Val {
    fn from(v: Vec<u8>) -> Val {
        Val::Blob(v)
    }
}
impl From<Arc<[u8]>> for Val {
    fn from(v: Arc<[u8]>) -> Val {
        Val::Shared(v)
    }
}
impl From<Uuid> for Val {
    fn from(v: Uuid) -> Val {
        Val::Id(v)
    }
}
impl<T> From<Option<T>> for Val
where
    Val: From<T>,
{
    fn from(v: Option<T>) -> Val {
        v.map_or(Val::Null, Val::from)
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl From<$id> for Val {
            fn from(v: $id) -> Val { Val::from(v.0) }
        }
        impl FromCell for $id {
            fn from_cell(v: Val) -> Option<Self> { Uuid::from_cell(v).map($id) }
        }
    )*};
}

/// A type that a column can be read as.
pub(crate) trait FromCell: Sized {
    fn from_cell(v: Val) -> Option<Self>;
}

ids! { WorkspaceId ChannelId ContactId ConversationId MessageId EventId ReplyId CallId AssistantId TeamId AgentId }

impl FromCell for Uuid {
    fn from_cell(v: Val) -> Option<Self> {
        match v {
            Val::Blob(b) => Uuid::from_slice(&b).ok(),
            Val::Id(id) => Some(id),
            Val::Null | Val::I64(_) | Val::F64(_) | Val::Text(_) | Val::Shared(_) => None,
        }
    }
}
impl FromCell for i64 {
    fn from_cell(v: Val) -> Option<Self> {
        match v {
            Val::I64(n) => Some(n),
            Val::Null | Val::F64(_) | Val::Text(_) | Val::Blob(_) | Val::Shared(_) | Val::Id(_) => {
                None
            }
        }
    }
}
impl FromCell for u64 {
    fn from_cell(v: Val) -> Option<Self> {
        i64::from_cell(v).and_then(|n| u64::try_from(n).ok())
    }
}
impl FromCell for u32 {
    fn from_cell(v: Val) -> Option<Self> {
        i64::from_cell(v).and_then(|n| u32::try_from(n).ok())
    }
}
impl FromCell for bool {
    fn from_cell(v: Val) -> Option<Self> {
        i64::from_cell(v).map(|n| n != 0)
    }
}
impl FromCell for Time {
    fn from_cell(v: Val) -> Option<Self> {
        i64::from_cell(v).map(Time)
    }
}
impl FromCell for String {
    fn from_cell(v: Val) -> Option<Self> {
        match v {
            Val::Text(t) => Some(t),
            Val::Null | Val::I64(_) | Val::F64(_) | Val::Blob(_) | Val::Shared(_) | Val::Id(_) => {
                None
            }
        }
    }
}
impl FromCell for Vec<u8> {
    fn from_cell(v: Val) -> Option<Self> {
        match v {
            Val::Blob(b) => Some(b),
            Val::Shared(b) => Some(b.to_vec()),
            Val::Id(id) => Some(id.as_bytes().to_vec()),
            Val::Null | Val::I64(_) | Val::F64(_) | Val::Text(_) => None,
        }
    }
}
impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(v: Val) -> Option<Self> {
        match v {
            Val::Null => Some(None),
            other @ (Val::I64(_)
            | Val::F64(_)
            | Val::Text(_)
            | Val::Blob(_)
            | Val::Shared(_)
            | Val::Id(_)) => T::from_cell(other).map(Some),
        }
    }
}

/// A row, read from left to right.
pub(crate) struct Cells {
    row: std::vec::IntoIter<Val>,
    at: usize,
}

impl Cells {
    pub(crate) fn new(row: Vec<Val>) -> Cells {
        Cells {
            row: row.into_iter(),
            at: 0,
        }
    }

    /// The next column.
    pub(crate) fn get<T: FromCell>(&mut self) -> Result<T> {
        self.at += 1;
        self.row
            .next()
            .and_then(T::from_cell)
            .ok_or_else(|| StoreError::Corrupt(format!("column {} is not as written", self.at)))
    }

    /// The next column, as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text: String = self.get()?;
        decode(&text, self.at)
    }

    /// The next column, as JSON where there is any.
    pub(crate) fn json_opt<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let text: Option<String> = self.get()?;
        text.map(|t| decode(&t, self.at)).transpose()
    }

    /// The next column, as one of our words.
    pub(crate) fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let text: String = self.get()?;
        parse(&text)
            .ok_or_else(|| StoreError::Corrupt(format!("column {} has an unknown word", self.at)))
    }
}

/// The error says where, never what: the text may be a customer's.
fn decode<T: DeserializeOwned>(text: &str, column: usize) -> Result<T> {
    serde_json::from_str(text).map_err(|e| {
        StoreError::Corrupt(format!(
            "column {column} is not the JSON written: {}",
            e.classify_word()
        ))
    })
}

trait ClassifyWord {
    fn classify_word(&self) -> &'static str;
}

impl ClassifyWord for serde_json::Error {
    fn classify_word(&self) -> &'static str {
        match self.classify() {
            serde_json::error::Category::Io => "io",
            serde_json::error::Category::Syntax => "syntax",
            serde_json::error::Category::Data => "shape",
            serde_json::error::Category::Eof => "cut off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<T: FromCell + std::fmt::Debug>(val: Val) -> std::result::Result<T, String> {
        Cells::new(vec![val]).get().map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_written_reads_back() {
        let id = Uuid::from_u128(7);
        assert_eq!(one(Val::from(ContactId(id))), Ok(ContactId(id)));
        assert_eq!(one(Val::from(id)), Ok(id));
        assert_eq!(one(Val::from(-5_i64)), Ok(-5_i64));
        assert_eq!(one(Val::from(5_u64)), Ok(5_u64));
        assert_eq!(one(Val::from(5_u32)), Ok(5_u32));
        assert_eq!(one(Val::from(Time(-1))), Ok(Time(-1)));
        assert_eq!(one(Val::from("olá")), Ok("olá".to_owned()));
        assert_eq!(one(Val::from(vec![0, 255])), Ok(vec![0_u8, 255]));
        for flag in [true, false] {
            assert_eq!(one(Val::from(flag)), Ok(flag));
        }
        assert_eq!(one(Val::from(None::<i64>)), Ok(None::<i64>));
        assert_eq!(one(Val::from(Some("x"))), Ok(Some("x".to_owned())));
    }

    #[test]
    fn what_was_not_written_is_damage_and_names_its_column_only() {
        let damage = "the database is damaged: column 1 is not as written; run `ponte doctor`, then restore a backup";
        let secret = || Val::Text("dona Ana".into());
        for told in [
            one::<i64>(Val::Null).unwrap_err(),
            one::<i64>(secret()).unwrap_err(),
            one::<i64>(Val::F64(1.0)).unwrap_err(),
            one::<u64>(Val::I64(-1)).unwrap_err(),
            one::<u32>(Val::I64(1 << 32)).unwrap_err(),
            one::<bool>(secret()).unwrap_err(),
            one::<Time>(Val::Blob(vec![])).unwrap_err(),
            one::<String>(Val::Blob(b"x".to_vec())).unwrap_err(),
            one::<Vec<u8>>(secret()).unwrap_err(),
            one::<Uuid>(Val::Blob(vec![1; 15])).unwrap_err(),
            one::<ContactId>(secret()).unwrap_err(),
            one::<Option<i64>>(secret()).unwrap_err(),
        ] {
            assert_eq!(told, damage);
        }
    }

    #[test]
    fn json_that_can_not_be_read_is_told_by_its_kind_and_never_quoted() {
        for (text, kind) in [
            ("[\"Ana\"", "cut off"),
            ("dona Ana", "syntax"),
            ("{\"nome\": 5}", "shape"),
        ] {
            let mut cells = Cells::new(vec![Val::I64(1), Val::Text(text.into())]);
            cells.get::<i64>().unwrap();
            let told = cells.json::<Vec<String>>().unwrap_err().to_string();
            let where_and_how = format!("column 2 is not the JSON written: {kind};");
            assert!(told.contains(&where_and_how), "{told}");
            assert!(!told.contains("Ana"));
        }
        let mut none = Cells::new(vec![Val::Null]);
        assert_eq!(none.json_opt::<Vec<String>>().unwrap(), None);
    }

    #[test]
    fn words_nobody_knows_and_rows_that_are_too_short_are_damage() {
        let parse = |word: &str| (word == "sent").then_some(1);
        let mut cells = Cells::new(vec![Val::from("sent"), Val::from("lost")]);
        assert_eq!(cells.word(parse).unwrap(), 1);
        let unknown = cells.word(parse).unwrap_err().to_string();
        assert!(
            unknown.contains("column 2 has an unknown word"),
            "{unknown}"
        );
        let short = cells.get::<i64>().unwrap_err().to_string();
        assert!(short.contains("column 3 is not as written"), "{short}");
    }

    #[test]
    fn a_statement_weighs_what_it_carries() {
        let light = Stmt::write("", vals![1_i64, None::<i64>]);
        let heavy = Stmt::write("", vals!["x".repeat(1_000), vec![0_u8; 500]]);
        assert_eq!(heavy.weight() - light.weight(), 1_500);
        assert_eq!(light.expect, None);
        assert_eq!(light.expect(3).expect, Some(3));
    }
}

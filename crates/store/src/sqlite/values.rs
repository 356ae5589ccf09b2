//! Values and errors of SQLite as ours.
//!
//! In: what rusqlite gives; out: [`Val`] and [`StoreError`], sorted by what to do. Absent: messages
//! of SQLite, which can hold values.

use crate::error::{Result, StoreError};
use crate::val::Val;
use rusqlite::ErrorCode;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// Our value as SQLite binds it.
pub(crate) fn to_sql(v: &Val) -> ToSqlOutput<'_> {
    match v {
        Val::Null => ToSqlOutput::Owned(Value::Null),
        Val::I64(n) => ToSqlOutput::Owned(Value::Integer(*n)),
        Val::F64(n) => ToSqlOutput::Owned(Value::Real(*n)),
        Val::Text(t) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
        Val::Blob(b) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
        Val::Shared(b) => ToSqlOutput::Borrowed(ValueRef::Blob(b)),
        Val::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
    }
}

/// A stored value as ours.
pub(crate) fn val(v: ValueRef<'_>) -> Result<Val> {
    Ok(match v {
        ValueRef::Null => Val::Null,
        ValueRef::Integer(n) => Val::I64(n),
        ValueRef::Real(n) => Val::F64(n),
        ValueRef::Text(t) => Val::Text(
            String::from_utf8(t.to_vec())
                .map_err(|_| StoreError::Corrupt("a text is not UTF-8".into()))?,
        ),
        ValueRef::Blob(b) => Val::Blob(b.to_vec()),
    })
}

/// SQLite's errors, sorted by what to do. Its message is kept only where it can't hold values.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQLite's codes, not ours; new ones are internal errors"
)]
pub(crate) fn of(e: rusqlite::Error) -> StoreError {
    let Some(code) = e.sqlite_error_code() else {
        return StoreError::Internal(match e {
            rusqlite::Error::InvalidColumnIndex(i) => format!("SQLite: no column {i}"),
            _ => "SQLite: unexpected use".to_owned(),
        });
    };
    let extended = e.sqlite_error().map_or(0, |f| f.extended_code);
    match code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::SystemIoFailure => StoreError::Io(format!("SQLite code {extended}")),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked("file".into()),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Corrupt(format!("SQLite code {extended}"))
        }
        ErrorCode::OperationInterrupted => StoreError::Slow,
        ErrorCode::CannotOpen => StoreError::Invalid(
            "the database file can't be opened; check the path and its rights".into(),
        ),
        ErrorCode::ReadOnly => StoreError::Gone("the database file is read-only".into()),
        _ => StoreError::Internal(format!("SQLite code {extended}")),
    }
}

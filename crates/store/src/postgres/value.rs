//! Our values in PostgreSQL's binary form, both ways.
//!
//! In and out: [`Val`]. Ids are UUID columns, flags and times BIGINT. Absent: any other type; a
//! statement that needs one fails in the conformance suite.

use crate::val::Val;
use std::error::Error;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Trouble = Box<dyn Error + Sync + Send>;

impl ToSql for Val {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Trouble> {
        match self {
            Val::Null => return Ok(IsNull::Yes),
            // The server chooses smaller types for literals beside a parameter.
            Val::I64(n) if *ty == Type::INT4 => {
                out.extend_from_slice(&i32::try_from(*n)?.to_be_bytes())
            }
            Val::I64(n) if *ty == Type::INT8 => out.extend_from_slice(&n.to_be_bytes()),
            Val::F64(n) if *ty == Type::FLOAT8 => out.extend_from_slice(&n.to_be_bytes()),
            Val::Text(t) if *ty == Type::TEXT => out.extend_from_slice(t.as_bytes()),
            Val::Blob(b) if *ty == Type::BYTEA || *ty == Type::UUID => out.extend_from_slice(b),
            Val::Shared(b) if *ty == Type::BYTEA => out.extend_from_slice(b),
            Val::Id(id) if *ty == Type::BYTEA || *ty == Type::UUID => {
                out.extend_from_slice(id.as_bytes());
            }
            Val::I64(_)
            | Val::F64(_)
            | Val::Text(_)
            | Val::Blob(_)
            | Val::Shared(_)
            | Val::Id(_) => {
                return Err(format!("a value does not fit a parameter of type {ty}").into());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Val {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Val, Trouble> {
        Ok(match *ty {
            Type::INT8 => Val::I64(i64::from_sql(ty, raw)?),
            Type::INT4 => Val::I64(i64::from(i32::from_sql(ty, raw)?)),
            Type::FLOAT8 => Val::F64(f64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR => Val::Text(String::from_sql(ty, raw)?),
            Type::BYTEA | Type::UUID => Val::Blob(raw.to_vec()),
            Type::VOID => Val::Null,
            _ => return Err(format!("a column has the type {ty}").into()),
        })
    }

    fn from_sql_null(_ty: &Type) -> Result<Val, Trouble> {
        Ok(Val::Null)
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

//! Pages of lists: how many, from where, and where the next one begins.
//!
//! In: `limit` and `after` of a query. Out: the store's cursors and back to opaque text. Keyset, so
//! that a page costs the same however deep, and rows that arrive meanwhile shift nothing. Absent on
//! purpose: totals (they would cost a scan). Next: any `list.rs`.

use super::problem::Problem;
use crate::both;
use axum::Json;
use ponte_core::time::Time;
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

/// Rows in a page unless asked otherwise, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 100;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it as `after` to get the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How many rows a query asks for.
///
/// # Errors
/// [`Problem`] outside 1 to 100.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(asked @ 1..=MOST) => Ok(asked),
        Some(_) => Err(Problem::bad(both!(
            "`limit` vai de 1 a {MOST}.",
            "`limit` goes from 1 to {MOST}."
        ))),
    }
}

/// A cursor of two parts: a number and something that reads back.
pub fn join(at: i64, id: impl std::fmt::Display) -> String {
    format!("{at}~{id}")
}

/// The parts of a cursor.
///
/// # Errors
/// [`Problem`] for a text that no page gave.
pub fn split<T: FromStr>(after: Option<&str>) -> Result<Option<(Time, T)>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let parts = after.split_once('~');
    let read = parts.and_then(|(at, id)| Some((Time(at.parse().ok()?), id.parse().ok()?)));
    read.map(Some).ok_or_else(not_ours)
}

/// A cursor of an id and a name (which may hold anything, so it comes last).
///
/// # Errors
/// [`Problem`] for a text that no page gave.
pub fn named<T: FromStr>(after: Option<&str>) -> Result<Option<(String, T)>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let parts = after.split_once('~');
    let read = parts.and_then(|(id, name)| Some((name.to_string(), id.parse().ok()?)));
    read.map(Some).ok_or_else(not_ours)
}

/// A cursor of one number.
///
/// # Errors
/// [`Problem`] for a text that no page gave.
pub fn number(after: Option<&str>) -> Result<Option<i64>, Problem> {
    after
        .map(|after| after.parse().map_err(|_| not_ours()))
        .transpose()
}

/// A page of rows in falling order, each as its view; there may be more when it is full.
pub fn falling<R, V>(
    rows: Vec<R>,
    limit: u32,
    number: impl Fn(&R) -> i64,
    view: impl FnMut(R) -> V,
) -> Json<Page<V>> {
    let next = full(&rows, limit, number);
    let items = rows.into_iter().map(view).collect();
    Json(Page { items, next })
}

/// The cursor after a page of rows in falling order.
pub fn full<T>(rows: &[T], limit: u32, number: impl Fn(&T) -> i64) -> Option<String> {
    let full = rows.len() >= limit as usize;
    rows.last()
        .filter(|_| full)
        .map(|row| number(row).to_string())
}

fn not_ours() -> Problem {
    Problem::bad(both!(
        "`after` não veio de uma página desta lista.",
        "`after` did not come from a page of this list."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_made_up_one_is_refused() {
        let cursor = join(5, 9);
        assert_eq!(split::<i64>(Some(&cursor)), Ok(Some((Time(5), 9))));
        assert_eq!(split::<i64>(None), Ok(None));
        for wrong in ["", "5", "a~9", "5~b", "~"] {
            assert!(split::<i64>(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_held() {
        assert_eq!(limit(None), Ok(USUAL));
        assert_eq!(limit(Some(1)), Ok(1));
        assert!(limit(Some(0)).is_err() && limit(Some(101)).is_err());
    }
}

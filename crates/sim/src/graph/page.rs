//! Lists by pages, as the Graph API gives them.
//!
//! In: entries in order, and the cursors and limit of a call. Out: `data` and `paging`. A cursor is the place
//! of an entry; only the entries of the page are looked at or rendered. Deliberately absent: cursors that
//! stay put while the list grows at its head, so that an entry may be seen twice but none is missed.

use crate::api::ApiRequest;
use crate::refusal::Refusal;
use serde_json::{Value, json};

/// Most entries on a page.
const MOST: usize = 100;

/// One page of a list that starts at `path`.
pub(crate) fn page(
    request: &ApiRequest,
    all: impl Iterator<Item = Value>,
    path: &str,
    default: usize,
) -> Result<Value, Refusal> {
    let limit = request
        .parameter("limit")
        .and_then(|limit| limit.parse::<usize>().ok());
    let limit = limit.unwrap_or(default).clamp(1, MOST);
    let start = match (place(request, "after")?, place(request, "before")?) {
        (Some(after), _) => after.saturating_add(1),
        (None, Some(before)) => before.saturating_sub(limit),
        (None, None) => 0,
    };
    let mut shown: Vec<Value> = all.skip(start).take(limit + 1).collect();
    let more = shown.len() > limit;
    shown.truncate(limit);
    let last = start + shown.len().saturating_sub(1);
    let mut answer = json!({"data": shown});
    if answer["data"][0].is_object() {
        answer["paging"] =
            json!({"cursors": {"before": start.to_string(), "after": last.to_string()}});
    }
    if more {
        let next = format!("https://graph.facebook.com/v26.0/{path}?after={last}&limit={limit}");
        answer["paging"]["next"] = json!(next);
    }
    Ok(answer)
}

fn place(request: &ApiRequest, cursor: &str) -> Result<Option<usize>, Refusal> {
    let text = request.parameter(cursor);
    text.map(|text| {
        text.parse()
            .map_err(|_| Refusal::new(100, "The cursor is not valid."))
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str, entries: usize) -> (Vec<u64>, Option<String>) {
        let request = ApiRequest {
            query: query.into(),
            ..ApiRequest::default()
        };
        let all = (0..entries).map(|n| json!({"n": n}));
        let answer = page(&request, all, "x", 3).expect("a page");
        let data = answer["data"]
            .as_array()
            .expect("data")
            .iter()
            .filter_map(|entry| entry["n"].as_u64())
            .collect();
        (data, answer["paging"]["next"].as_str().map(str::to_owned))
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let (first, next) = shown("", 7);
        assert_eq!(first, [0, 1, 2]);
        assert_eq!(
            next.as_deref(),
            Some("https://graph.facebook.com/v26.0/x?after=2&limit=3")
        );
        assert_eq!(shown("after=2", 7).0, [3, 4, 5]);
        assert_eq!(shown("after=5", 7), (vec![6], None));
        assert_eq!(shown("after=6", 7), (vec![], None));
        assert_eq!(shown("before=3", 7).0, [0, 1, 2]);
    }

    #[test]
    fn an_exact_page_leads_nowhere_and_limits_are_bounded() {
        assert_eq!(shown("", 3).1, None);
        assert_eq!(shown("limit=0", 7).0.len(), 1);
        assert_eq!(shown("limit=1000", 300).0.len(), 100);
        assert_eq!(shown("after=18446744073709551615", 7).0.len(), 0);
    }

    #[test]
    fn a_broken_cursor_is_refused() {
        let request = ApiRequest {
            query: "after=MTA=".into(),
            ..ApiRequest::default()
        };
        assert_eq!(
            page(&request, std::iter::empty(), "x", 3)
                .err()
                .map(|refusal| refusal.code),
            Some(100)
        );
    }
}

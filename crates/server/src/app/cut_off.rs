//! A person cuts a number off, or lets it back in.
//!
//! In: a number, and who says so. Out: the number's row, the account event that keeps who it was, the
//! alerts, in one commit. Absent: who may; the API and the command line have checked that. Next:
//! `api/numbers`, `cli/number.rs`.

use crate::env::Env;
use ponte_core::ids::{ChannelId, WorkspaceId};
use ponte_store::rows::journal::AccountEventNew;
use ponte_store::{Commit, Store, StoreError};
use serde_json::{Value, json};

/// The `field` of account events that are ours and not a webhook's.
const FIELD: &str = "ponte";

/// Cuts off, or lets back in; letting in also closes the alerts about the number. False: there is no
/// such number. `by` is kept as it is.
///
/// # Errors
/// The store's; nothing was changed then.
pub async fn by_hand(
    store: &Store,
    env: &Env,
    (workspace, channel): (WorkspaceId, ChannelId),
    suspended: bool,
    by: &Value,
) -> Result<bool, StoreError> {
    let at = env.clock.now();
    let mut commit = Commit::new();
    commit.suspend_by_hand(workspace, channel, suspended, at);
    let kind = if suspended {
        "suspended_by_hand"
    } else {
        "resumed_by_hand"
    };
    commit.add_account_event(&AccountEventNew {
        workspace: Some(workspace),
        channel: Some(channel),
        at,
        field: FIELD.into(),
        kind: kind.into(),
        body: json!({ "by": by, "suspended": suspended }),
        dedupe: format!("by_hand:{}", env.ids.next(at)),
        delivery: None,
    });
    tracing::warn!(%channel, suspended, "a person says whether a number may be used");
    Ok(store.commit(commit).await?.stored())
}

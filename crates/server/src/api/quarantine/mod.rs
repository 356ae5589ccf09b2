//! Quarantine: what could not be decoded or applied, kept and shown until somebody tries again.
//!
//! In: an admin's requests. Each workspace sees what is its own. What belongs to nobody known is seen by
//! the only workspace where there is just one, else by keys with the scope `installation`. Absent:
//! throwing anything away. Next: `deliveries.rs`.

pub mod counts;
pub mod deliveries;
pub mod entries;
pub mod items;

use super::ApiState;
use super::caller::Caller;
use super::problem::Problem;
use ponte_store::rows::journal::Whose;

/// What this caller may see.
async fn whose(state: &ApiState, caller: &Caller) -> Result<Whose, Problem> {
    let alone = || async { Ok::<_, Problem>(state.store().workspaces().await?.len() == 1) };
    if caller.installation || alone().await? {
        Ok(Whose::OfAndNobodys(caller.workspace))
    } else {
        Ok(Whose::Of(caller.workspace))
    }
}

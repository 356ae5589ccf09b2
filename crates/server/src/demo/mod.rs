//! The demo: a fictional bakery, the built-in simulator, a user, a key, and people who write.
//!
//! In: an empty (or earlier demo's) database. Out: the workspace of `demo/` at the repository's root,
//! the world around it, and what to print. Later starts change nothing that people changed. Fixed
//! secrets are the demo's only: nothing of this runs without `--demo`. Absent: shortcuts; sample
//! conversations go through the real webhooks. Next: `world.rs`, `samples.rs`, `recall.rs`.

pub mod key;
pub mod recall;
pub mod samples;
pub mod taught;
pub mod world;

use crate::app;
use crate::boot::fail::Fail;
use crate::cli::{apply, tools};
use crate::graph::Secret;
use crate::workspace::convert::Settings;
use crate::workspace::files::{AssistantFile, ChannelFile, TeamFile, WorkspaceFile};
use crate::workspace::kept::KeptError;
use crate::workspace::read::{Folder, parse};
use crate::workspace::trouble::Trouble;
use crate::workspace::{convert, kept};
use argon2::password_hash::PasswordHasher;
use ponte_core::Time;
use ponte_core::ids::{AgentId, WorkspaceId};
use ponte_store::rows::workspace::AgentRow;
use ponte_store::{Commit, Store};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The demo's fixed values, which scripts rely on.
pub const APP_SECRET: &str = "demo-app-secret";
pub const VERIFY_TOKEN: &str = "demo-verify-token";
pub const ACCESS_TOKEN: &str = "demo-access-token";
pub const NUMBER: &str = "100000000000001";
pub const USER: &str = "demo@ponte.local";
pub const PASSWORD: &str = "demo-password";

/// The demo's secrets.
#[must_use]
pub fn secrets() -> app::Secrets {
    let secrets = app::Secrets::default();
    secrets.set_app(vec![Secret::new(APP_SECRET)]);
    secrets.set_verify(Secret::new(VERIFY_TOKEN));
    secrets.set_default_token(Secret::new(ACCESS_TOKEN));
    secrets
}

/// Makes the workspace, what it knows, and its user, where there is none yet.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn prepare(store: &Store, at: Time) -> Result<WorkspaceId, Fail> {
    let new = store.workspaces().await?.is_empty();
    let id = prepare_untaught(store, at).await?;
    if new {
        taught::teach(store, id).await?;
    }
    Ok(id)
}

/// The workspace and its user alone: a shop that knows nothing yet.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn prepare_untaught(store: &Store, at: Time) -> Result<WorkspaceId, Fail> {
    let known = store.workspaces().await?.first().map(|row| row.id);
    let id = known.unwrap_or_else(tools::first_workspace);
    let wanted = match known {
        Some(_) => kept::load(store, id).await?.settings()?,
        None => bundled(id)?,
    };
    let plan = apply::plan(store, id, &wanted, at).await?;
    if !plan.commit.is_empty() {
        apply::store_it(store, plan).await?;
    }
    if store
        .agents(id)
        .await?
        .iter()
        .all(|agent| agent.email != USER)
    {
        add_user(store, id, at).await?;
    }
    Ok(id)
}

/// The workspace that is compiled in.
fn bundled(id: WorkspaceId) -> Result<Settings, Fail> {
    let read = || -> Result<Settings, Vec<Trouble>> {
        let folder = Folder {
            workspace: file::<WorkspaceFile>(
                "workspace.yaml",
                include_str!("../../../../demo/workspace.yaml"),
            )?,
            channels: one(
                "balcao",
                file::<ChannelFile>(
                    "channels/balcao.yaml",
                    include_str!("../../../../demo/channels/balcao.yaml"),
                )?,
            ),
            assistants: one(
                "padaria",
                file::<AssistantFile>(
                    "assistants/padaria.yaml",
                    include_str!("../../../../demo/assistants/padaria.yaml"),
                )?,
            ),
            teams: one(
                "balcao",
                file::<TeamFile>(
                    "teams/balcao.yaml",
                    include_str!("../../../../demo/teams/balcao.yaml"),
                )?,
            ),
            tests: BTreeMap::new(),
            tools: BTreeMap::new(),
        };
        convert::settings(&folder, id)
    };
    read().map_err(|troubles| KeptError::Wrong(troubles).into())
}

fn file<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Vec<Trouble>> {
    parse(name, text).map_err(|trouble| vec![trouble])
}

fn one<T>(key: &str, file: T) -> BTreeMap<String, T> {
    BTreeMap::from([(key.to_string(), file)])
}

/// The person that the console will let in.
async fn add_user(store: &Store, workspace: WorkspaceId, at: Time) -> Result<(), Fail> {
    let hash = tokio::task::spawn_blocking(|| {
        let hash = argon2::Argon2::default().hash_password(PASSWORD.as_bytes());
        hash.map(|hash| hash.to_string()).unwrap_or_default()
    });
    let agent = AgentRow {
        id: AgentId::derive(workspace.0, "demo user"),
        workspace,
        email: USER.into(),
        name: "Demo".into(),
        role: "owner".into(),
        password_hash: hash.await.ok().filter(|hash| !hash.is_empty()),
        disabled: false,
        created: at,
    };
    let mut commit = Commit::new();
    commit.put_agent(&agent);
    store.commit(commit).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use ponte_core::pace::PAIR_BURST;
    use ponte_store::Options;

    #[tokio::test]
    async fn a_throughput_for_measuring_is_gone_with_its_process() {
        let store = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        prepare(&store, Time(1_000_000)).await.unwrap();
        for (asked, per_second, pair) in [(Some(500), 500, 0), (None, 20, PAIR_BURST)] {
            let settings = settings::Settings::with_throughput(asked);
            settings.reload(&store).await.unwrap();
            let numbers = settings.now();
            let channel = &numbers.by_number(NUMBER).unwrap().channel;
            assert_eq!((channel.per_second, channel.pair_burst), (per_second, pair));
        }
    }

    #[test]
    fn the_bundled_workspace_is_sound_and_has_its_fixed_values() {
        let settings = bundled(tools::first_workspace()).unwrap();
        let channel = &settings.channels["balcao"].channel;
        assert_eq!(
            (channel.number.as_str(), channel.account.as_str()),
            (NUMBER, "200000000000001")
        );
        assert_eq!(
            (
                channel.display.as_str(),
                channel.per_second,
                channel.coexistence
            ),
            ("+55 11 4000-0001", 20, true)
        );
        let eco = &settings.assistants["padaria"].rules[0];
        assert_eq!(
            (eco.name.as_str(), eco.immediate, eco.always),
            ("eco", true, true)
        );
        assert_eq!(eco.when.starts, ["eco"]);
    }
}

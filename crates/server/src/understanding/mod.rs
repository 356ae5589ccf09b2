//! What people taught: models of intents, trained in the background and swapped whole; and what customers
//! ask, sorted so that people can teach more.
//!
//! In: intents, examples and corrections in the store; questions that the router notes. Out:
//! [`Understanding::predict`], answered from the model that is active now, also when another node
//! trained it; versions to go back to; suggestions. Absent: how a model learns (`ponte_nlu::intents`) and
//! what follows from an intent (the router). Next: `training.rs`, `learning/`.

pub mod corrections;
pub mod learning;
pub mod lesson;
pub mod report;
pub mod training;

use crate::both;
use crate::env::{Clock, Ids};
use crate::knowledge::Knowledge;
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_nlu::intents::{Model, OUT_OF_SCOPE};
use ponte_store::{Commit, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Notify;
use uuid::Uuid;

/// Models that keep their bytes, so that one call goes back to them.
pub const VERSIONS_KEPT: u32 = 10;
/// A model in memory is compared with the store at least this often.
const LOOK_EVERY: Span = Span::secs(5);
/// Workspaces whose models are in memory; beyond it the memory starts over.
const LOADED_MOST: usize = 256;

/// Letters of an intent's name: it is learned from like an example, and shown in lists.
pub const NAME_MOST: usize = 100;

/// An intent's name without spaces around.
///
/// # Errors
/// What is wrong with it.
pub fn checked_name(name: &str) -> Result<String, Both> {
    let name = name.trim();
    let fine = (1..=NAME_MOST).contains(&name.chars().count())
        && !name.chars().any(char::is_control)
        && name != OUT_OF_SCOPE;
    fine.then(|| name.to_owned()).ok_or_else(|| {
        both!(
            "O nome de uma intenção tem de 1 a {NAME_MOST} letras e não é `{OUT_OF_SCOPE}`.",
            "An intent's name has 1 to {NAME_MOST} letters and is not `{OUT_OF_SCOPE}`."
        )
    })
}

/// The room, as others hold it. Clones share it.
#[derive(Clone)]
pub struct Understanding {
    pub(crate) store: Store,
    pub(crate) clock: Arc<Clock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) node: Uuid,
    pub(crate) knowledge: Knowledge,
    loaded: Arc<RwLock<BTreeMap<WorkspaceId, Loaded>>>,
    work: Arc<Notify>,
}

/// The model of a workspace, as far as is known here.
#[derive(Clone)]
struct Loaded {
    /// The count of changes of models that this is of.
    models: u64,
    looked: Time,
    active: Option<(u64, Arc<Model>)>,
}

/// What a message wants, by the model that is active.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    pub version: u64,
    /// The intent, where the message has one.
    pub intent: Option<String>,
    /// 0 to 1, of the likeliest, also when the message is out of scope.
    pub confidence: f32,
    pub in_scope: bool,
    /// Names with confidence, the likeliest first.
    pub ranked: Vec<(String, f32)>,
}

impl Understanding {
    #[must_use]
    pub fn new(knowledge: &Knowledge) -> Understanding {
        Understanding {
            store: knowledge.store.clone(),
            clock: Arc::clone(&knowledge.clock),
            ids: Arc::clone(&knowledge.ids),
            node: knowledge.node,
            knowledge: knowledge.clone(),
            loaded: Arc::default(),
            work: Arc::new(Notify::new()),
        }
    }

    /// There may be something to train, or another model is active: a hint.
    pub fn nudge(&self, workspace: Option<WorkspaceId>) {
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        for (id, held) in loaded.iter_mut() {
            if workspace.is_none_or(|wanted| wanted == *id) {
                held.looked = Time(i64::MIN / 2);
            }
        }
        drop(loaded);
        self.work.notify_one();
    }

    pub(crate) fn work(&self) -> &Notify {
        &self.work
    }

    /// What a message wants; none: nothing is trained.
    ///
    /// # Errors
    /// The store's.
    pub async fn predict(
        &self,
        workspace: WorkspaceId,
        text: &str,
    ) -> Result<Option<Predicted>, StoreError> {
        let Some((version, model)) = self.active(workspace).await? else {
            return Ok(None);
        };
        let said = model.understand(text);
        let name = |at: usize| model.names().get(at).cloned().unwrap_or_default();
        let ranked: Vec<(String, f32)> = said
            .ranked
            .iter()
            .map(|one| (name(one.intent), one.confidence))
            .collect();
        Ok(Some(Predicted {
            version,
            intent: said.intent().map(|one| name(one.intent)),
            confidence: ranked.first().map_or(0.0, |(_, confidence)| *confidence),
            in_scope: said.in_scope,
            ranked,
        }))
    }

    /// The model that is active now. Swapped whole: who holds the old one ends with it.
    ///
    /// # Errors
    /// The store's.
    pub async fn active(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Option<(u64, Arc<Model>)>, StoreError> {
        let now = self.clock.now();
        let known = {
            let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
            loaded.get(&workspace).cloned()
        };
        if let Some(known) = &known
            && now - known.looked < LOOK_EVERY
        {
            return Ok(known.active.clone());
        }
        let (_, models) = self.store.training_heads(workspace).await?;
        let active = match known {
            Some(known) if known.models == models => known.active,
            Some(_) | None => self.load(workspace).await?,
        };
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.len() >= LOADED_MOST && !loaded.contains_key(&workspace) {
            loaded.clear();
        }
        let held = Loaded {
            models,
            looked: now,
            active: active.clone(),
        };
        loaded.insert(workspace, held);
        Ok(active)
    }

    async fn load(&self, workspace: WorkspaceId) -> Result<Option<(u64, Arc<Model>)>, StoreError> {
        let Some(row) = self.store.active_model(workspace).await? else {
            return Ok(None);
        };
        let bytes = row.bytes.unwrap_or_default();
        match Model::from_bytes(&bytes) {
            Ok(model) => Ok(Some((row.version, Arc::new(model)))),
            Err(error) => {
                tracing::error!(%error, version = row.version, "a model can't be read; train again");
                Ok(None)
            }
        }
    }

    /// Makes a trained version the active one. False: there is none of that number, or its bytes are
    /// gone.
    ///
    /// # Errors
    /// The store's.
    pub async fn activate(&self, workspace: WorkspaceId, version: u64) -> Result<bool, StoreError> {
        let mut commit = Commit::new();
        commit.activate_model(workspace, version, VERSIONS_KEPT);
        let stored = self.store.commit(commit).await?.stored();
        self.nudge(Some(workspace));
        Ok(stored)
    }

    /// Goes back to the version that was active before the one that is. None: there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn roll_back(&self, workspace: WorkspaceId) -> Result<Option<u64>, StoreError> {
        use ponte_store::rows::training::ModelState;
        let rows = self.store.models(workspace, None, 100).await?.items;
        let active = rows.iter().find(|row| row.state == ModelState::Active);
        let Some(active) = active.map(|row| row.version) else {
            return Ok(None);
        };
        let before = rows
            .iter()
            .filter(|row| row.state == ModelState::Retired && row.version < active);
        for row in before {
            if self.activate(workspace, row.version).await? {
                return Ok(Some(row.version));
            }
        }
        Ok(None)
    }
}

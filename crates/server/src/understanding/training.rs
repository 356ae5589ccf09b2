//! Trains models that were asked for: one at a time in this process, away from whoever answers.
//!
//! In: versions in state `training`. Out: the same, ready with bytes and report, active where that was
//! asked for, or failed with what to do. A training whose node died is begun again by another when its
//! lease has run out: the same examples give the same model. Absent: when to train (people ask).

use super::Understanding;
use super::lesson::{self, Lesson};
use super::report;
use crate::both;
use crate::knowledge::trouble::Trouble;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_nlu::intents::Model;
use ponte_nlu::intents::Unfit;
use ponte_nlu::intents::{Failed, Progress, Settings, Trained, train};
use ponte_store::rows::training::{ModelRow, ModelState};
use ponte_store::{Commit, StoreError};
use serde_json::json;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const LEASE: Span = Span::secs(60);
/// Signs of life, progress and a look whether a person stopped it.
const RENEW: Span = Span::secs(2);
const POLL: Span = Span::secs(10);

/// The room: trains what was asked for, for ever.
pub async fn run(room: Understanding) {
    loop {
        match room.train_once().await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = room.work().notified() => {}
                    () = room.clock.sleep(POLL) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "trainings can't be looked for now");
                room.clock.sleep(POLL).await;
            }
        }
    }
}

/// What the training thread and its keeper share.
#[derive(Default)]
struct Shared {
    percent: AtomicU32,
    stop: AtomicBool,
}

impl Understanding {
    /// Asks for a training; its version. With `activate` it is in use as soon as it is ready.
    ///
    /// # Errors
    /// The store's.
    pub async fn ask_training(
        &self,
        workspace: WorkspaceId,
        activate: bool,
    ) -> Result<u64, StoreError> {
        // Two who ask at once get two numbers.
        for _ in 0..5 {
            let newest = self.store.models(workspace, None, 1).await?.items;
            let (revision, _) = self.store.training_heads(workspace).await?;
            let row = ModelRow {
                workspace,
                version: newest.first().map_or(0, |row| row.version) + 1,
                state: ModelState::Training,
                examples: revision,
                bytes: None,
                report: json!({ "activate": activate }),
                progress_percent: 0,
                cancel: false,
                created: self.clock.now(),
                trained: None,
            };
            let mut commit = Commit::new();
            commit.add_model(&row);
            if self.store.commit(commit).await?.stored() {
                self.work().notify_one();
                return Ok(row.version);
            }
        }
        Err(StoreError::Busy)
    }

    /// Does one training, if there is one; whether there was.
    ///
    /// # Errors
    /// The store's.
    pub async fn train_once(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(mut row) = self.store.claim_training(self.node, now, LEASE).await? else {
            return Ok(false);
        };
        let lesson = lesson::gather(&self.store, row.workspace).await?;
        row.examples = lesson.revision;
        let activate = row.report.get("activate").and_then(|word| word.as_bool());
        let shared = Arc::new(Shared::default());
        let ended = tokio::select! {
            ended = on_a_thread(lesson.clone(), Arc::clone(&shared)) => Some(ended),
            () = self.hold(&row, &shared) => None,
        };
        shared.stop.store(true, Ordering::Release);
        let Some(ended) = ended else {
            // Another node has it.
            return Ok(true);
        };
        match ended {
            Ok(trained) => self.ready(&mut row, &lesson, &trained).await?,
            Err(trouble) => {
                row.state = ModelState::Failed;
                row.report = json!({ "trouble": trouble });
            }
        }
        row.trained = Some(self.clock.now());
        let mut commit = Commit::new();
        commit.end_model(&row, self.node);
        let stored = self.store.commit(commit).await?.stored();
        tracing::info!(
            version = row.version,
            state = row.state.word(),
            "a training has ended"
        );
        if stored && row.state == ModelState::Ready && activate == Some(true) {
            self.activate(row.workspace, row.version).await?;
        }
        Ok(true)
    }

    async fn ready(
        &self,
        row: &mut ModelRow,
        lesson: &Lesson,
        trained: &Trained,
    ) -> Result<(), StoreError> {
        let old = self.active(row.workspace).await?;
        let old = old.map(|(version, model)| (version, report::judge(&model, &lesson.tests)));
        let scores = report::judge(&trained.model, &lesson.tests);
        let bytes = trained.model.to_bytes();
        let new = (&trained.model, scores);
        row.report = report::value(lesson, &trained.report, new, old, bytes.len());
        row.bytes = Some(bytes);
        row.state = ModelState::Ready;
        Ok(())
    }

    /// Keeps the lease and passes on progress and stops; ends when the training is another's.
    async fn hold(&self, row: &ModelRow, shared: &Shared) {
        let mut told = 0;
        loop {
            self.clock.sleep(RENEW).await;
            let now = self.clock.now();
            let place = (row.workspace, row.version);
            match self
                .store
                .renew_training(place, self.node, now, LEASE)
                .await
            {
                Ok(Some(stop)) => shared.stop.store(stop, Ordering::Release),
                Ok(None) => return,
                Err(error) => tracing::warn!(%error, "a training's lease can't be kept now"),
            }
            let percent = shared.percent.load(Ordering::Acquire);
            if percent == told {
                continue;
            }
            told = percent;
            let mut commit = Commit::new();
            commit.model_progress(row.workspace, row.version, self.node, percent);
            if let Err(error) = self.store.commit(commit).await {
                tracing::debug!(%error, "a training's progress was not written down");
            }
        }
    }
}

/// Trains on a thread of its own; a training that dies is a failure, not the room's end.
async fn on_a_thread(lesson: Lesson, shared: Arc<Shared>) -> Result<Trained, Trouble> {
    let work = move || {
        let mut tell = |progress: Progress| {
            let percent = progress.done * 100 / progress.of.max(1);
            let percent = u32::try_from(percent.min(99)).unwrap_or(0);
            shared.percent.store(percent, Ordering::Release);
            if shared.stop.load(Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        train(&lesson.examples, &Settings::default(), &mut tell)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(trained)) => match Model::from_bytes(&trained.model.to_bytes()) {
            // What will be read later is what was judged.
            Ok(model) => Ok(Trained { model, ..trained }),
            Err(_) => Err(died()),
        },
        Ok(Err(failed)) => Err(why(&failed)),
        Err(_) => Err(died()),
    }
}

fn died() -> Trouble {
    Trouble::new(
        "died",
        both!(
            "O treino falhou. Tente de novo; se continuar, `ponte doctor` mostra o porquê.",
            "The training failed. Try again; if it stays, `ponte doctor` says why."
        ),
    )
}

fn why(failed: &Failed) -> Trouble {
    match failed {
        Failed::Stopped => Trouble::new(
            "cancelled",
            both!("O treino foi parado.", "The training was stopped."),
        ),
        Failed::Unfit(Unfit::TooFewIntents { found }) => Trouble::new(
            "too_few_intents",
            both!(
                "Só {found} intenções têm exemplos; são precisas pelo menos duas. Crie outra e dê exemplos a ela.",
                "Only {found} intents have examples; at least two are needed. Make another and give it examples."
            ),
        ),
        Failed::Unfit(unfit) => {
            let unfit = unfit.to_string();
            Trouble::new(
                "unfit",
                both!(
                    "Os exemplos não servem ({unfit}). Corrija-os e treine de novo.",
                    "The examples are unfit ({unfit}). Correct them and train again."
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_says_what_to_do() {
        let few = why(&Failed::Unfit(Unfit::TooFewIntents { found: 1 }));
        assert!(few.pt.contains("pelo menos duas") && few.en.contains("at least two"));
        assert_eq!(why(&Failed::Stopped).code, "cancelled");
        assert_eq!(why(&Failed::Unfit(Unfit::NoText { row: 2 })).code, "unfit");
    }
}

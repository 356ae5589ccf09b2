//! The rooms of a started app, and how they end.
//!
//! In: an [`App`] and its takers. Out: tasks that live as long as [`Running`]; dropping it ends them
//! where they stand, as a crash would, and [`Running::stop`] lets them finish. Absent: sockets and
//! signals (`boot`). Next: [`super::owner`].

use super::owner::Owner;
use super::rooms::keep;
use super::{App, FeedHint, doubt};
use crate::calls::{Calls, media};
use crate::intake::Intake;
use crate::knowledge;
use crate::lease;
use crate::relay::Takers;
use crate::understanding;
use ponte_core::time::Span;
use ponte_store::{Hint, Retention};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{Mutex, Notify, broadcast, oneshot};
use tokio::task::JoinSet;

/// Settings are read again this often even when nobody says so.
const SETTINGS_POLL: Span = Span::secs(10);
/// Counts for metrics are taken this often.
const COUNT: Span = Span::secs(5);

/// The last webhooks of numbers are written down this often.
const NOTE: Span = Span::secs(30);

/// Old rows are thrown away this often…
const CLEAN: Span = Span::hours(1);
/// …files of messages that are gone this often…
const SWEEP: Span = Span::days(1);
/// …with this long between two slices, so that nobody waits for it.
const CLEAN_PAUSE: Span = Span::millis(200);

/// The database is marked this often: what was sent since an older copy of it was made is known then.
const MARK: Span = Span::minutes(1);

/// Starts a room that is kept running.
fn room<M, F>(rooms: &mut JoinSet<()>, app: &App, name: &'static str, run: M)
where
    M: Fn(App) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let home = app.clone();
    let (clock, fallen) = (Arc::clone(&app.env.clock), app.rooms.clone());
    rooms.spawn(keep(clock, fallen, name, move || run(home.clone())));
}

/// A started app.
pub struct Running {
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<oneshot::Receiver<()>>,
    /// Ends with this value.
    _rooms: JoinSet<()>,
}

impl Running {
    pub(super) async fn begin(app: App, takers: Takers) -> Running {
        let mut rooms = JoinSet::new();
        let (clock, fallen) = (Arc::clone(&app.env.clock), app.rooms.clone());
        let changed = Arc::new(Notify::new());
        let mut owner = Owner::new(app.clone());
        owner.inherit().await;
        owner.round().await;
        let (stop, stopping) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        let leases = Arc::new(Mutex::new(Leases {
            owner: Some(owner),
            changed: Arc::clone(&changed),
            stopping,
        }));
        let lessor = app.clone();
        let owning = keep(Arc::clone(&clock), fallen.clone(), "leases", move || {
            own(lessor.clone(), Arc::clone(&leases))
        });
        rooms.spawn(async move {
            owning.await;
            let _gone = done.send(());
        });
        let taker = Arc::new(Mutex::new(takers.intake));
        room(&mut rooms, &app, "intake", move |app| {
            let taker = Arc::clone(&taker);
            async move { Intake::new(app).run(&mut *taker.lock().await).await }
        });
        let taker = Arc::new(Mutex::new(takers.calls));
        room(&mut rooms, &app, "calls", move |app| {
            let taker = Arc::clone(&taker);
            async move { Calls::new(app).run(&mut *taker.lock().await).await }
        });
        room(&mut rooms, &app, "hints", move |app| {
            listen(app, Arc::clone(&changed))
        });
        room(&mut rooms, &app, "counts", count);
        room(&mut rooms, &app, "clock", doubt::settle);
        room(&mut rooms, &app, "purge", clean);
        room(&mut rooms, &app, "knowledge", |app| {
            knowledge::jobs::run(app.knowledge)
        });
        room(&mut rooms, &app, "indexes", |app| {
            knowledge::keep_indexes(app.knowledge)
        });
        room(&mut rooms, &app, "training", |app| {
            understanding::training::run(app.understanding)
        });
        room(&mut rooms, &app, "learning", |app| {
            understanding::learning::run(app.understanding)
        });
        if app.store.is_marked() {
            room(&mut rooms, &app, "marks", mark);
        }
        Running {
            stop: Some(stop),
            stopped: Some(stopped),
            _rooms: rooms,
        }
    }

    /// Stops gracefully: nothing new is begun, what is under way ends, leases are given back.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        if let Some(stopped) = self.stopped.take() {
            let _gone = stopped.await;
        }
    }
}

/// What the task of the leases needs, also when it is begun again.
struct Leases {
    /// The first owner. After a panic another begins without numbers; the old one's rooms end with it.
    owner: Option<Owner>,
    changed: Arc<Notify>,
    stopping: oneshot::Receiver<()>,
}

/// Keeps the leases until asked to stop.
async fn own(app: App, leases: Arc<Mutex<Leases>>) {
    let mut held = leases.lock().await;
    let Leases {
        owner,
        changed,
        stopping,
    } = &mut *held;
    let mut owner = owner.take().unwrap_or_else(|| Owner::new(app.clone()));
    let mut next = app.env.clock.now() + lease::RENEW;
    loop {
        let asked = tokio::select! {
            biased;
            asked = &mut *stopping => asked.is_ok(),
            ended = owner.ended() => {
                if let Some(tenure) = ended {
                    owner.settle(tenure).await;
                }
                continue;
            }
            () = changed.notified() => false,
            () = app.env.clock.sleep_until(next) => false,
        };
        if asked {
            owner.stop().await;
            return;
        }
        next = app.env.clock.now() + lease::RENEW;
        owner.round().await;
    }
}

/// Turns the store's hints into nudges, and reads settings again when they changed.
async fn listen(app: App, changed: Arc<Notify>) {
    let mut hints = app.store.hints();
    let shared = !app.config.alone;
    let mut next = app.env.clock.now() + SETTINGS_POLL;
    loop {
        let hint = tokio::select! {
            hint = hints.recv() => match hint {
                Ok(hint) => hint,
                Err(broadcast::error::RecvError::Lagged(_)) => Hint::Everything,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            () = app.env.clock.sleep_until(next) => Hint::Everything,
        };
        match hint {
            Hint::Feed(workspace) => {
                // Nobody listening is fine.
                let _nobody = app.feed.send(FeedHint { workspace });
            }
            // A node alone has handed every entry over in memory.
            Hint::Journal(channel) if shared => {
                if let Some(ports) = app.relay.channel(channel) {
                    ports.engine.nudge();
                }
            }
            Hint::Deliveries => app.relay.intake.nudge(),
            Hint::Settings(_) | Hint::Everything => {
                next = app.env.clock.now() + SETTINGS_POLL;
                if let Err(error) = app.settings.reload(&app.store).await {
                    tracing::warn!(%error, "settings can't be read now; the last ones hold");
                }
                changed.notify_one();
                app.knowledge.nudge();
                app.understanding.nudge(None);
            }
            Hint::Knowledge(_) => app.knowledge.nudge(),
            Hint::Training(workspace) => app.understanding.nudge(Some(workspace)),
            Hint::Journal(_) | Hint::Outbox(_) | Hint::Timers(_) | Hint::Calls(_) => {}
        }
    }
}

/// Marks the database while it is worked on.
async fn mark(app: App) {
    loop {
        app.env.clock.sleep(MARK).await;
        app.mark_run().await;
    }
}

/// Throws away what has had its time, a slice at a time.
async fn clean(app: App) {
    let mut next_sweep = app.env.clock.now();
    loop {
        app.env.clock.sleep(CLEAN).await;
        if app.env.clock.now() >= next_sweep {
            next_sweep = app.env.clock.now() + SWEEP;
            match media::sweep(&app).await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "files without a message went"),
                Err(error) => tracing::warn!(%error, "old files can't be looked through now"),
            }
        }
        if let Err(error) = crate::tools::settle(&app.store, app.env.clock.now()).await {
            tracing::warn!(%error, "calls of tools can't be settled now");
        }
        loop {
            let now = app.env.clock.now();
            let purged = match app.store.purge(now, &Retention::default()).await {
                Ok(purged) => purged,
                Err(error) => {
                    tracing::warn!(%error, "old rows can't be thrown away now");
                    break;
                }
            };
            if !purged.more {
                break;
            }
            app.env.clock.sleep(CLEAN_PAUSE).await;
        }
    }
}

/// Puts the counts of what is open into metrics.
#[expect(clippy::cast_precision_loss, reason = "metrics are floating point")]
async fn count(app: App) {
    let mut note = app.env.clock.now() + NOTE;
    loop {
        app.env.clock.sleep(COUNT).await;
        if app.env.clock.now() >= note {
            note = app.env.clock.now() + NOTE;
            if let Err(error) = app.seen.note(&app.store).await {
                tracing::debug!(%error, "the last webhooks can't be written down now");
            }
        }
        if let Ok(any) = app.store.has_orphans().await {
            app.relay.orphans.store(any, Ordering::Release);
        }
        let Ok(counts) = app.store.counts().await else {
            continue;
        };
        let age = counts.journal_oldest.map_or(0.0, |oldest| {
            (app.env.clock.now() - oldest).as_micros() as f64 / 1e6
        });
        metrics::gauge!("ponte_journal_oldest_seconds").set(age);
        metrics::gauge!("ponte_outbox_depth")
            .set((counts.outbox_pending + counts.outbox_claimed) as f64);
        metrics::gauge!("ponte_replies_unknown").set(counts.outbox_unknown as f64);
        metrics::gauge!("ponte_deliveries_waiting").set(counts.deliveries_waiting as f64);
        metrics::gauge!("ponte_deliveries_quarantined").set(counts.deliveries_quarantined as f64);
        metrics::gauge!("ponte_unreadable_rows").set(app.store.unreadable() as f64);
        metrics::gauge!("ponte_calls_open").set(counts.calls_open as f64);
        metrics::gauge!("ponte_timers").set(counts.timers as f64);
        let apart = if app.env.clock.is_apart() { 1.0 } else { 0.0 };
        metrics::gauge!("ponte_time_apart").set(apart);
        let suspect = if app.env.clock.is_suspect() { 1.0 } else { 0.0 };
        metrics::gauge!("ponte_time_suspect").set(suspect);
    }
}

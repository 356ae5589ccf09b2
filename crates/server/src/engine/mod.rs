//! Applies the journal of one channel, conversation by conversation, and fires its timers.
//!
//! In: journal rows, in memory right after they were stored, or from the table. Out: states, views,
//! outbox, calls and timers, one commit per conversation and turn; many commits are under way at
//! once so that they share a sync. Only the node that holds the channel's lease runs this room.
//! Absent: decisions (`ponte_core::step`). Next: [`work`], [`fold`], [`write`].

pub mod backlog;
pub mod claim;
pub mod fold;
pub mod recent;
pub mod timers;
pub mod work;
pub mod write;

use crate::app::App;
use crate::fresh::{self, Fresh};
use crate::lease::Hold;
use crate::relay::{Load, Taker, ToEngine, ToSender, Woken};
use crate::settings::Number;
use backlog::Backlog;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use ponte_core::Time;
use ponte_core::ids::ConversationId;
use ponte_core::time::Span;
use ponte_store::rows::Place;
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::outbox::TimerRow;
use recent::{Recent, Warm};
use std::sync::Arc;
use timers::Soon;
use work::{Bench, Done, work};
use write::Follow;

/// Conversations under way at once: as many commits as one sync is shared by.
const AT_ONCE: usize = 256;
/// The table is looked at this often even when nobody says so.
const POLL: Span = Span::secs(2);
/// After a hint the table is looked at, but not more often than this.
const POLL_SOON: Span = Span::millis(25);
/// After the store failed it is left alone for this long.
const TROUBLE: Span = Span::millis(500);
/// A busy engine looks at the table only when it has fewer rows than this in memory.
const BUSY: usize = 100;
/// Rows taken from the table at once.
const TAKE: u32 = 1_000;
/// The table of timers is looked at this often; nearer ones are in memory.
const TIMERS_POLL: Span = Span::secs(20);

/// The room: one task per number that this node owns.
pub struct Engine {
    /// Shared with everything under way: an app is many handles.
    app: Arc<App>,
    number: Arc<Number>,
    hold: Hold,
    backlog: Backlog,
    load: Load,
    recent: Recent,
    soon: Soon,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Rows below this were pending at the take-over.
    suspicious_until: Option<i64>,
    polled: Time,
    /// The next look at the table begins behind this entry.
    after: i64,
    /// Somebody said that there may be rows in the table.
    wanted: bool,
    next_timers: Time,
    /// After the store failed nothing is started before this.
    rests_until: Time,
    began: Time,
    statuses_until: Option<Time>,
}

impl Engine {
    #[must_use]
    pub fn new(app: App, number: Arc<Number>, hold: Hold) -> Engine {
        let now = app.env.clock.now();
        Engine {
            load: app.relay.load(),
            app: Arc::new(app),
            number,
            hold,
            backlog: Backlog::default(),
            recent: Recent::default(),
            soon: Soon::default(),
            under_way: FuturesUnordered::new(),
            suspicious_until: None,
            polled: now - POLL,
            after: 0,
            wanted: true,
            next_timers: now,
            rests_until: now,
            began: now,
            statuses_until: None,
        }
    }

    /// Works until the lease is lost, or until asked to stop and nothing is under way.
    pub async fn run(mut self, mut taker: Taker<ToEngine>) {
        let mut handed = Vec::new();
        loop {
            let now = self.app.env.clock.now();
            let stopping = self.hold.is_stopping();
            if self.hold.is_lost(now) || (stopping && self.under_way.is_empty()) {
                return self.leave(&mut taker).await;
            }
            if let Some(number) = self.app.settings.now().get(self.number.channel.id) {
                self.number = Arc::clone(number);
            }
            self.load.set(self.backlog.len());
            if !stopping {
                self.look(now).await;
                self.start(now);
            }
            let wake = self.wake(now);
            let clock = Arc::clone(&self.app.env.clock);
            tokio::select! {
                biased;
                Some(done) = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.done(done);
                    // What shared a sync ends together.
                    while let Some(Some(done)) = self.under_way.next().now_or_never() {
                        self.done(done);
                    }
                }
                () = self.hold.changed() => {}
                woken = taker.take(&mut handed, 512) => {
                    self.wanted |= woken == Woken::Poll;
                    for given in handed.drain(..) {
                        self.take_in(given);
                    }
                }
                () = clock.sleep_until(wake) => {}
            }
        }
    }

    fn take_in(&mut self, given: ToEngine) {
        match given {
            ToEngine::Rows(rows) => self.add_all(rows),
            ToEngine::Fresh(events) => {
                for fresh in events {
                    self.backlog.add_fresh(fresh);
                }
            }
        }
    }

    /// Ends: what stands nowhere else yet goes into the journal, for whoever has the number next.
    async fn leave(&mut self, taker: &mut Taker<ToEngine>) {
        while let Some(done) = self.under_way.next().await {
            self.done(done);
        }
        for given in taker.close() {
            self.take_in(given);
        }
        fresh::leave(&self.app, self.backlog.take_fresh()).await;
    }

    fn wake(&self, now: Time) -> Time {
        let mut wake = (self.polled + POLL).min(self.next_timers);
        if self.wanted {
            wake = wake.min(self.polled + POLL_SOON);
        }
        if let Some(due) = self.soon.next()
            && self.under_way.len() < AT_ONCE
        {
            let held = self.app.env.clock.is_suspect();
            wake = wake.min(if held { now + POLL } else { due });
        }
        wake.max(self.rests_until).max(now + Span::millis(1))
    }

    /// Looks at the tables when it is time.
    async fn look(&mut self, now: Time) {
        let quiet = self.backlog.len() + self.under_way.len() < BUSY;
        let idle = self.backlog.is_empty() && self.under_way.is_empty();
        let soon = self.wanted && now >= self.polled + POLL_SOON && (idle || self.overdue(now));
        if soon || (quiet && now >= self.polled + POLL) {
            self.poll(now).await;
        }
        if now >= self.next_timers {
            self.next_timers = now + TIMERS_POLL;
            let channel = self.number.channel.id;
            let until = now + timers::HORIZON;
            match self.app.store.due_timers(channel, until, TAKE).await {
                Ok(timers) => {
                    if timers.len() >= TAKE as usize {
                        self.next_timers = now + Span::secs(1);
                    }
                    for timer in timers {
                        self.soon.add(timer, now);
                    }
                }
                Err(error) => tracing::warn!(%error, "timers can't be read now"),
            }
        }
    }

    fn overdue(&self, now: Time) -> bool {
        now >= self.polled + POLL && self.backlog.has_room()
    }

    async fn poll(&mut self, now: Time) {
        self.polled = now;
        self.wanted = false;
        let channel = self.number.channel.id;
        let found = self.app.store.pending_journal(channel, self.after, TAKE);
        let rows = match found.await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "the journal can't be read now");
                return;
            }
        };
        let newest = rows.iter().map(|row| row.seq).max().unwrap_or(0);
        self.suspicious_until.get_or_insert(newest);
        self.wanted = rows.len() >= TAKE as usize;
        // A full page of live rows: the next look goes on behind it, so that rows which can't be
        // applied now don't hide the others; after the last page it begins again.
        let full = self.wanted && rows.iter().all(|row| !backlog::is_low(row));
        self.after = if full { newest } else { 0 };
        for row in rows {
            self.wanted |= !self.backlog.add(row);
        }
    }

    /// Starts what can be started: timers that are due, then conversations.
    fn start(&mut self, now: Time) {
        if now < self.rests_until {
            return;
        }
        if !self.app.env.clock.is_suspect() {
            for _ in 0..AT_ONCE {
                let Some(timer) = self.soon.pop(now) else {
                    break;
                };
                // One that was due before this engine began may be what ended the one before.
                let careful = timer.due <= self.began;
                let fired = timers::fire(&self.app, timer, careful);
                self.backlog.add_fresh(fired);
            }
        }
        while self.under_way.len() < AT_ONCE
            && let Some((conversation, rows, origins)) = self.backlog.pull()
        {
            let Some(place) = rows.first().map(|row| row.place) else {
                self.backlog.done(conversation);
                continue;
            };
            let warm = self.recent.take(conversation);
            let taken_over = self.suspicious_until.unwrap_or(i64::MIN);
            let bench = Bench {
                app: Arc::clone(&self.app),
                number: Arc::clone(&self.number),
                hold: self.hold.clone(),
                place,
                suspicious: rows.iter().any(|row| row.seq <= taken_over),
                statuses_until: self.statuses_until,
            };
            self.under_way
                .push(Box::pin(work(bench, rows, origins, warm)));
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Applied {
                conversation,
                warm,
                follow,
                place,
                more,
            } => {
                self.follow(conversation, &place, *warm, *follow);
                self.add_all(more);
            }
            Done::Nothing { conversation, more } => {
                self.backlog.done(conversation);
                self.add_all(more);
            }
            Done::Failed { conversation, kept } => {
                self.backlog.done(conversation);
                self.keep(kept);
                self.wanted = true;
                self.polled = self.app.env.clock.now() + TROUBLE;
                self.rests_until = self.polled;
            }
            Done::Lost { conversation, kept } => {
                self.backlog.done(conversation);
                self.keep(kept);
                self.hold.lose();
            }
        }
    }

    fn keep(&mut self, events: Vec<(i64, Fresh)>) {
        for (seq, fresh) in events {
            self.backlog.put_back(seq, fresh);
        }
    }

    fn add_all(&mut self, rows: Vec<JournalRow>) {
        for row in rows {
            self.wanted |= !self.backlog.add(row);
        }
    }

    /// Hands over what the stored commit made ready.
    fn follow(&mut self, conversation: ConversationId, place: &Place, warm: Warm, follow: Follow) {
        self.recent.put(conversation, warm);
        self.statuses_until = self.statuses_until.max(follow.statuses_until);
        self.backlog.done(conversation);
        let now = self.app.env.clock.now();
        for reason in follow.cleared {
            self.soon.forget(conversation, &reason);
        }
        for (reason, due) in follow.timers {
            let place = *place;
            self.soon.add(TimerRow { place, reason, due }, now);
        }
        for call in follow.calls {
            self.app.relay.calls.hand(call);
        }
        let Some(ports) = self.app.relay.channel(place.channel) else {
            return;
        };
        for at in follow.inbound {
            ports.sender.hand(ToSender::Inbound(at));
        }
        for reply in follow.gone {
            ports.sender.hand(ToSender::Gone(reply));
        }
        if let Some(going) = follow.going {
            going.go();
        }
        for row in follow.sends {
            ports.sender.hand(ToSender::Row(Box::new(row)));
        }
        for reply in follow.again {
            ports.sender.hand(ToSender::Again(reply));
        }
        for (wamid, typing) in follow.marks {
            ports.sender.hand(ToSender::Mark { wamid, typing });
        }
    }
}

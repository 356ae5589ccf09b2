//! Sends what is due on one number, at its pace, each message once.
//!
//! In: outbox rows, in memory right after they were put there, or from the table. Out: attempts with
//! their outcomes. Only the node that holds the channel's lease runs this room, so the pace is exact;
//! a new holder begins with a full second counted as used. Absent: decisions about a message. Next:
//! [`line`], [`attempt`], [`record`].

pub mod attempt;
pub mod gate;
pub mod line;
pub mod marks;
pub mod record;

use crate::app::App;
use crate::app::seen::PaceSeen;
use crate::graph::Secret;
use crate::lease::Hold;
use crate::relay::starts::{Claimed, Starts};
use crate::relay::{Taker, ToSender, Woken};
use crate::settings::Number;
use attempt::{Ended, Then, Ticket, attempt, claimed};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gate::Gate;
use line::{Line, Next};
use marks::Marks;
use ponte_core::effect::Lane;
use ponte_core::errors::{self, Retry, Scope};
use ponte_core::event::{Outcome, Refusal};
use ponte_core::ids::{ChannelId, ConversationId, ReplyId};
use ponte_core::pace::{Limits, PAIR_MEMORY, Pace};
use ponte_core::time::{Span, Time};
use ponte_store::rows::outbox::OutboxRow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often the table is asked for rows that were not handed over.
const POLL: Span = Span::secs(1);
/// How often claims without an end are looked for: those of a process that died.
const CLAIMS_POLL: Span = Span::secs(5);
/// An event on its way is stored in about this long.
const LANDS: Span = Span::millis(4);
/// Rows taken from the table at once.
const TAKE: u32 = 500;
/// With a broken token one message tries this often; a new token is noticed at once.
const TOKEN_PROBE: Span = Span::secs(60);

/// What was written for a number that is cut off waits this long for it to come back. After that the
/// customers' people are told: an answer of hours ago would come as a second voice, since whoever holds
/// the phone may have answered, and no echo of that reaches us.
const PATIENCE: Span = Span::minutes(10);
/// So many rows at once are given back to their conversations, per lane and second: nobody waits for it.
const GIVEN_BACK: u32 = 50;

/// The room: one task per number that this node owns.
pub struct Sender {
    /// Shared with every attempt: an app is many handles.
    app: Arc<App>,
    number: Arc<Number>,
    hold: Hold,
    line: Line,
    /// The pace of the claims, shared with the engine, which claims what can go at once.
    starts: Starts,
    /// The pace as the provider sees it, asked right before a message is written.
    gate: Arc<Gate>,
    /// What was sent lately is known; nothing leaves before.
    seeded: bool,
    marks: Marks,
    posts: FuturesUnordered<BoxFuture<'static, Ended>>,
    under_way: BTreeSet<ReplyId>,
    /// Nothing starts before this: token, freeze, or a cut-off number.
    held_until: Time,
    alarmed: bool,
    token_version: u64,
    next_poll: Time,
    next_claims: Time,
}

impl Sender {
    #[must_use]
    pub fn new(app: App, number: Arc<Number>, hold: Hold) -> Sender {
        let now = app.env.clock.now();
        let ports = app.relay.channel(number.channel.id);
        let starts = ports.map(|ports| ports.starts).unwrap_or_default();
        starts.begin(Pace::new(limits(&number), now));
        let clock = Arc::clone(&app.env.clock);
        Sender {
            gate: Arc::new(Gate::new(clock, hold.clone(), limits(&number))),
            seeded: false,
            marks: Marks::new(app.clone()),
            token_version: app.secrets.version(),
            app: Arc::new(app),
            number,
            hold,
            line: Line::default(),
            starts,
            posts: FuturesUnordered::new(),
            under_way: BTreeSet::new(),
            held_until: now,
            alarmed: false,
            next_poll: now,
            next_claims: now,
        }
    }

    /// Works until the lease is lost, or until asked to stop and nothing is under way.
    pub async fn run(mut self, mut taker: Taker<ToSender>) {
        let mut told = Vec::new();
        loop {
            let now = self.app.env.clock.now();
            let over = self.hold.is_stopping() && self.posts.is_empty();
            if over || self.hold.is_lost(now) {
                return self.leave(&mut taker).await;
            }
            self.follow_settings(now);
            if now >= self.next_poll {
                self.poll(now).await;
            }
            let wake = self.start_due(now).min(self.next_poll);
            let clock = Arc::clone(&self.app.env.clock);
            tokio::select! {
                biased;
                Some(ended) = self.posts.next(), if !self.posts.is_empty() => {
                    self.ended(ended);
                    while let Some(Some(ended)) = self.posts.next().now_or_never() {
                        self.ended(ended);
                    }
                }
                () = self.hold.changed() => {}
                woken = taker.take(&mut told, 1_024) => {
                    if woken == Woken::Poll {
                        self.next_poll = clock.now();
                    }
                    for word in told.drain(..) {
                        self.hear(word).await;
                    }
                }
                () = self.marks.drive() => {}
                () = clock.sleep_until(wake) => {}
            }
        }
    }

    /// Ends. What was claimed with its decision and is still on its way here has its attempt all the
    /// same: the gate lets it out where the number is ours, and its conversation is told. Of what has
    /// left, the words are still worth having.
    async fn leave(&mut self, taker: &mut Taker<ToSender>) {
        self.starts.open(0);
        while let Some(word) = taker.last().await {
            if let ToSender::Claimed(start) = word {
                self.begin(*start);
            }
        }
        while let Some(ended) = self.posts.next().await {
            self.ended(ended);
        }
    }

    fn follow_settings(&mut self, now: Time) {
        if let Some(number) = self.app.settings.now().get(self.number.channel.id)
            && !Arc::ptr_eq(number, &self.number)
        {
            self.number = Arc::clone(number);
            self.starts.pace(|pace| pace.set_limits(limits(number)));
            self.gate.set_limits(limits(number));
        }
        let version = self.app.secrets.version();
        if version != self.token_version {
            self.token_version = version;
            self.held_until = now;
        }
    }

    /// Starts everything that may go now; gives back when to look again.
    fn start_due(&mut self, now: Time) -> Time {
        let far = now + Span::hours(1);
        self.starts.open(0);
        let cut_off = self.number.suspended.is_some() || self.number.removed;
        if self.hold.is_stopping() || cut_off || !self.seeded {
            return far;
        }
        if now < self.held_until {
            return self.held_until;
        }
        let Some(token) = self.app.secrets.token(self.number.channel.id) else {
            self.stop_number(now, "it has no access token");
            return self.held_until;
        };
        // While a number is on probation one message at a time finds out whether it works again.
        let most = if self.alarmed {
            1
        } else {
            self.app.config.posts
        };
        while self.posts.len() + self.starts.given() < most {
            match self.starts.pace(|pace| self.line.next(pace, now)) {
                Next::Go(reply) => {
                    let Some(mut row) = self.line.remove(reply) else {
                        continue;
                    };
                    if self.app.relay.flights.any(row.place.conversation) {
                        // What is on its way there may change everything: look again after it.
                        row.send.not_before = now + LANDS;
                        self.line.add(row);
                        continue;
                    }
                    let conversation = row.place.conversation;
                    self.starts.pace(|pace| pace.sent(conversation, now));
                    self.take_up(conversation, reply);
                    let ticket = self.ticket(token.clone());
                    self.posts.push(Box::pin(attempt(ticket, row)));
                }
                Next::Wait(at) => {
                    // With rows that wait for the number itself, nobody overtakes them.
                    let allowed = |pace: &mut Pace| pace.number_allowed(Lane::Conversation, now);
                    if self.starts.pace(allowed) <= now {
                        self.starts.open(most.saturating_sub(self.posts.len()));
                    }
                    return at;
                }
                Next::Idle => {
                    self.starts.open(most.saturating_sub(self.posts.len()));
                    return far;
                }
            }
        }
        far
    }

    fn take_up(&mut self, conversation: ConversationId, reply: ReplyId) {
        self.line.begin(conversation);
        self.starts.busy(conversation);
        self.under_way.insert(reply);
    }

    fn ticket(&self, token: Secret) -> Ticket {
        Ticket {
            app: Arc::clone(&self.app),
            number: Arc::clone(&self.number),
            lease: self.hold.lease(),
            token,
            gate: Arc::clone(&self.gate),
        }
    }

    /// Posts what was claimed with its decision.
    fn begin(&mut self, start: Claimed) {
        let (row, claim) = start.begin();
        self.take_up(row.place.conversation, row.send.reply);
        let token = self.app.secrets.token(self.number.channel.id);
        // Without a token the provider refuses it, and the number is stopped then.
        let ticket = self.ticket(token.unwrap_or_else(|| Secret::new("")));
        self.posts.push(Box::pin(claimed(ticket, row, claim)));
    }

    fn ended(&mut self, ended: Ended) {
        let now = self.app.env.clock.now();
        self.line.end(ended.conversation);
        self.starts.free(ended.conversation);
        self.under_way.remove(&ended.reply);
        match ended.then {
            Then::Made(outcome) => self.learn(&outcome, now),
            Then::Later(mut row, at) => {
                row.send.not_before = at;
                self.line.add(*row);
            }
            Then::Frozen(row, until) => {
                self.line.add(*row);
                self.held_until = until;
            }
            Then::Kept | Then::Gone => {}
            Then::Lost => self.hold.lose(),
        }
    }

    /// What an outcome says about the number.
    fn learn(&mut self, outcome: &Outcome, now: Time) {
        match outcome {
            Outcome::Accepted { .. } => {
                self.starts.pace(Pace::went_well);
                self.alarmed = false;
            }
            Outcome::NotSent { .. } | Outcome::Unsure { .. } => {
                self.starts.pace(|pace| pace.failed(now));
            }
            Outcome::Refused { code, subcode, .. } => {
                self.starts.pace(|pace| pace.refused(*code, now));
                let rule = errors::lookup(*code, *subcode);
                let whole = matches!(rule.scope, Scope::Token | Scope::Account | Scope::Number);
                if whole && rule.retry == Retry::WhenFixed {
                    self.stop_number(now, "the provider refuses the number's access");
                }
            }
        }
    }

    /// Nothing leaves until a person has put it right; said once.
    fn stop_number(&mut self, now: Time, why: &'static str) {
        self.held_until = now + TOKEN_PROBE;
        if !self.alarmed {
            self.alarmed = true;
            metrics::counter!("ponte_numbers_stopped_total").increment(1);
            tracing::error!(channel = %self.number.channel.id, why, "a number is stopped; nothing is lost");
        }
    }

    async fn hear(&mut self, word: ToSender) {
        match word {
            ToSender::Row(row) => self.take_in(*row),
            ToSender::Claimed(start) => self.begin(*start),
            ToSender::Again(reply) => match self.app.store.send(reply).await {
                Ok(Some(row)) => self.take_in(row),
                Ok(None) => {}
                Err(_) => self.next_poll = self.app.env.clock.now(),
            },
            ToSender::Gone(reply) => {
                self.line.remove(reply);
            }
            ToSender::Inbound(at) => {
                self.starts.pace(|pace| pace.received(at));
                self.gate.received(at);
            }
            ToSender::Mark { wamid, typing } => {
                self.marks.ask(&self.number, wamid, typing);
            }
        }
    }

    fn take_in(&mut self, row: OutboxRow) {
        if !self.under_way.contains(&row.send.reply) {
            // Without room it stays in the table, where the poll finds it.
            self.line.add(row);
        }
    }

    /// What earlier owners sent still counts with the provider, for the number and for each customer.
    async fn seed(&mut self, now: Time) {
        let (workspace, channel) = (self.number.workspace, self.number.channel.id);
        let since = now - PAIR_MEMORY;
        match self.app.store.sent_since(workspace, channel, since).await {
            Ok(sent) => {
                self.starts.pace(|pace| pace.seed(sent));
                self.seeded = true;
            }
            Err(error) => tracing::warn!(%error, "what was sent lately can't be read now"),
        }
    }

    async fn poll(&mut self, now: Time) {
        self.next_poll = now + POLL;
        if !self.seeded {
            self.seed(now).await;
        }
        let channel: ChannelId = self.number.channel.id;
        self.app.seen.pace(channel, now, self.pace_seen(now));
        if let Some(why) = self.no_way(now) {
            self.turn_away(now, &why).await;
        }
        for lane in [Lane::Conversation, Lane::Campaign] {
            match self.app.store.due_sends(channel, lane, now, TAKE).await {
                Ok(rows) => {
                    for row in rows {
                        if !self.line.has(row.send.reply) {
                            self.take_in(row);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "due sends can't be read now"),
            }
        }
        if now >= self.next_claims {
            self.next_claims = now + CLAIMS_POLL;
            self.settle_open_claims(now).await;
        }
    }

    /// Why nothing that waits will leave in time.
    fn no_way(&self, now: Time) -> Option<Refusal> {
        let gone = self
            .number
            .suspended
            .is_some_and(|since| now - since >= PATIENCE);
        if self.number.removed {
            Some(Refusal::ChannelRemoved)
        } else {
            gone.then_some(Refusal::ChannelSuspended)
        }
    }

    /// Gives what waits back to its conversations, a part at a time: people see it there.
    async fn turn_away(&mut self, now: Time, why: &Refusal) {
        for lane in [Lane::Conversation, Lane::Campaign] {
            let channel = self.number.channel.id;
            let mut rows = match self
                .app
                .store
                .due_sends(channel, lane, now, GIVEN_BACK)
                .await
            {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(%error, "due sends can't be read now");
                    return;
                }
            };
            // What was claimed just before ends as its attempt ends.
            rows.retain(|row| !self.under_way.contains(&row.send.reply));
            if !rows.is_empty() {
                record::turned_away(&self.app, &self.hold.lease(), &rows, why).await;
            }
        }
    }

    fn pace_seen(&self, now: Time) -> PaceSeen {
        let limits = limits(&self.number);
        PaceSeen {
            limit: limits.per_second,
            used: self.gate.used(now),
            rests_until: self.starts.pace(|pace| pace.rests_until(now)),
        }
    }

    /// Claims whose process died: whatever left, left before the deadline; nobody knows if it did.
    async fn settle_open_claims(&mut self, now: Time) {
        let channel = self.number.channel.id;
        let open = match self.app.store.open_claims(channel, now, TAKE).await {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(%error, "open claims can't be read now");
                return;
            }
        };
        for claim in open {
            // What is on its way may be this very end, which the store could not take yet.
            let told = self.app.relay.flights.any(claim.place.conversation);
            if told || self.under_way.contains(&claim.reply) {
                continue;
            }
            let outcome = Outcome::Unsure {
                why: "the process ended before the answer".into(),
            };
            record::ended(
                &self.app,
                &claim.place,
                claim.reply,
                claim.attempt,
                &outcome,
            )
            .await;
        }
    }
}

fn limits(number: &Number) -> Limits {
    let channel = &number.channel;
    Limits::new(channel.per_second, channel.coexistence).with_pair_burst(channel.pair_burst)
}

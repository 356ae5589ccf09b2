//! Turns deliveries into one commit: journal entries, people, facts, and the deliveries' end.
//!
//! In: raw deliveries leased to this node. Out: a commit, and the journal rows it will have made.
//! Items that fail are kept as rows of their own and never hold back the others; a delivery of which
//! nothing can be read, or which is about nobody's number, is quarantined whole. Absent: storing it.
//! Next: [`super`].

use super::account::{self, Source};
use super::people::People;
use super::sort::{self, Sorted};
use super::whose::Owners;
use crate::app::App;
use crate::fresh::{self, Fresh, Origin};
use crate::orphans::Parked;
use crate::settings::{Number, Numbers};
use ponte_core::fact::{Item, StatusReport};
use ponte_core::ids::{ChannelId, ConversationId, EventId, ReplyId, WorkspaceId};
use ponte_core::{Envelope, Event, Time};
use ponte_store::Commit;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::journal::{
    AccountEventNew, FOREIGN_ITEM, JournalNew, JournalRow, OrphanNew, UNREADABLE_ITEM,
};
use ponte_store::rows::words;
use ponte_wire::decode::{self, Decoded, ItemTrouble};
use ponte_wire::tag;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Places of replies remembered for their statuses; beyond it they are looked up again.
const PLACES: usize = 20_000;

/// What is remembered between deliveries.
#[derive(Debug, Default)]
pub struct Memory {
    pub people: People,
    places: HashMap<ReplyId, Place>,
}

impl Memory {
    /// Forgets everything: what was remembered led to a refused commit.
    pub fn forget(&mut self) {
        *self = Memory::default();
    }

    /// Keeps within bounds; called between commits.
    pub fn trim(&mut self) {
        self.people.trim();
        if self.places.len() > PLACES {
            self.places.clear();
        }
    }
}

/// A commit in the making.
pub struct Draft<'a> {
    pub app: &'a App,
    pub memory: &'a mut Memory,
    pub numbers: Arc<Numbers>,
    pub commit: Commit,
    /// One per `append`, in order.
    pub appended: Vec<JournalNew>,
    /// Events that are stored with what follows from them, by the engine that runs here.
    pub fresh: Vec<Fresh>,
    /// Statuses that wait for these ids.
    pub parked: Vec<(WorkspaceId, ChannelId, String)>,
    pub at: Time,
    /// The delivery that says one thing only: its end may go along with the event.
    single: Option<i64>,
    /// This delivery was taken up before: it may be what ended the process then.
    pub careful: bool,
    /// Conversations in which an entry would overtake an event that is on its way.
    pub overtakes: BTreeSet<ConversationId>,
    /// Looked up when something must be set aside.
    owners: Option<Owners>,
}

/// What became of a decoded delivery.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    good: usize,
    bad: usize,
}

impl<'a> Draft<'a> {
    pub fn new(app: &'a App, memory: &'a mut Memory) -> Draft<'a> {
        memory.people.alone = app.config.alone;
        Draft {
            app,
            memory,
            numbers: app.settings.now(),
            commit: Commit::new(),
            appended: Vec::new(),
            fresh: Vec::new(),
            parked: Vec::new(),
            at: app.env.clock.now(),
            single: None,
            careful: false,
            overtakes: BTreeSet::new(),
            owners: None,
        }
    }

    /// Adds a whole delivery and ends it.
    pub async fn delivery(&mut self, id: i64, body: &[u8]) -> Result<(), StoreError> {
        match decode::delivery(body) {
            Err(error) => self.quarantine(id, body, &error.to_string()).await,
            Ok(decoded) => self.decoded(id, body, decoded).await,
        }
    }

    async fn decoded(&mut self, id: i64, body: &[u8], decoded: Decoded) -> Result<(), StoreError> {
        let (items, troubles) = (decoded.items, decoded.troubles);
        let mut tally = Tally {
            good: 0,
            bad: troubles.len(),
        };
        for trouble in &troubles {
            self.trouble(id, trouble).await?;
        }
        let single = items.len() == 1 && troubles.is_empty();
        self.single = single.then_some(id);
        for item in items {
            if self.item(id, item).await? {
                tally.good += 1;
            } else {
                tally.bad += 1;
            }
        }
        if single && self.single.take().is_none() {
            // It went along with the event, which ends the delivery.
            return Ok(());
        }
        if tally.bad > 0 && tally.good == 0 {
            let why = "nothing in it could be used; see the items kept of it";
            return self.quarantine(id, body, why).await;
        }
        self.commit.finish_delivery(id, self.app.config.node);
        Ok(())
    }

    /// Adds items of a delivery, and what could not be read of it, without ending it: a part of a long
    /// history.
    pub async fn part(
        &mut self,
        id: i64,
        items: Vec<Item>,
        troubles: Vec<ItemTrouble>,
    ) -> Result<(), StoreError> {
        for trouble in &troubles {
            self.trouble(id, trouble).await?;
        }
        for item in items {
            self.item(id, item).await?;
        }
        Ok(())
    }

    /// The journal rows, once the commit has given them their places.
    #[must_use]
    pub fn rows(appended: Vec<JournalNew>, seqs: &[Option<i64>]) -> Vec<JournalRow> {
        let mut rows = Vec::with_capacity(appended.len());
        for (new, seq) in appended.into_iter().zip(seqs) {
            let Some(seq) = seq else {
                metrics::counter!("ponte_duplicates_total").increment(1);
                continue;
            };
            let kind = words::event_kind(&new.envelope.event);
            metrics::counter!("ponte_events_total", "kind" => kind).increment(1);
            rows.push(JournalRow {
                seq: *seq,
                place: new.place,
                envelope: new.envelope,
                delivery: new.delivery,
                attempts: 0,
                applied: None,
                quarantined: false,
            });
        }
        rows
    }

    /// False: nobody here owns the number; kept and shown.
    async fn item(&mut self, id: i64, item: Item) -> Result<bool, StoreError> {
        let about = self.about(&item);
        let Some(number) = about.first().cloned() else {
            self.foreign(id, &item).await?;
            return Ok(false);
        };
        self.app.seen.webhook(number.channel.id, self.at);
        if let Some(time) = sort::provider_time(&item) {
            self.app.env.clock.saw_message(time);
        }
        let dedupe = item.dedupe.clone();
        match sort::sort(item.fact) {
            Sorted::Talk {
                person,
                before,
                event,
                low: _,
            } => {
                let (app, at) = (self.app, self.at);
                let here = (number.workspace, number.channel.id);
                let names = (&person, before.as_ref());
                let mut looked = Commit::new();
                let people = &mut self.memory.people;
                let place = people
                    .place(&app.store, &app.env, &mut looked, at, here, names)
                    .await?;
                let event = self.own_echo(&number, event).await?;
                if looked.only_looks() && self.goes_along(place, &event, &dedupe, &looked) {
                    return Ok(true);
                }
                self.commit.join(looked);
                self.ended(id);
                self.append(place, event, dedupe, Some(id));
            }
            Sorted::Status(report) => self.status(&number, report, dedupe, Some(id)).await?,
            Sorted::Contact {
                person,
                first_name,
                removed,
            } => {
                self.contact(&number, person, first_name, removed).await?;
                self.ended(id);
            }
            Sorted::Account(fact) => {
                let source = Source {
                    at: self.at,
                    dedupe: &dedupe,
                    delivery: id,
                };
                account::apply(&mut self.commit, &fact, &about, source);
            }
            Sorted::Keep { kind, body } => self.keep(id, &number, kind, &dedupe, body),
        }
        Ok(true)
    }

    /// Conversations that end since their contact is another one: nothing of theirs may go on.
    fn ended(&mut self, delivery: i64) {
        for (place, into) in self.memory.people.take_ended() {
            let dedupe = format!("merged:{}", place.conversation);
            self.append(place, Event::Merged { into }, dedupe, Some(delivery));
        }
    }

    /// The numbers an item is about: by id, by display digits, or all of its account.
    fn about(&self, item: &Item) -> Vec<Arc<Number>> {
        if let Some(number) = &item.number {
            return self
                .numbers
                .by_number(number)
                .cloned()
                .into_iter()
                .collect();
        }
        if let Some(display) = &item.display {
            return self
                .numbers
                .by_display(display)
                .cloned()
                .into_iter()
                .collect();
        }
        item.account
            .as_deref()
            .map(|account| self.numbers.of_account(account).cloned().collect())
            .unwrap_or_default()
    }

    /// Hands the event to the engine that runs here, with the end of its delivery. False: it must be
    /// journaled by itself.
    fn goes_along(&mut self, place: Place, event: &Event, dedupe: &str, looked: &Commit) -> bool {
        let app = self.app;
        let Some(id) = self.single else {
            return false;
        };
        // Where other processes write, the order of a conversation is the journal's.
        if !app.relay.takes_fresh(place.channel) || matches!(event, Event::Imported { .. }) {
            return false;
        }
        self.single = None;
        let mut with = looked.clone();
        with.finish_delivery(id, app.config.node);
        let kind = words::event_kind(event);
        metrics::counter!("ponte_events_total", "kind" => kind).increment(1);
        self.fresh.push(Fresh {
            place,
            envelope: Envelope {
                id: EventId(app.env.ids.next(self.at)),
                at: self.at,
                event: event.clone(),
            },
            origin: Origin {
                dedupe: dedupe.to_owned(),
                delivery: Some(id),
                with,
                source: fresh::Source::Delivery,
                careful: self.careful,
                flight: app.relay.flights.begin(place.conversation, Some(id)),
            },
        });
        true
    }

    fn append(&mut self, place: Place, event: Event, dedupe: String, delivery: Option<i64>) {
        if self.app.relay.flights.any_delivered(place.conversation) {
            self.overtakes.insert(place.conversation);
        }
        let new = JournalNew {
            place,
            envelope: Envelope {
                id: EventId(self.app.env.ids.next(self.at)),
                at: self.at,
                event,
            },
            dedupe,
            delivery,
        };
        self.commit.append(&new);
        self.appended.push(new);
    }

    /// An echo whose id is that of a message of ours says so.
    async fn own_echo(&self, number: &Number, event: Event) -> Result<Event, StoreError> {
        let Event::Echoed { to, message, .. } = event else {
            return Ok(event);
        };
        let wamids = [message.wamid.clone()];
        let known = self.app.store.known(number.channel.id, &wamids).await?;
        let ours = known.get(&message.wamid).and_then(|(_, known)| known.reply);
        Ok(Event::Echoed { to, message, ours })
    }

    /// A status goes to the conversation of its tag or of its wamid, or waits until one is known.
    pub async fn status(
        &mut self,
        number: &Number,
        report: StatusReport,
        dedupe: String,
        delivery: Option<i64>,
    ) -> Result<(), StoreError> {
        let channel = number.channel.id;
        let tagged = report
            .tag
            .as_deref()
            .and_then(|text| tag::read(self.app.config.tag_key.expose().as_bytes(), text));
        if let Some((reply, attempt)) = tagged
            && let Some(place) = self.place_of(reply).await?
            && place.channel == channel
        {
            let event = Event::StatusChanged {
                report: Box::new(report),
                reply: Some(reply),
                attempt: Some(attempt),
            };
            if !self.goes_along(place, &event, &dedupe, &Commit::new()) {
                self.append(place, event, dedupe, delivery);
            }
            return Ok(());
        }
        let wamids = [report.wamid.clone()];
        let known = self.app.store.known(channel, &wamids).await?;
        if let Some((conversation, known)) = known.get(&report.wamid) {
            let place = Place {
                workspace: number.workspace,
                channel,
                conversation: *conversation,
            };
            let event = Event::StatusChanged {
                report: Box::new(report),
                reply: known.reply,
                attempt: None,
            };
            if !self.goes_along(place, &event, &dedupe, &Commit::new()) {
                self.append(place, event, dedupe, delivery);
            }
            return Ok(());
        }
        metrics::counter!("ponte_orphan_statuses_total").increment(1);
        self.commit.park_status(&OrphanNew {
            workspace: number.workspace,
            channel,
            waits_for: report.wamid.clone(),
            at: self.at,
            body: serde_json::to_value(&Parked {
                report: report.clone(),
                dedupe: dedupe.clone(),
            })
            .unwrap_or(Value::Null),
            dedupe,
        });
        self.app.relay.orphans.store(true, Ordering::Release);
        self.parked.push((number.workspace, channel, report.wamid));
        Ok(())
    }

    async fn place_of(&mut self, reply: ReplyId) -> Result<Option<Place>, StoreError> {
        if let Some(place) = self.memory.places.get(&reply) {
            return Ok(Some(*place));
        }
        let found = self.app.store.place_of_reply(reply).await?;
        if let Some(place) = found {
            self.memory.places.insert(reply, place);
        }
        Ok(found)
    }

    /// The phone's address book: a name for a contact, never a conversation.
    async fn contact(
        &mut self,
        number: &Number,
        mut person: ponte_core::content::Person,
        first_name: Option<String>,
        removed: bool,
    ) -> Result<(), StoreError> {
        let named = !ponte_core::identity::aliases(&person).is_empty();
        if removed || !named {
            return Ok(());
        }
        person.name = person.name.or(first_name);
        let (app, at) = (self.app, self.at);
        let people = &mut self.memory.people;
        people
            .contact(
                &app.store,
                &app.env,
                &mut self.commit,
                at,
                number.workspace,
                (&person, None),
            )
            .await?;
        Ok(())
    }

    fn keep(&mut self, id: i64, number: &Number, kind: &str, dedupe: &str, body: Value) {
        self.commit.add_account_event(&AccountEventNew {
            workspace: Some(number.workspace),
            channel: Some(number.channel.id),
            at: self.at,
            field: "intake".into(),
            kind: kind.to_owned(),
            body,
            dedupe: dedupe.to_owned(),
            delivery: Some(id),
        });
    }

    /// A number that nobody here has set up makes no contact and no conversation; the item is kept whole.
    async fn foreign(&mut self, id: i64, item: &Item) -> Result<(), StoreError> {
        metrics::counter!("ponte_quarantined_total", "what" => "foreign_number").increment(1);
        tracing::error!(
            delivery = id,
            "an item is about a number that nobody here owns"
        );
        let body = json!({"place": item.place, "number": item.number, "account": item.account,
            "fact": item.fact});
        let about = (item.account.as_deref(), item.number.as_deref());
        self.aside(id, about, FOREIGN_ITEM, &item.place, body).await
    }

    async fn trouble(&mut self, id: i64, trouble: &ItemTrouble) -> Result<(), StoreError> {
        metrics::counter!("ponte_quarantined_total", "what" => "item").increment(1);
        tracing::warn!(
            delivery = id,
            why = trouble.why,
            "an item of a delivery could not be read"
        );
        let body = json!({"place": trouble.place, "number": trouble.number,
            "account": trouble.account, "why": trouble.why, "raw": trouble.raw});
        let about = (trouble.account.as_deref(), trouble.number.as_deref());
        self.aside(id, about, UNREADABLE_ITEM, &trouble.place, body)
            .await
    }

    /// Sets an item aside, for its workspace to see.
    async fn aside(
        &mut self,
        id: i64,
        (account, number): (Option<&str>, Option<&str>),
        kind: &str,
        place: &str,
        body: Value,
    ) -> Result<(), StoreError> {
        let workspace = self.owners().await?.of(account, number);
        self.commit.add_account_event(&AccountEventNew {
            workspace,
            channel: None,
            at: self.at,
            field: "intake".into(),
            kind: kind.to_owned(),
            body,
            dedupe: format!("{kind}:{id}:{place}"),
            delivery: Some(id),
        });
        Ok(())
    }

    /// Sets a whole delivery aside, for its workspace to see.
    pub async fn quarantine(&mut self, id: i64, body: &[u8], why: &str) -> Result<(), StoreError> {
        let owner = self.owners().await?.of_body(body);
        metrics::counter!("ponte_quarantined_total", "what" => "delivery").increment(1);
        tracing::error!(delivery = id, why, "a delivery is quarantined");
        self.commit
            .quarantine_delivery(id, self.app.config.node, why);
        if let Some(workspace) = owner {
            self.commit.delivery_of(id, workspace);
        }
        Ok(())
    }

    async fn owners(&mut self) -> Result<&Owners, StoreError> {
        if self.owners.is_none() {
            self.owners = Some(Owners::read(&self.app.store).await?);
        }
        Ok(self.owners.get_or_insert_default())
    }
}

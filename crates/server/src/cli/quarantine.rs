//! `ponte quarantine …`: what could not be decoded or applied, kept until somebody tries again.
//!
//! In: nothing, or a kind and an id. Out: the newest of each kind with the counts of all, one with what
//! came, or another try. Whoever holds the machine sees all of it, whichever workspace it belongs to.
//! Absent: throwing away. Next: `api/quarantine`, the same for one workspace.

use super::{Desk, tools};
use crate::api::time::show;
use crate::boot::fail::{Fail, OK, USAGE};
use crate::both;
use clap::{Args, Subcommand, ValueEnum};
use ponte_store::rows::journal::{AccountEventRow, DeliveryRow, JournalRow, Whose};
use ponte_store::{Commit, Store};
use serde_json::{Value, json};

/// Of each kind, the newest: more is for programs, which have the API's pages.
const NEWEST: u32 = 100;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the newest of what is in quarantine
    List,
    /// Show one with what came
    Show(One),
    /// Decode or apply one again
    Retry(One),
}

#[derive(Args, Debug)]
pub struct One {
    /// What it is
    #[arg(value_enum)]
    kind: Kind,
    /// Its number, as listed
    id: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Delivery,
    Item,
    Entry,
}

/// Lists, shows or tries again.
///
/// # Errors
/// [`Fail`] from the store, or when there is nothing of that number.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    match command {
        Command::List => list(desk, &store).await?,
        Command::Show(one) => {
            let found = find(&store, one).await?.shown();
            desk.json(&found);
        }
        Command::Retry(one) => {
            let mut commit = Commit::new();
            match find(&store, one).await? {
                Found::Delivery(row) => commit.reopen_delivery(row.id),
                Found::Item(row) => commit.reopen_delivery(row.delivery.unwrap_or_default()),
                Found::Entry(row) => commit.reopen_entry(row.seq, &row.place),
            };
            if !store.commit(commit).await?.stored() {
                return Err(Fail {
                    code: USAGE,
                    what: both!(
                        "não dá para tentar de novo agora.",
                        "it can't be tried again now."
                    ),
                    todo: both!(
                        "Já está sendo lido de novo, ou o corpo original passou do prazo de 30 dias.",
                        "It is being decoded again, or the raw body is past its 30 days."
                    ),
                });
            }
            if desk.json {
                desk.json(&json!({ "retried": true }));
            } else {
                desk.tell(&both!(
                    "Será tentado de novo na sua vez.",
                    "It is tried again in its turn."
                ));
            }
        }
    }
    Ok(OK)
}

async fn list(desk: &mut Desk<'_>, store: &Store) -> Result<(), Fail> {
    let count = store.set_aside(Whose::All).await?;
    let deliveries = store
        .quarantined_deliveries(Whose::All, None, NEWEST)
        .await?;
    let items = store.quarantined_items(Whose::All, None, NEWEST).await?;
    let entries = store.quarantined_entries(None, NEWEST).await?;
    if desk.json {
        let all = |rows: Vec<Found>| -> Vec<Value> { rows.iter().map(Found::line).collect() };
        desk.json(&json!({
            "counts": { "deliveries": count.deliveries, "items": count.items, "entries": count.entries },
            "deliveries": all(deliveries.into_iter().map(Found::Delivery).collect()),
            "items": all(items.into_iter().map(Found::Item).collect()),
            "entries": all(entries.into_iter().map(Found::Entry).collect()),
        }));
        return Ok(());
    }
    let (whole, parts, events) = (count.deliveries, count.items, count.entries);
    desk.tell(&both!(
        "Em quarentena: {whole} entregas, {parts} itens, {events} eventos.",
        "In quarantine: {whole} deliveries, {parts} items, {events} entries."
    ));
    for row in deliveries {
        let why = row.error.unwrap_or_default();
        desk.say(&format!(
            "delivery {}  {}  {why}",
            row.id,
            show(row.received)
        ));
    }
    for row in items {
        let place = row.body["place"].as_str().unwrap_or_default();
        desk.say(&format!(
            "item {}  {}  {}  {place}",
            row.id,
            show(row.at),
            row.kind
        ));
    }
    for row in entries {
        let at = show(row.envelope.at);
        desk.say(&format!(
            "entry {}  {at}  {}",
            row.seq, row.place.conversation
        ));
    }
    Ok(())
}

enum Found {
    Delivery(DeliveryRow),
    Item(AccountEventRow),
    Entry(JournalRow),
}

impl Found {
    /// Without what came.
    fn line(&self) -> Value {
        match self {
            Found::Delivery(row) => json!({
                "id": row.id, "workspace": row.workspace, "received": show(row.received),
                "attempts": row.attempts, "error": row.error,
            }),
            Found::Item(row) => json!({
                "id": row.id, "workspace": row.workspace, "at": show(row.at), "kind": row.kind,
                "place": row.body["place"], "why": row.body["why"], "number": row.body["number"],
                "delivery": row.delivery,
            }),
            Found::Entry(row) => json!({
                "id": row.seq, "workspace": row.place.workspace, "at": show(row.envelope.at),
                "conversation": row.place.conversation, "attempts": row.attempts,
            }),
        }
    }

    fn shown(&self) -> Value {
        let mut shown = self.line();
        shown["body"] = match self {
            Found::Delivery(row) => String::from_utf8_lossy(&row.body).into(),
            Found::Item(row) => row.body.clone(),
            Found::Entry(row) => serde_json::to_value(&row.envelope.event).unwrap_or_default(),
        };
        shown
    }
}

async fn find(store: &Store, one: &One) -> Result<Found, Fail> {
    let (id, before) = (one.id, Some(one.id.saturating_add(1)));
    let found = match one.kind {
        Kind::Delivery => {
            let rows = store.quarantined_deliveries(Whose::All, before, 1).await?;
            rows.into_iter().next().map(Found::Delivery)
        }
        Kind::Item => {
            let row = store.quarantined_item(Whose::All, id).await?;
            row.map(Found::Item)
        }
        Kind::Entry => {
            let rows = store.quarantined_entries(before, 1).await?;
            rows.into_iter().next().map(Found::Entry)
        }
    };
    let same = |found: &Found| match found {
        Found::Delivery(row) => row.id == id,
        Found::Item(row) => row.id == id,
        Found::Entry(row) => row.seq == id,
    };
    found.filter(same).ok_or_else(|| Fail {
        code: USAGE,
        what: both!(
            "não há nada assim em quarentena.",
            "there is nothing of that in quarantine."
        ),
        todo: both!(
            "Veja os números com `ponte quarantine list`.",
            "See the numbers with `ponte quarantine list`."
        ),
    })
}

//! What a new world is told of the one before it, when the demo starts again.
//!
//! In: the store's newest conversations. Out: their customers on the simulated phones, with old lines and
//! the window as it stands, before the first send of this start; and how far the world that was had run
//! ahead. Absent: events. Nobody is told anything, and what the store doesn't know (ticks, media) is gone
//! with the old world. Next: `world.rs`.

use super::NUMBER;
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::effect::MessageBody;
use ponte_core::ids::WorkspaceId;
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_sim::{CustomerProfile, Host, Recalled, Side};
use ponte_store::rows::conversation::{ConversationFilter, ConversationItem};
use ponte_store::rows::message::MessageView;
use ponte_store::{Commit, Store, StoreError};

/// Conversations that come back: more than anybody scrolls through in the simulator.
const CONVERSATIONS: u32 = 200;
/// Lines of each: a screenful or two.
const LINES: u32 = 40;
/// How far the world is ahead of the machine is written down under this name.
const AHEAD: &str = "demo_ahead";

/// Writes down how far the world is ahead of the machine, after somebody has moved it.
///
/// # Errors
/// The store's.
pub async fn note_ahead(store: &Store, ahead: Span) -> Result<(), StoreError> {
    let mut commit = Commit::new();
    commit.put_meta(AHEAD, &ahead.as_micros().to_string());
    store.commit(commit).await.map(|_| ())
}

/// How far a new world must be ahead of the machine, so that time does not go back from what the store
/// has seen: buttons may have moved the last world by days.
///
/// # Errors
/// The store's.
pub async fn ahead(store: &Store) -> Result<Span, StoreError> {
    let noted = store.meta(AHEAD).await?.and_then(|text| text.parse().ok());
    Ok(noted.map_or(Span::ZERO, Span).max(Span::ZERO))
}

/// Puts the customers of earlier conversations into the world. Oldest first, as they came.
///
/// # Errors
/// The store's.
pub async fn recall(
    host: &Host,
    store: &Store,
    workspace: WorkspaceId,
) -> Result<usize, StoreError> {
    let filter = ConversationFilter::default();
    let page = store
        .conversations(workspace, &filter, None, CONVERSATIONS)
        .await?;
    let mut recalled = 0;
    for item in page.items.into_iter().rev() {
        let Some(contact) = store.contact(item.contact).await? else {
            continue;
        };
        let messages = store
            .messages(item.place.conversation, None, LINES)
            .await?
            .items;
        let lines: Vec<Recalled> = messages.into_iter().rev().filter_map(line).collect();
        put(host, profile(&item.name, contact.person), &item, &lines);
        recalled += 1;
    }
    Ok(recalled)
}

fn profile(name: &str, person: Person) -> CustomerProfile {
    CustomerProfile {
        name: person.name.unwrap_or_else(|| name.to_string()),
        phone: person.wa_id.clone(),
        hides_phone: person.wa_id.is_none(),
        wa_id: person.wa_id,
        bsuid: person.bsuid,
        parent: person.parent,
        username: person.username,
        ..CustomerProfile::default()
    }
}

fn put(host: &Host, profile: CustomerProfile, item: &ConversationItem, lines: &[Recalled]) {
    let names = [&profile.wa_id, &profile.bsuid].map(Clone::clone);
    host.with(|cloud, _| {
        let known = names
            .into_iter()
            .flatten()
            .find_map(|name| cloud.find_customer(&name));
        let customer = known.unwrap_or_else(|| cloud.customer(profile));
        let wrote = item.service_until.map(|until| until - Span::days(1));
        cloud.recall(NUMBER, customer, wrote.map(Time::micros), lines);
    });
}

/// A message as a phone showed it; what never left the house is not among them.
fn line(message: MessageView) -> Option<Recalled> {
    if message.revoked_at.is_some() {
        return None;
    }
    let text = match (&message.row.content, &message.edited) {
        (MessageBody::In(_), Some((_, content))) | (MessageBody::In(content), None) => {
            content.text()
        }
        (MessageBody::Out(what), _) => what.words().to_string(),
        (MessageBody::Note(_), _) => return None,
    };
    let side = match message.row.provenance {
        Provenance::Customer => Side::Customer,
        Provenance::PhoneApp => Side::PhoneApp,
        Provenance::Imported { from_business } if from_business => Side::PhoneApp,
        Provenance::Imported { .. } => Side::Customer,
        Provenance::Assistant { .. }
        | Provenance::Flow { .. }
        | Provenance::Agent { .. }
        | Provenance::Campaign { .. }
        | Provenance::System => Side::Api,
    };
    Some(Recalled {
        id: message.row.wamid?,
        at: message.row.sent.micros(),
        side,
        text,
    })
}

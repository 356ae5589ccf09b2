//! Which conversations have events on their way that are not in the journal yet, in this process.
//!
//! In: events as they set out. Out: whether a conversation must be waited for: by sends (any event may
//! be a person who has spoken) and by intake (what came in later may not overtake). Each share ends
//! with the event it stands for, whatever became of that. Absent: the events. Next: [`super`].

use ponte_core::ids::ConversationId;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

/// The conversations with events on their way.
#[derive(Clone, Debug, Default)]
pub struct Flights(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    all: HashMap<ConversationId, Count>,
    deliveries: HashSet<i64>,
}

#[derive(Debug, Default)]
struct Count {
    all: u32,
    delivered: u32,
}

/// One event's share of [`Flights`].
#[derive(Debug)]
pub struct Flight {
    all: Flights,
    conversation: ConversationId,
    delivery: Option<i64>,
}

impl Flights {
    fn held(&self) -> MutexGuard<'_, Held> {
        match self.0.lock() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// An event of this conversation is on its way from now on; `delivery`: it came in by that one.
    #[must_use]
    pub fn begin(&self, conversation: ConversationId, delivery: Option<i64>) -> Flight {
        let mut held = self.held();
        let count = held.all.entry(conversation).or_default();
        count.all += 1;
        count.delivered += u32::from(delivery.is_some());
        held.deliveries.extend(delivery);
        Flight {
            all: self.clone(),
            conversation,
            delivery,
        }
    }

    /// Whether any event of this conversation is on its way.
    #[must_use]
    pub fn any(&self, conversation: ConversationId) -> bool {
        self.held().all.contains_key(&conversation)
    }

    /// How many events of this conversation are.
    #[must_use]
    pub fn count(&self, conversation: ConversationId) -> usize {
        let held = self.held();
        held.all
            .get(&conversation)
            .map_or(0, |count| count.all as usize)
    }

    /// Whether one that came in by a delivery is.
    #[must_use]
    pub fn any_delivered(&self, conversation: ConversationId) -> bool {
        let held = self.held();
        held.all
            .get(&conversation)
            .is_some_and(|count| count.delivered > 0)
    }

    /// Whether what this delivery says is on its way.
    #[must_use]
    pub fn has_delivery(&self, id: i64) -> bool {
        self.held().deliveries.contains(&id)
    }

    /// Conversations that have any.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held().all.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut held = self.all.held();
        if let Some(id) = self.delivery {
            held.deliveries.remove(&id);
        }
        if let Some(count) = held.all.get_mut(&self.conversation) {
            count.all -= 1;
            count.delivered -= u32::from(self.delivery.is_some());
            if count.all == 0 {
                held.all.remove(&self.conversation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    #[test]
    fn a_conversation_is_on_its_way_until_the_last_of_its_events_is_stored() {
        let flights = Flights::default();
        let first = flights.begin(id(1), None);
        let second = flights.begin(id(1), None);
        assert!(flights.any(id(1)) && !flights.any(id(2)));
        assert_eq!((flights.count(id(1)), flights.count(id(2))), (2, 0));
        assert!(!flights.any_delivered(id(1)));
        drop(first);
        assert!(flights.any(id(1)));
        drop(second);
        assert!(!flights.any(id(1)));
        assert!(flights.is_empty(), "nothing is kept of it");
    }

    #[test]
    fn what_came_in_by_a_delivery_is_told_apart_and_known_by_its_number() {
        let flights = Flights::default();
        let timer = flights.begin(id(1), None);
        let message = flights.begin(id(1), Some(9));
        assert!(flights.any_delivered(id(1)) && flights.has_delivery(9));
        drop(message);
        assert!(!flights.any_delivered(id(1)) && !flights.has_delivery(9));
        assert!(flights.any(id(1)));
        drop(timer);
        assert!(flights.is_empty());
    }
}

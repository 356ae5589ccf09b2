//! People who write to the bakery: sample conversations, through the real webhooks.
//!
//! In: the world, and whether they have written before. Out: one customer who waits for a person, one
//! who was answered from the FAQ, one whom the owner answered by hand on the phone. Absent: rows
//! written directly; what people see here is what the product does. Next: `world.rs`.

use ponte_sim::{Cloud, CustomerId, CustomerMessage, CustomerProfile, OwnerMessage};
use ponte_store::{Commit, Store, StoreError};
use std::sync::Arc;

use super::NUMBER;

/// Set once the samples have been written.
const MARK: &str = "demo_samples";

/// The people of the demo: name, phone, business-scoped id. Fixed, so that a restart knows them again.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("Ana Souza", "5511988880001", "BR.10000000000001"),
    ("Bruno Lima", "5511988880002", "BR.10000000000002"),
    ("Carla Dias", "5511988880003", "BR.10000000000003"),
];

/// Puts the people into the world, where they aren't yet, and lets them write if they never did.
///
/// # Errors
/// The store's.
pub async fn begin(host: &Arc<ponte_sim::Host>, store: &Store) -> Result<(), StoreError> {
    let people = host.with(|cloud, _| PEOPLE.map(|person| add(cloud, person)));
    if store.meta(MARK).await?.is_some() {
        return Ok(());
    }
    host.with(|cloud, now| write(cloud, now, people));
    let mut commit = Commit::new();
    commit.put_meta(MARK, "1");
    store.commit(commit).await.map(|_| ())
}

fn add(cloud: &mut Cloud, (name, phone, bsuid): (&str, &str, &str)) -> CustomerId {
    // A world that recalls earlier conversations knows them already.
    cloud.find_customer(bsuid).unwrap_or_else(|| {
        cloud.customer(CustomerProfile {
            bsuid: Some(bsuid.into()),
            ..CustomerProfile::new(name, phone)
        })
    })
}

fn write(cloud: &mut Cloud, now: i64, [ana, bruno, carla]: [CustomerId; 3]) {
    cloud.customer_sends(
        now,
        ana,
        NUMBER,
        CustomerMessage::text("Que horas vocês abrem?"),
    );
    cloud.customer_sends(
        now,
        bruno,
        NUMBER,
        CustomerMessage::text("Quero falar com um atendente, por favor"),
    );
    cloud.customer_sends(
        now,
        carla,
        NUMBER,
        CustomerMessage::text("Bom dia! O bolo da Júlia já ficou pronto?"),
    );
    // Before the assistant has finished waiting for more: the owner was faster.
    cloud.owner_sends(
        now,
        NUMBER,
        carla,
        OwnerMessage::text("Bom dia, Carla! Ficou pronto agora há pouco, pode vir buscar. 🎂"),
    );
}

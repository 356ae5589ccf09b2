//! Faults of the way in: A1 to A19, each by its name in the catalogue (`docs/testing.md`).
//!
//! In: a world and one fault. Out: the behaviour that is right then, and the judge's word. Absent:
//! signatures and bodies, which are tested at the door (`door.rs`). Next: `world/judge.rs`.

use crate::world::World;
use crate::world::judge::{Excuses, judge, must_have_struck};
use ponte_core::time::Span;
use ponte_sim::Fault;

const REST: Span = Span::hours(1);

#[tokio::test(start_paused = true)]
async fn a_message_is_answered_and_everything_settles() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    world.says(ana, "eco bom dia");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["bom dia"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a01_same_delivery_twice_concurrently() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    world.arm(Fault::ConcurrentDuplicate, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::ConcurrentDuplicate);
    assert_eq!(world.heard(ana), ["um"]);
    judge(&world, Excuses::default()).await;
}

//! A seed's story: customers who write in bursts, an owner at the phone, agents, and everything that
//! can go wrong, all drawn from one number.
//!
//! In: a seed. Out: a world that lived through it and came to rest, and was judged. Absent: anything
//! not drawn from the seed. Next: [`super::judge`], `seeds.rs`.

use super::World;
use super::judge::{Excuses, judge};
use ponte_core::Event;
use ponte_core::event::Command;
use ponte_core::outgoing::Outgoing;
use ponte_core::time::Span;
use ponte_sim::{CustomerId, CustomerMessage, Fault};

/// Draws of one seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap();
        &from[at]
    }
}

/// Faults that truthful handling survives without any excuse.
const FAULTS: &[Fault] = &[
    Fault::DuplicateDelivery,
    Fault::ConcurrentDuplicate,
    Fault::RebatchWithOthers,
    Fault::Reorder,
    Fault::DelayDelivery,
    Fault::Batch,
    Fault::RedeliveryAfterDays,
    Fault::BadSignature,
    Fault::DropStatus,
    Fault::LateStatus,
    Fault::StatusRegression,
    Fault::DuplicateStatus,
    Fault::StatusBeforeAnswer,
    Fault::UnknownField,
    Fault::Api5xxAccepted,
    Fault::Api5xxRefused,
    Fault::ApiTimeoutAfterAccept,
    Fault::ApiHang,
    Fault::ConnectionRefused,
    Fault::CutBeforeAccept,
    Fault::CutAfterAccept,
    Fault::CutMidBody,
    Fault::AnswerWithoutId,
    Fault::Throttle130429,
    Fault::AppRate4,
    Fault::AppRate80007,
    Fault::TokenExpired190,
    Fault::Maintenance131057,
    Fault::AsyncFailed,
    Fault::LateEcho,
    Fault::EchoOfApiMessage,
    Fault::HistoryWithheld,
    Fault::HistoryLags,
    Fault::SlowApi,
];

const WORDS: &[&str] = &[
    "eco um",
    "eco dois",
    "eco tres",
    "oi",
    "qual o horario de atendimento",
    "quero falar com um atendente",
    "partes",
    "uma coisa qualquer",
    "eco quatro",
    "obrigado",
];

/// Lives through a seed and judges it.
pub async fn live(seed: u64) {
    let mut dice = Dice::new(seed);
    let trust = dice.chance(50);
    let mut world = World::with(
        seed,
        1,
        |config| config.pair_limit = true,
        |business| {
            business.settings.trust_history = trust;
            business.settings.pause = Span::minutes(20);
            business.settings.idle = Span::minutes(5);
        },
    )
    .await;
    let customers: Vec<CustomerId> = (0..2 + u32::try_from(dice.below(5)).unwrap())
        .map(|n| world.customer(n))
        .collect();
    for _ in 0..dice.below(4) {
        let fault = *dice.pick(FAULTS);
        let per_mille = u16::try_from(20 + dice.below(250)).unwrap();
        world
            .shared
            .cloud(|cloud, _| cloud.faults().per_mille(fault, per_mille));
    }
    let deeds = 10 + dice.below(30);
    for n in 0..deeds {
        deed(&mut world, &mut dice, &customers, n).await;
        if trace() {
            eprintln!(
                "{:?} deed {n} of {deeds}, {} crashes",
                world.shared.now(),
                world.crashes
            );
        }
        let pause = match dice.below(10) {
            0..=4 => Span::millis(i64::try_from(dice.below(1_500)).unwrap()),
            5..=8 => Span::secs(i64::try_from(dice.below(40)).unwrap()),
            _ => Span::minutes(i64::try_from(dice.below(30)).unwrap()),
        };
        world.run(pause).await;
    }
    world.shared.cloud(|cloud, _| cloud.faults().calm());
    world.settle(Span::hours(4)).await;
    if seed.is_multiple_of(4) {
        // Hours of waiting cost seconds of computing: the others end with their timers still set.
        world.drain(Span::hours(3)).await;
    }
    judge(
        &world,
        Excuses {
            refusals: true,
            flood: true,
            ..Excuses::default()
        },
    )
    .await;
}

/// `PONTE_TRACE=1` tells how a seed goes on.
fn trace() -> bool {
    std::env::var_os("PONTE_TRACE").is_some()
}

async fn deed(world: &mut World, dice: &mut Dice, customers: &[CustomerId], n: u64) {
    let customer = *dice.pick(customers);
    match dice.below(20) {
        0..=9 => {
            for _ in 0..=dice.below(3) {
                let word: &&str = dice.pick(WORDS);
                world.says(customer, word);
            }
        }
        10 => {
            world.sends(customer, CustomerMessage::image("foto"));
        }
        11 | 12 => {
            world.owner_says(customer, "pode deixar comigo");
        }
        13 => {
            world.owner_says(customer, "#bot");
        }
        14 | 15 => {
            if world.place(customer).await.is_some() {
                let command = match dice.below(4) {
                    0 => Command::Send {
                        client: format!("c{n}"),
                        what: Box::new(Outgoing::text(format!("resposta {n}"))),
                        quotes: None,
                    },
                    1 => Command::TakeOver,
                    2 => Command::Return,
                    _ => Command::Resolve,
                };
                let by = world.business.agent;
                let event = Event::Commanded { by, command };
                world.command(customer, event, &format!("k{n}")).await;
            }
        }
        16 | 17 => {
            let point = *dice.pick(&ponte::env::crash::POINTS);
            world.die_at(0, point, 1 + u32::try_from(dice.below(4)).unwrap());
        }
        18 => world.kill(0).await,
        _ => world.restart(0).await,
    }
}

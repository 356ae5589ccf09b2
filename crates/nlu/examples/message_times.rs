//! Measures what understanding one message costs: each part alone, over the same mixed messages, and
//! a catalogue by its size. Prints microseconds per message and milliseconds to build.
//!
//! `cargo run --release -p ponte-nlu --example message_times`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints"
)]

use jiff::civil::{Date, DateTime};
use ponte_nlu::entities::codes::Codes;
use ponte_nlu::entities::things::Catalogue;
use ponte_nlu::entities::{Settings, find};
use ponte_nlu::mask::{PERSONAL, mask};
use ponte_nlu::sense::displeasure::{Turn, Who, displeasure};
use ponte_nlu::sense::language::detect;
use ponte_nlu::sense::sentiment::sentiment;
use ponte_nlu::sense::urgency::urgency;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 400;

const MESSAGES: &[&str] = &[
    "oi, bom dia",
    "quanto custa a camiseta preta tamanho M?",
    "meu pedido 12345 não chegou, já faz uma semana que estou esperando, que descaso!",
    "quero marcar para amanhã às 15h ou sexta que vem de manhã",
    "meu cpf é 529.982.247-25 e o telefone (11) 98765-4321",
    "adorei, chegou rápido 😍 muito obrigada",
    "me manda o boleto de R$ 1.234,56 no email ana@loja.com.br por favor, é urgente",
    "where is my order? I need it by friday",
];

fn per_message(name: &str, work: impl Fn(&str)) {
    let began = Instant::now();
    for _ in 0..ROUNDS {
        for message in MESSAGES {
            work(black_box(message));
        }
    }
    let count = f64::from(ROUNDS) * MESSAGES.len() as f64;
    let micros = began.elapsed().as_secs_f64() * 1e6 / count;
    println!("{name:<24} {micros:8.1} µs a message");
}

fn catalogue(names: usize) -> Catalogue {
    const KINDS: &[&str] = &[
        "Camiseta", "Calça", "Tênis", "Bolsa", "Relógio", "Caneca", "Mochila",
    ];
    const COLOURS: &[&str] = &["preta", "azul", "verde", "branca", "vermelha"];
    let name = |i: usize| {
        format!(
            "{} {} modelo {}",
            KINDS[i % 7],
            COLOURS[i % 5],
            i * 7919 % 100_003
        )
    };
    let things = (0..names).map(|i| (i.to_string(), [name(i)]));
    Catalogue::new(things).unwrap_or_default()
}

fn main() {
    let now: DateTime = Date::constant(2026, 11, 21).at(10, 0, 0, 0);
    let codes = Codes::new(&Codes::usual()).unwrap_or_default();
    let settings = Settings {
        codes,
        ..Settings::default()
    };
    per_message("entities", |m| drop(black_box(find(m, &settings, now))));
    per_message("language", |m| {
        black_box(detect(m));
    });
    per_message("sentiment", |m| drop(black_box(sentiment(m))));
    per_message("urgency", |m| drop(black_box(urgency(m))));
    per_message("mask", |m| drop(black_box(mask(m, PERSONAL))));
    let turns: Vec<Turn> = MESSAGES
        .iter()
        .map(|m| Turn {
            who: Who::Customer,
            text: (*m).into(),
            at: now,
            asks_person: false,
        })
        .collect();
    per_message("displeasure, 8 turns", |_| {
        drop(black_box(displeasure(&turns)))
    });
    let long = MESSAGES.join(" ").repeat(8);
    let began = Instant::now();
    black_box(find(&long, &settings, now));
    println!(
        "entities of {} bytes {:8.1} µs",
        long.len(),
        began.elapsed().as_secs_f64() * 1e6
    );
    for names in [1_000, 10_000, 100_000] {
        let began = Instant::now();
        let built = catalogue(names);
        let build = began.elapsed().as_secs_f64() * 1e3;
        per_message(&format!("catalogue of {names}"), |m| {
            drop(black_box(built.search(m, 5)))
        });
        println!("  built in {build:.0} ms");
    }
}

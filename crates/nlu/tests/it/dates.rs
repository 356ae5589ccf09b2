//! Moments, days and spans: the cases of `cases/moments.rs`, at several times of the year.

use crate::cases::moments::TABLES;
use jiff::civil::DateTime;
use ponte_nlu::entities::{Kind, Settings, find};

fn read(now: &str, text: &str) -> String {
    let now: DateTime = now.parse().unwrap();
    let found = find(text, &Settings::default(), now);
    let moments = found.iter().filter(|e| e.kind == Kind::When);
    let normal: Vec<String> = moments.map(|e| e.value.normal()).collect();
    if normal.is_empty() {
        "-".into()
    } else {
        normal.join(" ; ")
    }
}

#[test]
fn every_case_of_the_table_is_read_as_it_says() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (now, table) in TABLES {
        for (text, expected) in *table {
            let is = read(now, text);
            cases += 1;
            if is != *expected {
                wrong.push(format!("{now}: {text}: {is} (expected {expected})"));
            }
        }
    }
    assert!(cases >= 120);
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

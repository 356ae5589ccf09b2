//! Fault E3: a stream, or a whole answer, that is cut at any byte never yields a reply.

use crate::kit::{decode, golden, streams};
use ponte_models::{Decoder, Dialect, Kind};

/// Every cut of every golden, in pieces that end elsewhere than the cut.
#[test]
fn e3_an_answer_cut_at_each_byte_is_no_reply() {
    let mut cuts = 0;
    for dialect in Dialect::ALL {
        let (content_type, ending) = streams(dialect);
        for case in ["plain", "tools", "structured"] {
            for (content_type, ending) in [(content_type, ending), ("application/json", "json")] {
                let name = format!("{}.{case}.{ending}", dialect.word());
                let body = golden(&name);
                // What follows the last byte that means something is only space.
                let meant = body.trim_ascii_end().len();
                let last = if ending == "json" { meant } else { body.len() };
                for at in 0..last {
                    let cut = decode(dialect, content_type, &body[..at], 11);
                    let trouble = cut.expect_err(&format!("{name} cut at {at} of {last}"));
                    let fits = matches!(trouble.kind, Kind::Cut | Kind::Empty);
                    assert!(fits, "{name} at {at}: {trouble}");
                    cuts += 1;
                }
                assert!(decode(dialect, content_type, &body, 11).is_ok(), "{name}");
            }
        }
    }
    assert!(cuts > 10_000, "{cuts}");
}

/// Gemini's streams have no last word, so that a cut between events shows only in what is missing.
#[test]
fn an_answer_says_that_it_is_complete_only_at_its_end() {
    for dialect in Dialect::ALL {
        let (content_type, ending) = streams(dialect);
        let body = golden(&format!("{}.plain.{ending}", dialect.word()));
        let mut decoder = Decoder::new(dialect, content_type);
        for byte in &body[..body.len() - 1] {
            decoder.push(std::slice::from_ref(byte)).unwrap();
            assert!(!decoder.is_complete(), "{dialect:?}");
        }
        decoder.push(&body[body.len() - 1..]).unwrap();
        assert!(decoder.is_complete(), "{dialect:?}");
    }
}

/// Bytes that are no protocol at all, and protocols with bytes turned over: trouble or a reply, never a panic.
#[test]
fn bytes_turned_over_never_panic() {
    let mut seed: u64 = 7;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap()
    };
    let mut tried = 0;
    for dialect in Dialect::ALL {
        let (content_type, ending) = streams(dialect);
        let body = golden(&format!("{}.tools.{ending}", dialect.word()));
        for _ in 0..2_000 {
            let mut turned = body.clone();
            for _ in 0..=next() % 3 {
                let at = next() % turned.len();
                turned[at] = u8::try_from(next() % 256).unwrap();
            }
            let read = decode(dialect, content_type, &turned, 1 + next() % 50);
            if let Ok(reply) = read {
                assert!(reply.calls.len() <= 16);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 8_000);
}

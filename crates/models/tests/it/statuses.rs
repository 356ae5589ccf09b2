//! Every status, word and sentence of a failed answer, and what the table makes of it.

use ponte_models::policy::chain::{Attempt, LEAST_US, Limits, Next, PER_LINK_MAX, Stop, next};
use ponte_models::policy::circuit::{Circuit, FAILURES_MAX, Gate, REST_US, TRIAL_US};
use ponte_models::trouble::{Again, Fault, of_answer};
use ponte_models::{Kind, Trouble};
use serde_json::{Value, json};

#[test]
fn the_table_says_for_each_kind_whom_to_ask_and_whose_fault_it_is() {
    use Again::{Nobody, Other, Repair, Same};
    use Fault::{Answer, Limit, Ours, Provider, Settings};
    let table = [
        (Kind::NotSent, "not_sent", Same, Provider),
        (Kind::Forbidden, "forbidden", Other, Settings),
        (Kind::TimedOut, "timed_out", Other, Provider),
        (Kind::Cut, "cut", Other, Provider),
        (Kind::RateLimited, "rate_limited", Other, Provider),
        (Kind::ProviderDown, "provider_down", Other, Provider),
        (Kind::KeyRefused, "key_refused", Other, Settings),
        (Kind::NoCredit, "no_credit", Other, Settings),
        (Kind::NoModel, "no_model", Other, Settings),
        (Kind::TooLong, "too_long", Other, Settings),
        (Kind::Filtered, "filtered", Nobody, Answer),
        (Kind::NotTaken, "not_taken", Other, Settings),
        (Kind::Garbage, "garbage", Other, Provider),
        (Kind::Empty, "empty", Other, Answer),
        (Kind::TooMuch, "too_much", Other, Answer),
        (Kind::Unfinished, "unfinished", Other, Answer),
        (Kind::WrongShape, "wrong_shape", Repair, Answer),
        (Kind::WrongTool, "wrong_tool", Repair, Answer),
        (Kind::WrongLanguage, "wrong_language", Repair, Answer),
        (Kind::Loop, "loop", Nobody, Answer),
        (Kind::Budget, "budget", Nobody, Limit),
        (Kind::Deadline, "deadline", Nobody, Limit),
        (Kind::Busy, "busy", Other, Limit),
        (Kind::Resting, "resting", Other, Limit),
        (Kind::NoProvider, "no_provider", Nobody, Settings),
        (Kind::Ours, "ours", Nobody, Ours),
    ];
    assert_eq!(table.map(|(kind, ..)| kind), Kind::ALL);
    for (kind, word, again, fault) in table {
        let row = kind.row();
        assert_eq!((row.word, row.again, row.fault), (word, again, fault));
        assert_eq!(row.retryable(), again != Nobody, "{word}");
        assert_eq!(Trouble::new(kind).to_string(), word);
    }
}

#[test]
fn what_a_person_can_do_is_said_in_both_languages() {
    for (kind, pt, en) in [
        (Kind::NotSent, "Confira o endereço", "Check the address"),
        (Kind::Forbidden, "PONTE_EGRESS_ALLOW", "PONTE_EGRESS_ALLOW"),
        (Kind::RateLimited, "Espere", "Wait"),
        (
            Kind::KeyRefused,
            "`ponte provider add`",
            "`ponte provider add`",
        ),
        (Kind::NoCredit, "Ponha crédito", "Add credit"),
        (
            Kind::NoModel,
            "Confira o nome do modelo",
            "Check the model's name",
        ),
        (
            Kind::Filtered,
            "Uma pessoa deve responder",
            "A person should answer",
        ),
        (
            Kind::Unfinished,
            "Aumente o máximo de tokens",
            "Raise the maximum of tokens",
        ),
        (
            Kind::Loop,
            "Uma pessoa deve responder",
            "A person should answer",
        ),
        (Kind::Budget, "Aumente o limite", "Raise the limit"),
        (
            Kind::NoProvider,
            "`ponte provider add`",
            "`ponte provider add`",
        ),
        (Kind::Ours, "Relate o problema", "Report it"),
    ] {
        let row = kind.row();
        assert!(row.pt.contains(pt), "{}: {}", row.word, row.pt);
        assert!(row.en.contains(en), "{}: {}", row.word, row.en);
    }
}

#[test]
fn a_status_alone_is_enough() {
    for (statuses, kind) in [
        (vec![401, 403], Kind::KeyRefused),
        (vec![402], Kind::NoCredit),
        (vec![404], Kind::NoModel),
        (vec![408], Kind::TimedOut),
        (vec![413], Kind::TooLong),
        (vec![429], Kind::RateLimited),
        (vec![400, 405, 409, 415, 422, 499], Kind::NotTaken),
        (vec![500, 502, 503, 504, 529, 599], Kind::ProviderDown),
        (vec![0, 100, 200, 301, 307, 600], Kind::Garbage),
    ] {
        for status in statuses {
            for body in ["", "<html>", "{}", "[]", "null", "\"x\"", "{\"error\":7}"] {
                let read = of_answer(status, None, body.as_bytes());
                assert_eq!((read.kind, read.http), (kind, Some(status)), "{body}");
                assert_eq!((read.code, read.retry_after_ms), (None, None));
            }
        }
    }
}

#[test]
fn a_providers_word_counts_more_than_its_status() {
    for (words, kind) in [
        (
            &[
                "insufficient_quota",
                "billing_hard_limit_reached",
                "billing_error",
            ][..],
            Kind::NoCredit,
        ),
        (
            &[
                "invalid_api_key",
                "authentication_error",
                "permission_error",
                "UNAUTHENTICATED",
                "PERMISSION_DENIED",
            ],
            Kind::KeyRefused,
        ),
        (
            &[
                "rate_limit_exceeded",
                "rate_limit_error",
                "RESOURCE_EXHAUSTED",
                "tokens",
            ],
            Kind::RateLimited,
        ),
        (
            &[
                "model_not_found",
                "not_found_error",
                "NOT_FOUND",
                "DeploymentNotFound",
            ],
            Kind::NoModel,
        ),
        (
            &[
                "context_length_exceeded",
                "string_above_max_length",
                "request_too_large",
            ],
            Kind::TooLong,
        ),
        (
            &["content_filter", "content_policy_violation"],
            Kind::Filtered,
        ),
        (
            &[
                "overloaded_error",
                "api_error",
                "server_error",
                "UNAVAILABLE",
                "INTERNAL",
                "DEADLINE_EXCEEDED",
            ],
            Kind::ProviderDown,
        ),
    ] {
        for word in words {
            for member in ["code", "type", "status"] {
                let body = json!({"error": {member: word}}).to_string();
                let read = of_answer(418, None, body.as_bytes());
                assert_eq!(read.kind, kind, "{member} {word}");
                assert_eq!(read.code.as_deref(), Some(*word));
                assert_eq!(
                    read.to_string(),
                    format!("{} (HTTP 418): {word}", kind.row().word)
                );
            }
        }
    }
    let body = json!({"error": {"code": "novo", "type": "rate_limit_error", "status": "X"}});
    let read = of_answer(400, None, body.to_string().as_bytes());
    assert_eq!(
        (read.kind, read.code.as_deref()),
        (Kind::RateLimited, Some("novo"))
    );
}

#[test]
fn sentences_are_read_where_words_say_nothing() {
    for (sentence, kind) in [
        ("API key not valid", Kind::KeyRefused),
        ("API key expired. Renew it", Kind::KeyRefused),
        ("Incorrect API key provided", Kind::KeyRefused),
        ("Your credit balance is too low", Kind::NoCredit),
        ("Insufficient Balance", Kind::NoCredit),
        ("You exceeded your current quota", Kind::NoCredit),
        ("prompt is too long: 9 > 8", Kind::TooLong),
        ("This model's maximum context length is 8", Kind::TooLong),
        ("larger than the context window", Kind::TooLong),
        ("exceeds the maximum number of tokens", Kind::TooLong),
        ("exceeds the available context size", Kind::TooLong),
        ("model 'x' not found", Kind::NoModel),
        ("The model x does not exist", Kind::NoModel),
        ("page not found", Kind::NotTaken),
        ("a model", Kind::NotTaken),
    ] {
        for body in [
            json!({"error": sentence}),
            json!({"error": {"message": sentence}}),
            json!([{"error": {"message": sentence}}]),
        ] {
            let read = of_answer(400, None, body.to_string().as_bytes());
            assert_eq!(read.kind, kind, "{body}");
            assert_eq!(read.code, None, "a sentence is no code");
        }
    }
}

#[test]
fn the_wish_to_wait_is_a_number_of_seconds() {
    let delay = |text: &str| json!({"error": {"details": [{"a": 1}, {"retryDelay": text}]}});
    let after = |header: Option<&str>, body: &Value| {
        of_answer(429, header, body.to_string().as_bytes()).retry_after_ms
    };
    for (header, ms) in [
        ("0", Some(0)),
        (" 1 ", Some(1_000)),
        ("0.0001", Some(1)),
        ("900", Some(900_000)),
        ("901", Some(900_000)),
        ("1e300", Some(900_000)),
        ("-1", None),
        ("NaN", None),
        ("inf", None),
        ("", None),
        ("soon", None),
    ] {
        assert_eq!(after(Some(header), &json!({})), ms, "{header}");
    }
    assert_eq!(after(None, &delay("1.5s")), Some(1_500));
    assert_eq!(after(None, &json!([delay("2s")])), Some(2_000));
    assert_eq!(
        after(Some("3"), &delay("2s")),
        Some(3_000),
        "the header first"
    );
    assert_eq!(after(Some("soon"), &delay("2s")), Some(2_000));
    for none in ["2", "2m", "s"] {
        assert_eq!(after(None, &delay(none)), None, "{none}");
    }
}

#[test]
fn codes_are_short_words() {
    let code = |text: &str| Trouble::coded(Kind::Garbage, text).code;
    for fine in ["a", "a-b_c.d/e:f 9", "a b c d e", &"a".repeat(64)] {
        assert_eq!(code(fine).as_deref(), Some(fine));
    }
    for none in ["", "é", "a\nb", "a,b", "a b c d e f", &"a".repeat(65)] {
        assert_eq!(code(none), None, "{none}");
    }
}

fn failed(past: &[(usize, Kind)]) -> Vec<Attempt> {
    let one = |(link, kind): &(usize, Kind)| Attempt {
        link: *link,
        trouble: Trouble::new(*kind),
    };
    past.iter().map(one).collect()
}

#[test]
fn after_each_kind_of_trouble_the_chain_goes_on_as_the_table_says() {
    for kind in Kind::ALL {
        let wanted = match kind.row().again {
            Again::Same => Next::Ask(0),
            Again::Repair => Next::Repair(0),
            Again::Other => Next::Ask(1),
            Again::Nobody => Next::Stop(Stop::Exhausted),
        };
        let past = failed(&[(0, kind)]);
        assert_eq!(next(&past, LEAST_US, Limits::of(2)), wanted, "{kind:?}");
        let late = match wanted {
            Next::Stop(_) => wanted,
            Next::Ask(_) | Next::Repair(_) => Next::Stop(Stop::Late),
        };
        assert_eq!(next(&past, LEAST_US - 1, Limits::of(2)), late, "{kind:?}");
        let alone = match kind.row().again {
            Again::Other => Next::Stop(Stop::Exhausted),
            Again::Same | Again::Repair | Again::Nobody => wanted,
        };
        assert_eq!(next(&past, LEAST_US, Limits::of(1)), alone, "{kind:?}");
    }
}

#[test]
fn attempts_are_counted_over_the_whole_chain() {
    let limits = Limits {
        attempts_max: 2,
        ..Limits::of(5)
    };
    let past = failed(&[(0, Kind::Cut), (1, Kind::Cut)]);
    assert_eq!(next(&past, i64::MAX, limits), Next::Stop(Stop::Exhausted));
    assert_eq!(next(&past[..1], i64::MAX, limits), Next::Ask(1));
    assert_eq!(Limits::of(3).attempts_max, 3 * PER_LINK_MAX);
    assert_eq!(Limits::of(usize::MAX).attempts_max, usize::MAX);
    assert_eq!(next(&[], -1, Limits::of(1)), Next::Stop(Stop::Late));
}

#[test]
fn a_circuit_opens_rests_tries_and_closes() {
    let down = Trouble::new(Kind::TimedOut);
    let mut circuit = Circuit::default();
    for at in 0..FAILURES_MAX - 1 {
        circuit.ended(i64::from(at), Some(&down));
    }
    assert_eq!((circuit.ask(9), circuit.is_open(9)), (Gate::Go, false));
    circuit.ended(10, Some(&down));
    let end = 10 + REST_US;
    assert_eq!(circuit.ask(end - 1), Gate::Wait(end));
    assert_eq!(circuit.ask(end), Gate::Try);
    assert_eq!(circuit.ask(end + 1), Gate::Wait(end + TRIAL_US));
    circuit.ended(end + 2, Some(&Trouble::new(Kind::KeyRefused)));
    assert_eq!(circuit.ask(end + 3), Gate::Go, "it answered: it is there");
    let wish = Trouble {
        retry_after_ms: Some(u64::MAX),
        ..down
    };
    for _ in 0..FAILURES_MAX {
        circuit.ended(i64::MAX - 1, Some(&wish));
    }
    assert_eq!(circuit.ask(0), Gate::Wait(i64::MAX), "no overflow");
}

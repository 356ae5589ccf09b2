//! Prices, money and vectors: numbers at their edges.

use ponte_models::bounds::{EMBED_DIMENSIONS_MAX, EMBED_TEXT_BYTES_MAX, EMBED_TEXTS_MAX};
use ponte_models::embed::{Purpose, batches, decode, encode};
use ponte_models::prices::{
    Cost, Price, Prices, PricesError, at_most, cost, in_brl, is_same_model,
};
use ponte_models::{Dialect, Kind, Quirks, Target, Usage};
use serde_json::{Value, json};

fn price(input: u64, output: u64, cached: Option<u64>) -> Price {
    Price {
        provider: "p".into(),
        model: "m".into(),
        input,
        output,
        cached,
        seen: "2026-01-01".into(),
    }
}

fn used(tokens_in: u64, tokens_out: u64, cached: u64) -> Usage {
    Usage {
        tokens_in,
        tokens_out,
        cached,
        counted: true,
    }
}

#[test]
fn costs_add_up_and_round_up() {
    for (price, usage, micro) in [
        (price(1_000_000, 0, None), used(7, 9, 0), 7),
        (price(0, 2_000_000, None), used(7, 9, 0), 18),
        (price(1, 0, None), used(1, 0, 0), 1),
        (price(1, 0, None), used(1_000_000, 0, 0), 1),
        (price(1, 0, None), used(1_000_001, 0, 0), 2),
        (price(1_000_000, 0, Some(0)), used(10, 0, 4), 6),
        (price(1_000_000, 0, None), used(10, 0, 4), 10),
        (price(1_000_000, 0, Some(500_000)), used(10, 0, 99), 5),
        (
            price(u64::MAX, u64::MAX, None),
            used(u64::MAX, u64::MAX, 0),
            u64::MAX,
        ),
        (price(5, 5, None), used(0, 0, 0), 0),
    ] {
        assert_eq!(
            cost(Some(&price), &usage),
            Cost::Known(micro),
            "{price:?} {usage:?}"
        );
    }
    assert_eq!(cost(None, &used(1, 1, 0)).micro_usd(), None);
    let uncounted = Usage::default();
    assert_eq!(cost(Some(&price(1, 0, None)), &uncounted), Cost::Unknown);
    assert_eq!(cost(Some(&price(0, 1, None)), &uncounted), Cost::Unknown);
    assert_eq!(cost(Some(&price(0, 0, None)), &uncounted), Cost::Known(0));
    let dear = price(2_000_000, 3_000_000, Some(0));
    assert_eq!(
        at_most(Some(&dear), 5, 7),
        Cost::Known(31),
        "nothing is cached"
    );
    for (usd, rate, brl) in [
        (0, 5, 0),
        (1_000_000, 5_400_000, 5_400_000),
        (3, 1, 1),
        (u64::MAX, u64::MAX, u64::MAX),
    ] {
        assert_eq!(in_brl(usd, rate), brl);
    }
}

#[test]
fn the_longest_name_that_fits_counts() {
    let line = |provider: &str, model: &str, input: u64| json!({"provider": provider, "model": model, "input": input, "seen": "2026-01-01"});
    let table = json!({"prices": [line("*", "*", 1), line("p", "a*", 2), line("p", "a-b", 3), line("q", "a-b-c", 4)]});
    let table = Prices::read(&table.to_string()).unwrap();
    for (providers, model, input) in [
        (&["p"][..], "a-b", 3),
        (&["p"], "a-b-20260101", 3),
        (&["p"], "a-b-2026-01-01", 3),
        (&["p"], "a-b-c", 2),
        (&["q"], "a-b-c", 4),
        (&["p", "q"], "a-b-c", 4),
        (&["r"], "a-b", 1),
        (&[], "x", 1),
    ] {
        assert_eq!(
            table.of(providers, model).map(|price| price.input),
            Some(input),
            "{model}"
        );
    }
    for (asked, said, same) in [
        ("m", "M", true),
        ("a/b/m", "m:latest", true),
        ("m", "m-20260101", true),
        ("m", "m-2026010", false),
        ("m", "m-2026-13-01", false),
        ("m:1b", "m", false),
    ] {
        assert_eq!(is_same_model(asked, said), same, "{asked} {said}");
    }
}

#[test]
fn errors_of_a_list_of_prices_name_the_line() {
    for (error, said) in [
        (PricesError::Json("x".into()), "not a list of prices: x"),
        (PricesError::TooMany, "more than 1000 prices"),
        (
            PricesError::Undated { model: "m".into() },
            "the price of m has no day in `seen` (YYYY-MM-DD)",
        ),
        (
            PricesError::Star {
                model: "a*b".into(),
            },
            "the name `a*b` may have a `*` at its end only",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
    let odd = json!({"prices": [{"provider": "p", "model": "m", "input": 1, "seen": "2026-01-01", "currency": "BRL"}]});
    assert!(matches!(
        Prices::read(&odd.to_string()),
        Err(PricesError::Json(_))
    ));
}

fn target(dialect: Dialect) -> Target {
    Target {
        dialect,
        base: "https://x".into(),
        model: "m".into(),
        quirks: Quirks::default(),
    }
}

#[test]
fn texts_to_embed_are_asked_for_with_these_bodies() {
    let texts = ["olá".to_owned(), "tchau".to_owned()];
    let part = |text: &str| json!({"model": "models/m", "content": {"parts": [{"text": text}]}, "taskType": "RETRIEVAL_DOCUMENT"});
    for (dialect, url, body) in [
        (
            Dialect::Openai,
            "https://x/embeddings",
            json!({"model": "m", "input": texts, "encoding_format": "float"}),
        ),
        (
            Dialect::Ollama,
            "https://x/api/embed",
            json!({"model": "m", "input": texts}),
        ),
        (
            Dialect::Gemini,
            "https://x/v1beta/models/m:batchEmbedContents",
            json!({"requests": [part("olá"), part("tchau")]}),
        ),
    ] {
        let call = encode(&target(dialect), "k", &texts, Purpose::Document).unwrap();
        assert_eq!((call.url.as_str(), call.stream), (url, false));
        assert_eq!(serde_json::from_slice::<Value>(&call.body).unwrap(), body);
        assert!(dialect.embeds());
    }
    assert!(!Dialect::Anthropic.embeds());
    let many = |count: usize, bytes: usize| {
        let texts = vec!["a".repeat(bytes); count];
        encode(&target(Dialect::Ollama), "", &texts, Purpose::Query).map(|_| ())
    };
    assert!(many(EMBED_TEXTS_MAX, 1).is_ok() && many(1, EMBED_TEXT_BYTES_MAX).is_ok());
    for refused in [
        many(EMBED_TEXTS_MAX + 1, 1),
        many(1, EMBED_TEXT_BYTES_MAX + 1),
        many(0, 0),
    ] {
        let trouble = refused.unwrap_err();
        assert_eq!(
            (trouble.kind, trouble.code.as_deref()),
            (Kind::Ours, Some("batch"))
        );
    }
    assert_eq!(batches(&[]), Vec::<Vec<String>>::new());
}

#[test]
fn vectors_have_a_largest_length_and_say_what_is_wrong() {
    let of = |numbers: usize| {
        let body = json!({"embeddings": [vec![0.5; numbers]]}).to_string();
        decode(Dialect::Ollama, body.as_bytes(), 1).map(|read| read.vectors[0].len())
    };
    assert_eq!(of(EMBED_DIMENSIONS_MAX), Ok(EMBED_DIMENSIONS_MAX));
    assert_eq!(
        of(EMBED_DIMENSIONS_MAX + 1).unwrap_err().code.as_deref(),
        Some("vector")
    );
    for (body, code) in [
        (json!({"x": 1}), "no vectors"),
        (json!({"embeddings": [[1], [2]]}), "not one vector per text"),
        (
            json!({"embeddings": [{"index": 1, "values": [1]}]}),
            "index",
        ),
        (json!({"embeddings": [[null]]}), "vector"),
        (json!({"embeddings": [[]]}), "vectors of different lengths"),
    ] {
        let trouble = decode(Dialect::Ollama, body.to_string().as_bytes(), 1).unwrap_err();
        assert_eq!(
            (trouble.kind, trouble.code.as_deref()),
            (Kind::Garbage, Some(code)),
            "{body}"
        );
    }
}

//! Texts to vectors, for search by meaning: three of the four protocols have it.
//!
//! In: a [`Target`] and texts. Out: a [`Call`]; from its answer one vector per text, in order, each as long as
//! the others. Absent: where vectors are kept, and what happens when the model changes (the index has a version).

use crate::bounds::{EMBED_BYTES_MAX, EMBED_DIMENSIONS_MAX, EMBED_TEXT_BYTES_MAX, EMBED_TEXTS_MAX};
use crate::decode::{count, whole};
use crate::dialect::{Call, Dialect, Target, call, in_path};
use crate::protocol::openai;
use crate::reply::Usage;
use crate::trouble::{self, Kind, Trouble};
use serde_json::{Map, Value, json};

/// What came of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// One per text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    pub usage: Usage,
    /// The model, in the provider's words; empty where it doesn't say.
    pub model: String,
}

/// What a text is embedded for. Some models make other vectors of questions than of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Document,
    Query,
}

/// Texts in batches that one call takes; those that are too long are cut at a character.
#[must_use]
pub fn batches(texts: &[String]) -> Vec<Vec<String>> {
    let cut = |text: &String| {
        let mut end = text.len().min(EMBED_TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text[..end].to_owned()
    };
    texts
        .chunks(EMBED_TEXTS_MAX)
        .map(|batch| batch.iter().map(cut).collect())
        .collect()
}

/// The request for one batch.
///
/// # Errors
/// [`Kind::NotTaken`] for a dialect without embeddings, [`Kind::Ours`] for a batch over the limits.
pub fn encode(
    target: &Target,
    key: &str,
    texts: &[String],
    purpose: Purpose,
) -> Result<Call, Trouble> {
    let long = texts.iter().any(|text| text.len() > EMBED_TEXT_BYTES_MAX);
    if texts.is_empty() || texts.len() > EMBED_TEXTS_MAX || long {
        return Err(Trouble::coded(Kind::Ours, "batch"));
    }
    let (path, body) = match target.dialect {
        Dialect::Openai => {
            let body = json!({"model": target.model, "input": texts, "encoding_format": "float"});
            (openai::path(target, "embeddings"), body)
        }
        Dialect::Ollama => {
            let body = json!({"model": target.model, "input": texts});
            ("/api/embed".to_owned(), body)
        }
        Dialect::Gemini => gemini(target, texts, purpose),
        Dialect::Anthropic => return Err(Trouble::coded(Kind::NotTaken, "no embeddings")),
    };
    call(target, key, path, &body, false)
}

fn gemini(target: &Target, texts: &[String], purpose: Purpose) -> (String, Value) {
    let task = match purpose {
        Purpose::Document => "RETRIEVAL_DOCUMENT",
        Purpose::Query => "RETRIEVAL_QUERY",
    };
    let requests: Vec<Value> = texts
        .iter()
        .map(|text| {
            json!({"model": format!("models/{}", target.model),
                "content": {"parts": [{"text": text}]}, "taskType": task})
        })
        .collect();
    let mut body = Map::new();
    body.insert("requests".into(), Value::Array(requests));
    let model = in_path(&target.model);
    (
        format!("/v1beta/models/{model}:batchEmbedContents"),
        Value::Object(body),
    )
}

/// The vectors of an answer with a status of success.
///
/// # Errors
/// [`Kind::Garbage`] where there are more or fewer than `texts`, of different lengths, or not numbers.
pub fn decode(dialect: Dialect, body: &[u8], texts: usize) -> Result<Embedded, Trouble> {
    if body.len() > EMBED_BYTES_MAX {
        return Err(Trouble::coded(Kind::TooMuch, "body"));
    }
    let said = whole(body)?;
    if said.get("error").is_some_and(|error| !error.is_null()) {
        return Err(trouble::of_error(&said, None));
    }
    let garbage = |code| Trouble::coded(Kind::Garbage, code);
    let (list, inner) = match dialect {
        Dialect::Openai => ("data", Some("embedding")),
        Dialect::Gemini => ("embeddings", Some("values")),
        Dialect::Ollama | Dialect::Anthropic => ("embeddings", None),
    };
    let items = said.get(list).and_then(Value::as_array);
    let items = items.ok_or_else(|| garbage("no vectors"))?;
    if items.len() != texts {
        return Err(garbage("not one vector per text"));
    }
    let mut vectors = vec![Vec::new(); texts];
    for (n, item) in items.iter().enumerate() {
        // OpenAI numbers them, and they need not stand in order.
        let place = item.get("index").and_then(Value::as_u64);
        let place = place.map_or(Some(n), |place| usize::try_from(place).ok());
        let slot = place.and_then(|place| vectors.get_mut(place));
        let slot = slot.ok_or_else(|| garbage("index"))?;
        let numbers = inner.map_or(Some(item), |key| item.get(key));
        *slot = vector(numbers).ok_or_else(|| garbage("vector"))?;
    }
    let length = vectors.first().map_or(0, Vec::len);
    if length == 0 || vectors.iter().any(|vector| vector.len() != length) {
        return Err(garbage("vectors of different lengths"));
    }
    let model = said
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Ok(Embedded {
        vectors,
        usage: usage(dialect, &said),
        model: model.chars().take(128).collect(),
    })
}

fn vector(numbers: Option<&Value>) -> Option<Vec<f32>> {
    let numbers = numbers?.as_array()?;
    if numbers.len() > EMBED_DIMENSIONS_MAX {
        return None;
    }
    numbers
        .iter()
        .map(|number| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "vectors are kept as f32, which is what the models compute with at most"
            )]
            let number = number.as_f64()? as f32;
            number.is_finite().then_some(number)
        })
        .collect()
}

fn usage(dialect: Dialect, said: &Value) -> Usage {
    let tokens = match dialect {
        Dialect::Openai => said.get("usage").map(|usage| count(usage, "prompt_tokens")),
        Dialect::Ollama => said.get("prompt_eval_count").and_then(Value::as_u64),
        // Google doesn't say.
        Dialect::Gemini | Dialect::Anthropic => None,
    };
    Usage {
        tokens_in: tokens.unwrap_or(0),
        counted: tokens.is_some(),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(dialect: Dialect) -> Target {
        Target {
            dialect,
            base: "https://x/v1/".into(),
            model: "m/1".into(),
            quirks: crate::Quirks::default(),
        }
    }

    #[test]
    fn texts_are_batched_and_cut_at_a_character() {
        let mut texts = vec!["a".to_owned(); EMBED_TEXTS_MAX + 1];
        texts[0] = "é".repeat(EMBED_TEXT_BYTES_MAX);
        texts[1] = format!("a{}", "é".repeat(EMBED_TEXT_BYTES_MAX));
        let batches = batches(&texts);
        assert_eq!(
            batches.iter().map(Vec::len).collect::<Vec<_>>(),
            [EMBED_TEXTS_MAX, 1]
        );
        assert_eq!(batches[0][0].len(), EMBED_TEXT_BYTES_MAX);
        assert_eq!(batches[0][1].len(), EMBED_TEXT_BYTES_MAX - 1);
        assert!(encode(&target(Dialect::Openai), "k", &batches[0], Purpose::Query).is_ok());
    }

    #[test]
    fn each_dialect_asks_in_its_own_way() {
        let texts = ["olá".to_owned()];
        let asked = |dialect, purpose| encode(&target(dialect), "k", &texts, purpose).unwrap();
        let openai = asked(Dialect::Openai, Purpose::Query);
        assert_eq!(openai.url, "https://x/v1/embeddings");
        let gemini = asked(Dialect::Gemini, Purpose::Query);
        assert_eq!(
            gemini.url,
            "https://x/v1/v1beta/models/m%2F1:batchEmbedContents"
        );
        let said = |call: &Call| String::from_utf8(call.body.clone()).unwrap();
        assert!(said(&gemini).contains("RETRIEVAL_QUERY"));
        assert!(said(&asked(Dialect::Gemini, Purpose::Document)).contains("RETRIEVAL_DOCUMENT"));
        assert!(
            asked(Dialect::Ollama, Purpose::Query)
                .url
                .ends_with("/api/embed")
        );
        let none = encode(&target(Dialect::Anthropic), "k", &texts, Purpose::Query);
        assert_eq!(none.unwrap_err().kind, Kind::NotTaken);
        let empty = encode(&target(Dialect::Openai), "k", &[], Purpose::Query);
        assert_eq!(empty.unwrap_err().kind, Kind::Ours);
    }

    #[test]
    fn vectors_stand_in_the_order_of_their_texts() {
        let body = json!({"model": "e", "usage": {"prompt_tokens": 7}, "data": [
            {"index": 1, "embedding": [0.5, 1]}, {"index": 0, "embedding": [0, -1]}]});
        let read = decode(Dialect::Openai, body.to_string().as_bytes(), 2).unwrap();
        assert_eq!(read.vectors, [[0.0, -1.0], [0.5, 1.0]]);
        assert_eq!((read.usage.tokens_in, read.usage.counted), (7, true));
        let body = json!({"embeddings": [{"values": [1.0]}]});
        let read = decode(Dialect::Gemini, body.to_string().as_bytes(), 1).unwrap();
        assert!(!read.usage.counted);
        let body = json!({"model": "e", "embeddings": [[1.0]], "prompt_eval_count": 3});
        let read = decode(Dialect::Ollama, body.to_string().as_bytes(), 1).unwrap();
        assert_eq!((read.vectors, read.usage.tokens_in), (vec![vec![1.0]], 3));
    }

    #[test]
    fn what_is_not_a_vector_for_each_text_is_garbage() {
        for body in [
            json!({"data": []}),
            json!({"data": [{"embedding": [1]}]}),
            json!({"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}),
            json!({"data": [{"embedding": []}, {"embedding": []}]}),
            json!({"data": [{"embedding": ["x"]}, {"embedding": [1]}]}),
            json!({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}),
            json!({"data": [{"index": 0, "embedding": [1]}, {"index": 9, "embedding": [1]}]}),
            json!({"data": [{"embedding": [1e300]}, {"embedding": [1]}]}),
            json!([]),
        ] {
            let trouble = decode(Dialect::Openai, body.to_string().as_bytes(), 2).unwrap_err();
            assert_eq!(trouble.kind, Kind::Garbage, "{body}");
        }
        let cut = decode(Dialect::Openai, b"{\"data\": [", 2).unwrap_err();
        assert_eq!(cut.kind, Kind::Cut);
        let told = decode(Dialect::Ollama, b"{\"error\": \"model 'e' not found\"}", 1);
        assert_eq!(told.unwrap_err().kind, Kind::NoModel);
    }
}

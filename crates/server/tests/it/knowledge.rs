//! Knowledge from the file to the answer, through the API and the room's own functions.
//!
//! In: files, texts and curated answers. Out: what is found, what changed, what was set aside, and what
//! is gone at once. Absent: how well it finds (the search's own tests). Next: `knowledge_crawl.rs`.

use crate::api_kit::{Kit, id, kit};
use axum::http::StatusCode;
use ponte::knowledge::Knowledge;
use ponte::knowledge::crawl::fetch;
use ponte::knowledge::retrieve::Ask;
use ponte_core::time::Span;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const DELIVERY: &str = "# Entrega\n\nEntregamos em toda a cidade de segunda a sábado.\n\n## Taxa\n\nA taxa de entrega é de R$ 8,00 até cinco quilômetros.\n\n## Prazo\n\nO pedido chega em até 45 minutos.\n";
const EXCHANGE: &str =
    "# Trocas\n\nTrocamos produtos com defeito em até 30 dias, com a nota fiscal.\n";

pub(crate) struct Shop {
    pub(crate) kit: Kit,
    key: String,
}

impl Shop {
    pub(crate) async fn new() -> Shop {
        let kit = kit().await;
        let key = kit.full_key().await;
        Shop { kit, key }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/api/v1/{path}");
        let headers = [("accept-language", "pt-BR")];
        let answer = self
            .kit
            .call_with(method, &path, Some(&self.key), &text, &headers)
            .await;
        (answer.status, answer.json())
    }

    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, &body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    async fn source(&self, name: &str, settings: Value) -> String {
        let new = json!({"name": name, "kind": "upload", "settings": settings});
        let made = self.ok("POST", "knowledge/sources", new).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Gives a file and reads it; how it went.
    async fn file(&self, source: &str, name: &str, bytes: &str) -> Value {
        let path = format!("/api/v1/knowledge/sources/{source}/files?name={name}");
        let answer = self
            .kit
            .call_with("POST", &path, Some(&self.key), bytes, &[])
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.json());
        self.work().await;
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        self.ok("GET", &format!("knowledge/readings/{id}"), Value::Null)
            .await
    }

    /// Does all that waits here; the other workspace's reading is without a file.
    async fn work(&self) {
        while self.kit.app.knowledge.work_once().await.unwrap() {}
    }

    async fn search(&self, text: &str) -> Value {
        self.ok("POST", "knowledge/search", json!({ "text": text }))
            .await
    }

    async fn titles(&self, text: &str) -> Vec<String> {
        let found = self.search(text).await;
        let hits = found["hits"].as_array().unwrap().iter();
        hits.map(|hit| hit["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn a_file_is_read_found_with_its_reasons_and_read_again_without_waste() {
    let shop = Shop::new().await;
    let source = shop.source("Manuais", json!({})).await;
    let first = shop.file(&source, "entrega.md", DELIVERY).await;
    assert_eq!(
        (&first["state"], &first["added"]),
        (&json!("done"), &json!(1))
    );
    let found = shop.search("qual a taxa de entrega?").await;
    let hit = &found["hits"][0];
    assert!(hit["text"].as_str().unwrap().contains("R$ 8,00"), "{found}");
    assert_eq!(
        (&hit["key"], &hit["source_name"]),
        (&json!("entrega.md"), &json!("Manuais"))
    );
    assert!(
        hit["why"]["matched"]
            .as_array()
            .unwrap()
            .contains(&json!("taxa")),
        "{hit}"
    );
    assert_eq!(found["index"]["ready"], true);

    let same = shop.file(&source, "entrega.md", DELIVERY).await;
    assert_eq!(
        (&same["unchanged"], &same["passages_added"]),
        (&json!(1), &json!(0))
    );
    let other = shop
        .file(&source, "entrega.md", &DELIVERY.replace("8,00", "9,50"))
        .await;
    assert_eq!(other["changed"], 1, "{other}");
    assert_eq!(
        other["passages_added"], other["passages_removed"],
        "only what changed"
    );
    let found = shop.search("qual a taxa de entrega?").await;
    let texts = found["hits"].to_string();
    assert!(texts.contains("9,50") && !texts.contains("8,00"), "{texts}");
    let path = format!("knowledge/sources/{source}/documents");
    let documents = shop.ok("GET", &path, Value::Null).await;
    assert_eq!(documents["items"].as_array().unwrap().len(), 1);
    let document = documents["items"][0]["id"].as_str().unwrap();
    let whole = shop
        .ok(
            "GET",
            &format!("knowledge/documents/{document}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        (
            &whole["version"],
            whole["versions"].as_array().unwrap().len()
        ),
        (&json!(2), 2)
    );
    let path = format!("knowledge/documents/{document}/passages?limit=1");
    let page = shop.ok("GET", &path, Value::Null).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bad_file_is_set_aside_with_what_to_do_and_the_others_go_on() {
    let shop = Shop::new().await;
    let source = shop.source("Manuais", json!({})).await;
    let bad = shop
        .file(&source, "catalogo.pdf", "%PDF-1.7 isto não é um PDF")
        .await;
    assert_eq!(bad["state"], "failed", "{bad}");
    assert_eq!(bad["set_aside"], 1);
    let good = shop.file(&source, "trocas.md", EXCHANGE).await;
    assert_eq!(good["state"], "done");
    assert_eq!(shop.titles("trocam produto com defeito?").await, ["Trocas"]);
    let empty = shop.file(&source, "vazio.txt", "").await;
    assert_eq!(empty["why"], "O arquivo está vazio.");
    let row = shop
        .ok("GET", &format!("knowledge/sources/{source}"), Value::Null)
        .await;
    assert_eq!(row["last"]["state"], "failed", "the last one");
}

#[tokio::test]
async fn what_is_deleted_answers_no_more_and_comes_back() {
    let shop = Shop::new().await;
    let source = shop.source("Manuais", json!({})).await;
    shop.file(&source, "trocas.md", EXCHANGE).await;
    let workspace = shop.kit.home.workspace;
    let knowledge = &shop.kit.app.knowledge;
    let ask = Ask {
        text: "trocam produto com defeito?",
        limit: 5,
        ..Ask::default()
    };
    let found = knowledge.retrieve(workspace, &ask).await.unwrap();
    let ids: Vec<Uuid> = found.hits.iter().map(|hit| hit.id()).collect();
    assert!(knowledge.still_there(workspace, &ids).await.unwrap());
    shop.ok(
        "DELETE",
        &format!("knowledge/sources/{source}"),
        Value::Null,
    )
    .await;
    assert!(
        !knowledge.still_there(workspace, &ids).await.unwrap(),
        "what was found before may not be said any more"
    );
    assert!(shop.titles(ask.text).await.is_empty());
    let path = format!("knowledge/sources/{source}");
    let (status, _) = shop.call("GET", &path, &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let bin = shop
        .ok("GET", "knowledge/sources?deleted=true", Value::Null)
        .await;
    assert_eq!(bin["items"][0]["id"], source);
    shop.ok("POST", &format!("{path}/restore"), Value::Null)
        .await;
    assert_eq!(shop.titles(ask.text).await, ["Trocas"]);
    assert!(knowledge.still_there(workspace, &ids).await.unwrap());
}

#[tokio::test]
async fn curated_answers_are_found_changed_and_only_for_those_they_are_for() {
    let shop = Shop::new().await;
    let new = json!({"questions": ["Vocês aceitam cachorro?", "pode levar pet"], "answer": "Sim, na área externa."});
    let faq = shop.ok("POST", "knowledge/faq", new).await;
    let found = shop.search("pode levar pet?").await;
    assert_eq!(found["hits"][0]["kind"], "faq", "{found}");
    assert_eq!(found["hits"][0]["text"], "Sim, na área externa.");
    let path = format!("knowledge/faq/{}", faq["id"].as_str().unwrap());
    let change =
        json!({"questions": ["Aceita pet?"], "answer": "Não.", "enabled": true, "revision": 1});
    shop.ok("PUT", &path, change.clone()).await;
    let (status, problem) = shop.call("PUT", &path, &change).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::CONFLICT, &json!("urn:ponte:problem:changed"))
    );
    assert_eq!(shop.search("aceita pet?").await["hits"][0]["text"], "Não.");
    shop.ok("DELETE", &path, Value::Null).await;
    assert!(shop.titles("aceita pet?").await.is_empty());
    shop.ok("POST", &format!("{path}/restore"), Value::Null)
        .await;
    assert_eq!(shop.titles("aceita pet?").await.len(), 1);

    let source = shop
        .source(
            "Interno",
            json!({"audience": "internal", "assistants": ["balcao"]}),
        )
        .await;
    shop.file(
        &source,
        "margem.md",
        "# Margem\n\nA margem do bolo é de 40%.",
    )
    .await;
    let ask = |internal: bool, assistant: &str| {
        shop.ok(
            "POST",
            "knowledge/search",
            json!({"text": "margem do bolo", "internal": internal, "assistant": assistant}),
        )
    };
    for (internal, assistant, want) in [
        (false, "balcao", 0),
        (true, "outro", 0),
        (true, "balcao", 1),
    ] {
        let found = ask(internal, assistant).await;
        let margins = found["hits"].as_array().unwrap().iter();
        let margins = margins.filter(|hit| hit["title"] == "Margem").count();
        assert_eq!(margins, want, "{internal} {assistant}");
    }
    let row = shop
        .ok("GET", &format!("knowledge/sources/{source}"), Value::Null)
        .await;
    let open = json!({"name": "Interno", "settings": {}, "revision": row["revision"]});
    shop.ok("PUT", &format!("knowledge/sources/{source}"), open)
        .await;
    shop.kit.app.knowledge.follow().await;
    assert_eq!(
        shop.titles("margem do bolo").await[0],
        "Margem",
        "an audience changes at once"
    );
}

/// All hits with their scores, for questions about everything.
async fn all_answers(knowledge: &Knowledge, shop: &Shop) -> String {
    let mut all = Vec::new();
    for text in [
        "taxa de entrega",
        "defeito",
        "aceita pet",
        "prazo do pedido",
        "nota fiscal",
    ] {
        let ask = Ask {
            text,
            internal: true,
            limit: 20,
            ..Ask::default()
        };
        let found = knowledge
            .retrieve(shop.kit.home.workspace, &ask)
            .await
            .unwrap();
        all.push(format!(
            "{:?}",
            found.hits.iter().map(|f| &f.hit).collect::<Vec<_>>()
        ));
    }
    all.join("\n")
}

#[tokio::test]
async fn an_index_that_followed_equals_one_that_was_built() {
    let shop = Shop::new().await;
    shop.search("nada ainda").await;
    let a = shop.source("A", json!({})).await;
    let b = shop.source("B", json!({"audience": "internal"})).await;
    shop.file(&a, "entrega.md", DELIVERY).await;
    shop.file(&a, "trocas.md", EXCHANGE).await;
    shop.file(&b, "trocas.md", EXCHANGE).await;
    shop.ok(
        "POST",
        "knowledge/faq",
        json!({"questions": ["Aceita pet?"], "answer": "Sim."}),
    )
    .await;
    shop.file(&a, "entrega.md", &DELIVERY.replace("45", "60"))
        .await;
    shop.file(&a, "trocas.md", "# Trocas\n\nNada mais é trocado.\n")
        .await;
    shop.ok("DELETE", &format!("knowledge/sources/{b}"), Value::Null)
        .await;
    shop.ok(
        "POST",
        &format!("knowledge/sources/{b}/restore"),
        Value::Null,
    )
    .await;
    let knowledge = &shop.kit.app.knowledge;
    let followed = all_answers(knowledge, &shop).await;
    // Another node on the same store builds its own.
    let env = &shop.kit.app.env;
    let (clock, ids) = (Arc::clone(&env.clock), Arc::clone(&env.ids));
    let other = Knowledge::new(shop.kit.store.clone(), clock, ids, id(77), fetch::nowhere());
    let built = all_answers(&other, &shop).await;
    assert_eq!(followed, built);
    assert!(built.contains("matched"), "{built}");
    // What this node changes, the other follows.
    shop.ok("DELETE", &format!("knowledge/sources/{a}"), Value::Null)
        .await;
    other.follow().await;
    assert_eq!(
        all_answers(knowledge, &shop).await,
        all_answers(&other, &shop).await
    );
}

#[tokio::test]
async fn a_reading_whose_node_died_is_taken_up_again() {
    let shop = Shop::new().await;
    shop.work().await;
    let source = shop.source("Manuais", json!({})).await;
    let text = json!({"name": "trocas.md", "text": EXCHANGE});
    shop.ok("POST", &format!("knowledge/sources/{source}/texts"), text)
        .await;
    let now = shop.kit.app.env.clock.now();
    let dead = shop
        .kit
        .store
        .claim_knowledge_job(id(66), now, Span::secs(-1))
        .await;
    assert_eq!(dead.unwrap().unwrap().attempts, 1);
    shop.work().await;
    let path = format!("knowledge/sources/{source}/readings");
    let readings = shop.ok("GET", &path, Value::Null).await;
    assert_eq!(readings["items"][0]["state"], "done");
    assert_eq!(shop.titles("produto com defeito").await, ["Trocas"]);
}

#[tokio::test]
async fn wrong_requests_say_what_is_wrong() {
    let shop = Shop::new().await;
    let source = shop.source("Manuais", json!({})).await;
    for (path, body, word) in [
        (
            "knowledge/sources",
            json!({"name": "", "kind": "upload"}),
            "name",
        ),
        (
            "knowledge/sources",
            json!({"name": "x", "kind": "livro"}),
            "kind",
        ),
        (
            "knowledge/sources",
            json!({"name": "x", "kind": "site"}),
            "address",
        ),
        (
            "knowledge/sources",
            json!({"name": "x", "kind": "site", "settings": {"address": "http://127.0.0.1/"}}),
            "address",
        ),
        (
            "knowledge/faq",
            json!({"questions": [], "answer": "x"}),
            "questions",
        ),
        (
            "knowledge/search",
            json!({"text": "x", "limit": 99}),
            "limit",
        ),
    ] {
        let (status, problem) = shop.call("POST", path, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}");
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{problem}"
        );
    }
    let again = json!({"name": "Manuais", "kind": "text"});
    let (status, problem) = shop.call("POST", "knowledge/sources", &again).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::CONFLICT, &json!("urn:ponte:problem:taken"))
    );
    let crawl = format!("knowledge/sources/{source}/crawl");
    let (status, _) = shop.call("POST", &crawl, &Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "only sites are visited");
}

/// The share of the dense score in the best hit's reasons.
async fn dense(shop: &Shop, model: &str) -> f32 {
    let ask = Ask {
        text: "taxa de entrega",
        limit: 5,
        dense: Some((model, &[1.0, 0.5])),
        ..Ask::default()
    };
    let knowledge = &shop.kit.app.knowledge;
    let found = knowledge
        .retrieve(shop.kit.home.workspace, &ask)
        .await
        .unwrap();
    found.hits[0].hit.why.dense
}

/// E10: another embedding model; the vectors of the old one serve until the new ones are all there.
#[tokio::test]
async fn a_change_of_the_embedding_model_leaves_no_gap_and_texts_are_paid_for_once() {
    let shop = Shop::new().await;
    let source = shop.source("Manuais", json!({})).await;
    shop.file(&source, "entrega.md", DELIVERY).await;
    shop.ok(
        "POST",
        "knowledge/faq",
        json!({"questions": ["Aceita pet?"], "answer": "Sim."}),
    )
    .await;
    let (knowledge, workspace) = (&shop.kit.app.knowledge, shop.kit.home.workspace);
    let vectors = async |texts: Vec<String>| -> Result<Vec<Vec<f32>>, ()> {
        Ok(texts
            .iter()
            .map(|text| vec![1.0, text.len() as f32 / 100.0])
            .collect())
    };
    let made = knowledge.embed(workspace, "m1", vectors).await.unwrap();
    assert!(made >= 2, "a passage and a curated answer: {made}");
    assert_eq!(knowledge.embed(workspace, "m1", vectors).await.unwrap(), 0);
    assert!(dense(&shop, "m1").await > 0.0);
    let failing = async |_: Vec<String>| -> Result<Vec<Vec<f32>>, ()> { Err(()) };
    assert!(knowledge.embed(workspace, "m2", failing).await.is_err());
    assert!(dense(&shop, "m1").await > 0.0, "the old ones serve");
    assert_eq!(
        knowledge.embed(workspace, "m2", vectors).await.unwrap(),
        made
    );
    assert!(dense(&shop, "m2").await > 0.0);
}

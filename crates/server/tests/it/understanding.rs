//! Teaching from the first example to the answer, and learning from what customers ask.
//!
//! In: intents, examples, corrections, questions. Out: models that are trained, compared, swapped and
//! rolled back; suggestions that are approved and taken back. Absent: how well models understand.

use crate::knowledge::Shop;
use axum::http::StatusCode;
use ponte_core::time::Span;
use ponte_store::rows::training::{Asked, ClusterState};
use serde_json::{Value, json};

const HOURS: [&str; 8] = [
    "que horas vocês abrem",
    "qual o horário de funcionamento",
    "abre domingo",
    "até que horas ficam abertos",
    "vocês estão abertos agora",
    "horário de sábado",
    "que horas fecha hoje",
    "abrem no feriado",
];
const PRICE: [&str; 8] = [
    "quanto custa o bolo",
    "qual o preço da torta",
    "me passa os valores",
    "quanto é o pão de queijo",
    "valor do brigadeiro",
    "preço do cento de salgados",
    "quanto sai um bolo de dois quilos",
    "tem tabela de preços",
];

impl Shop {
    async fn intent(&self, name: &str, examples: &[&str]) -> String {
        let made = self.ok("POST", "intents", json!({ "name": name })).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("intents/{id}/examples");
        self.ok("POST", &path, json!({ "texts": examples })).await;
        id
    }

    async fn train(&self) -> Value {
        let asked = self
            .ok("POST", "intents/training", json!({"activate": true}))
            .await;
        while self.kit.app.understanding.train_once().await.unwrap() {}
        let version = &asked["version"];
        self.ok("GET", &format!("intents/models/{version}"), Value::Null)
            .await
    }

    async fn understand(&self, text: &str) -> Value {
        self.ok("POST", "intents/understand", json!({ "text": text }))
            .await
    }
}

#[tokio::test]
async fn a_model_is_trained_used_corrected_compared_and_rolled_back() {
    let shop = Shop::new().await;
    assert_eq!(
        shop.understand("que horas abre?").await["ranked"],
        json!([])
    );
    let hours = shop.intent("horario de funcionamento", &HOURS).await;
    shop.intent("preco", &PRICE).await;
    let first = shop.train().await;
    assert_eq!(first["state"], "active", "{first}");
    assert_eq!(first["report"]["examples"], 16);
    let said = shop.understand("vcs abrem que horas?").await;
    assert_eq!(
        (&said["version"], &said["intent"]),
        (&first["version"], &json!("horario de funcionamento"))
    );

    let told = json!({"text": "funciona de madrugada?", "intent": hours});
    let kept = shop.ok("POST", "intents/corrections", told).await;
    assert_eq!(
        (&kept["origin"], &kept["split"]),
        (&json!("correction"), &json!("both"))
    );
    shop.ok(
        "POST",
        "intents/corrections",
        json!({"text": "boa sorte no jogo de hoje"}),
    )
    .await;
    let test = json!({"texts": ["que horas começa a abrir"], "test": true});
    shop.ok("POST", &format!("intents/{hours}/examples"), test)
        .await;
    let second = shop.train().await;
    let report = &second["report"]["test"];
    let right = |scores: &Value| scores["corrections"]["right"].as_u64().unwrap();
    assert_eq!(report["new"]["corrections"]["messages"], 2, "{second}");
    assert!(right(&report["new"]) >= right(&report["old"]["scores"]).max(1));
    assert_eq!(report["new"]["held_out"]["messages"], 1);
    assert_eq!(report["old"]["version"], first["version"]);
    assert_eq!(report["old"]["scores"]["corrections"]["messages"], 2);
    assert_eq!(
        second["report"]["examples"], 17,
        "the test is not trained on"
    );

    let back = shop.ok("POST", "intents/rollback", Value::Null).await;
    assert_eq!(back["version"], first["version"]);
    assert_eq!(
        shop.understand("que horas abre?").await["version"],
        first["version"]
    );
    let (status, problem) = shop.call("POST", "intents/rollback", &Value::Null).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::CONFLICT, &json!("urn:ponte:problem:no-version"))
    );
    let path = format!("intents/models/{}/activate", second["version"]);
    shop.ok("POST", &path, Value::Null).await;
    assert_eq!(
        shop.understand("que horas abre?").await["version"],
        second["version"]
    );
    let models = shop.ok("GET", "intents/models?limit=1", Value::Null).await;
    assert_eq!(models["items"][0]["version"], second["version"]);
}

#[tokio::test]
async fn a_training_without_enough_says_what_is_missing_and_leaves_the_active_one() {
    let shop = Shop::new().await;
    shop.intent("horario", &HOURS).await;
    let alone = shop.train().await;
    assert_eq!(alone["state"], "failed");
    let told = alone["report"]["trouble"]["pt"].as_str().unwrap();
    assert!(told.contains("pelo menos duas"), "{told}");
    shop.intent("preco", &PRICE).await;
    // A node that died while it trained: another takes it over.
    let asked = shop.ok("POST", "intents/training", json!({})).await;
    let now = shop.kit.app.env.clock.now();
    let dead = shop
        .kit
        .store
        .claim_training(crate::api_kit::id(66), now, Span::secs(-1))
        .await;
    assert!(dead.unwrap().is_some());
    while shop.kit.app.understanding.train_once().await.unwrap() {}
    let version = &asked["version"];
    let row = shop
        .ok("GET", &format!("intents/models/{version}"), Value::Null)
        .await;
    assert_eq!(row["state"], "ready", "{row}");
    assert_eq!(
        shop.understand("que horas abre").await["ranked"],
        json!([]),
        "nobody activated it"
    );
}

#[tokio::test]
async fn the_same_question_many_times_becomes_a_suggestion_an_answer_and_can_be_taken_back() {
    let shop = Shop::new().await;
    let (understanding, home) = (&shop.kit.app.understanding, shop.kit.home);
    for text in [
        "Vocês têm wifi?",
        "tem wi-fi aí? meu número é 11 99999-0000",
        "tem wifi ai",
        "qual a senha do wifi",
        "aceita vale refeição?",
        "oi, bom dia",
    ] {
        understanding
            .note_question(home, text, Asked::Unknown)
            .await
            .unwrap();
    }
    assert_eq!(understanding.sort(home.workspace).await.unwrap(), 6);
    assert_eq!(
        understanding.sort(home.workspace).await.unwrap(),
        0,
        "each once"
    );
    let list = shop.ok("GET", "knowledge/suggestions", Value::Null).await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "one question alone is no group: {list}");
    assert!(items[0]["size"].as_u64().unwrap() >= 3, "{list}");
    assert!(
        !list.to_string().contains("99999"),
        "numbers are masked: {list}"
    );
    let id = items[0]["id"].as_str().unwrap();
    let path = |verb: &str| format!("knowledge/suggestions/{id}/{verb}");
    let (status, _) = shop.call("POST", &path("approve"), &json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let approve = json!({"answer": "Sim, a senha está no balcão.", "intent": "wifi"});
    shop.ok("POST", &path("approve"), approve.clone()).await;
    let (status, _) = shop.call("POST", &path("approve"), &approve).await;
    assert_eq!(status, StatusCode::CONFLICT, "once");
    let found = shop
        .ok("POST", "knowledge/search", json!({"text": "tem wifi?"}))
        .await;
    assert_eq!(
        found["hits"][0]["text"], "Sim, a senha está no balcão.",
        "{found}"
    );
    let intents = shop.ok("GET", "intents", Value::Null).await;
    assert_eq!(intents["items"][0]["name"], "wifi");

    shop.ok("POST", &path("undo"), Value::Null).await;
    let found = shop
        .ok("POST", "knowledge/search", json!({"text": "tem wifi?"}))
        .await;
    assert_eq!(found["hits"], json!([]));
    assert_eq!(
        shop.ok("GET", "intents", Value::Null).await["items"],
        json!([])
    );
    shop.ok("POST", &path("dismiss"), Value::Null).await;
    understanding
        .note_question(home, "vcs tem wifi?", Asked::Answered)
        .await
        .unwrap();
    understanding.sort(home.workspace).await.unwrap();
    let open = shop
        .kit
        .store
        .clusters(home.workspace, ClusterState::Open, None, 10)
        .await
        .unwrap();
    assert!(
        open.items.iter().all(|row| row.size < 2),
        "a dismissed one doesn't come back"
    );
}

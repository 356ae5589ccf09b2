//! A room of models with scripted providers around it.
//!
//! In: providers by name, each a scripted server of its own. Out: the room, the store, the servers. Real sockets on
//! the loopback, the real clock, SQLite in memory. Absent: conversations; questions are asked directly.

use ponte::egress::{Allow, Egress};
use ponte::env::Env;
use ponte::graph::Secret;
use ponte::models::provider::{Settings, place};
use ponte::models::{Answered, Failed, Link, Models, Question, Whose};
use ponte::vault::{Keys, MasterKey, Vault};
use ponte_core::ids::{AssistantId, ConversationId, WorkspaceId};
use ponte_core::time::{Span, Time};
use ponte_models::{Dialect, Request};
use ponte_sim::models::{ModelOptions, ModelServer, Protocol};
use ponte_store::rows::models::{Budget, BudgetScope, ModelCallRow, ProviderRow};
use ponte_store::rows::workspace::WorkspaceRow;
use ponte_store::{Commit, Options, Store};
use std::net::SocketAddr;
use std::sync::Arc;
use uuid::Uuid;

pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
pub const KEY: &str = "sk-canary-0123456789";

pub struct Kit {
    pub models: Models,
    pub store: Store,
    pub vault: Vault,
    pub servers: Vec<ModelServer>,
}

pub fn protocol(dialect: Dialect) -> Protocol {
    match dialect {
        Dialect::Openai => Protocol::Openai,
        Dialect::Anthropic => Protocol::Anthropic,
        Dialect::Gemini => Protocol::Gemini,
        Dialect::Ollama => Protocol::Ollama,
    }
}

pub fn vault() -> Vault {
    let keys = Keys {
        current: Some(MasterKey::new([7; 32])),
        old: None,
    };
    Vault::new(keys, ponte::boot::master_key::machine())
}

/// One scripted provider per dialect, named `p0`, `p1`, …; each takes [`KEY`] only.
pub async fn kit(dialects: &[Dialect]) -> Kit {
    let store = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    let mut commit = Commit::new();
    commit.put_workspace(&WorkspaceRow {
        id: WORKSPACE,
        name: "Loja".into(),
        settings: serde_json::Value::Null,
        created: Time(0),
    });
    store.commit(commit).await.unwrap();
    let mut env = ponte::boot::serve::environment(Some("http://127.0.0.1:9")).unwrap();
    env.egress = Egress::new(Arc::clone(&env.clock), Allow::parse("127.0.0.1").unwrap());
    let vault = vault();
    let models = Models::new(store.clone(), Env::clone(&env), vault.clone());
    let mut kit = Kit {
        models,
        store,
        vault,
        servers: Vec::new(),
    };
    for (n, dialect) in dialects.iter().enumerate() {
        let options = ModelOptions {
            key: Some(KEY.into()),
            ..ModelOptions::default()
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = ModelServer::start(any, options).await.unwrap();
        let base = server.base(protocol(*dialect));
        kit.provide(n, *dialect, base, &settings()).await;
        kit.servers.push(server);
    }
    kit
}

/// A model with a price, and short patience: a test waits for its faults.
pub fn settings() -> Settings {
    let mut settings = Settings {
        models: vec!["gpt-4o-mini".into()],
        embed_model: Some("text-embedding-3-small".into()),
        ..Settings::default()
    };
    settings.limits.first_byte_ms = 700;
    settings.limits.total_ms = 5_000;
    settings
}

impl Kit {
    /// Adds or changes a provider.
    pub async fn provide(&self, n: usize, dialect: Dialect, base: String, settings: &Settings) {
        let id = Uuid::from_u128(100 + n as u128);
        let known = self.store.provider(WORKSPACE, id).await.unwrap();
        let sealed = self
            .vault
            .seal(&place(WORKSPACE, id), &Secret::new(KEY))
            .unwrap();
        let row = ProviderRow {
            id,
            workspace: WORKSPACE,
            name: format!("p{n}"),
            dialect: dialect.word().into(),
            base,
            settings: serde_json::to_value(settings).unwrap(),
            sealed: Some(sealed),
            hint: "…6789".into(),
            enabled: true,
            revision: 0,
            created: Time(0),
            updated: Time(0),
        };
        let mut commit = Commit::new();
        commit.put_provider(&row, known.map_or(0, |row| row.revision));
        assert!(self.store.commit(commit).await.unwrap().stored());
    }

    pub fn question(&self, request: Request) -> Question {
        Question {
            whose: whose(Vec::new()),
            chain: Vec::new(),
            request,
            deadline: self.models.now() + Span::secs(15),
            fluent: None,
        }
    }

    pub async fn ask(&self, text: &str) -> Result<Answered, Failed> {
        self.models
            .ask(self.question(Request::ask(text, 200)))
            .await
    }

    /// Rows of the ledger, oldest first.
    pub async fn ledger(&self) -> Vec<ModelCallRow> {
        let all = (Time(0), Time(i64::MAX));
        let mut rows = self.store.model_calls(WORKSPACE, all, 1_000).await.unwrap();
        rows.reverse();
        rows
    }

    /// Reserved and spent of a budget.
    pub async fn stands(&self, budget: &Budget) -> (u64, u64) {
        let asked = std::slice::from_ref(budget);
        let rows = self.store.budgets(WORKSPACE, asked).await.unwrap();
        rows[0]
            .as_ref()
            .map_or((0, 0), |row| (row.reserved, row.spent))
    }

    /// What all servers were asked together.
    pub fn asked(&self) -> usize {
        self.servers.iter().map(|server| server.asked().len()).sum()
    }
}

pub fn whose(budgets: Vec<Budget>) -> Whose {
    Whose {
        workspace: WORKSPACE,
        conversation: Some(ConversationId(Uuid::from_u128(5))),
        assistant: Some(AssistantId(Uuid::from_u128(6))),
        purpose: "answer",
        budgets,
    }
}

pub fn link(n: usize) -> Link {
    Link {
        provider: format!("p{n}"),
        model: String::new(),
    }
}

pub fn day(cap: u64) -> Budget {
    Budget {
        scope: BudgetScope::Day("2026-11-20".into()),
        cap,
    }
}

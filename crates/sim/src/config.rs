//! How a world is set up: the account, its numbers, the pace of statuses, what Meta leaves open.
//!
//! In: plain values, with `CloudConfig::demo()` as the world everyone shares. Out: the configuration a
//! `Cloud` keeps unchanged for its life. Where Meta's documentation is silent, the choice is a field here
//! with its default explained. Deliberately absent: anything that changes at run time. Next: `cloud.rs`.

use crate::time::{DAY, HOUR, SECOND};
use serde_json::{Value, json};

/// One business number.
#[derive(Debug, Clone)]
pub struct NumberConfig {
    /// The id used in paths.
    pub phone_number_id: String,
    /// As people write it, for example `+55 11 4000-0001`.
    pub display_phone_number: String,
    /// Whether the phone app stays in use beside the API.
    pub coexistence: bool,
    /// Messages in any second, inbound counted in coexistence; `u32::MAX` is unlimited.
    pub mps: u32,
    /// The name customers see.
    pub verified_name: String,
}

/// A template that exists from the start.
#[derive(Debug, Clone)]
pub struct TemplateConfig {
    /// Lower-case name.
    pub name: String,
    /// For example `pt_BR`.
    pub language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// As in a creation call.
    pub components: Value,
}

/// When statuses follow an accepted message, counted from its acceptance.
#[derive(Debug, Clone)]
pub struct StatusPace {
    /// `sent`; `None` sends no statuses at all.
    pub sent_us: Option<i64>,
    /// `delivered`, for a customer whose phone is on.
    pub delivered_us: Option<i64>,
    /// `read` by itself, for a customer who reads at once; `None` waits for `customer_reads`.
    pub read_us: Option<i64>,
    /// A random part added to each.
    pub jitter_us: i64,
}

/// The whole set-up.
#[derive(Debug, Clone)]
pub struct CloudConfig {
    /// Signs webhooks.
    pub app_secret: String,
    /// Signs under the fault `old-secret`.
    pub old_app_secret: String,
    /// Asked for when a callback is verified.
    pub verify_token: String,
    /// The bearer token that opens everything.
    pub access_token: String,
    /// The app.
    pub app_id: String,
    /// The account.
    pub waba_id: String,
    /// Two letters; prefixes user ids.
    pub country: String,
    /// Digits put before a recipient written without `+`, when that makes a known user.
    pub country_code: String,
    /// East of UTC; decides when the free tier starts again.
    pub timezone_offset_s: i64,
    /// The business numbers.
    pub numbers: Vec<NumberConfig>,
    /// Versions that exist. An older one is served by the oldest here, a newer one is refused.
    pub graph_versions: Vec<String>,
    /// Where webhooks go unless an override says otherwise; `None` drops them.
    pub webhook_url: Option<String>,
    /// What the media links in answers start with.
    pub media_base: String,
    /// Templates that exist from the start.
    pub templates: Vec<TemplateConfig>,
    /// When statuses come.
    pub statuses: StatusPace,
    /// Webhook items that are due together share a body up to this many.
    pub batch_max: usize,
    /// Whether the pair limit holds; benches switch it off.
    pub pair_limit: bool,
    /// Whether Meta gives webhook media a `url` beside the id.
    pub media_url_in_webhooks: bool,
    /// Undocumented; off, so that a receiver who counts on it is caught.
    pub reaction_opens_window: bool,
    /// How far a free entry point keeps the window open after the first answer.
    pub free_entry_point_us: i64,
    /// Free service messages per number and calendar month.
    pub free_service_messages: u64,
    /// How long an accepted message stays invisible in the message history.
    pub history_lag_us: i64,
    /// When the number was connected: synchronisation may be asked for until 24 hours later. `None`
    /// means at the first call.
    pub onboarded_at: Option<i64>,
    /// How many accepted messages, inbound messages and deliveries are remembered one by one.
    pub ledger_limit: usize,
}

impl CloudConfig {
    /// The world of the demo, with its fixed values.
    pub fn demo() -> Self {
        Self {
            app_secret: "demo-app-secret".into(),
            old_app_secret: "demo-old-app-secret".into(),
            verify_token: "demo-verify-token".into(),
            access_token: "demo-access-token".into(),
            app_id: "300000000000001".into(),
            waba_id: "200000000000001".into(),
            country: "BR".into(),
            country_code: "55".into(),
            timezone_offset_s: -3 * (HOUR / SECOND),
            numbers: vec![NumberConfig {
                phone_number_id: "100000000000001".into(),
                display_phone_number: "+55 11 4000-0001".into(),
                coexistence: true,
                mps: 20,
                verified_name: "Padaria Ponte Nova".into(),
            }],
            graph_versions: ["v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"]
                .map(String::from)
                .to_vec(),
            webhook_url: Some("http://127.0.0.1:8080/webhooks/whatsapp".into()),
            media_base: "https://lookaside.fbsbx.com".into(),
            templates: demo_templates(),
            statuses: StatusPace {
                sent_us: Some(SECOND / 5),
                delivered_us: Some(SECOND),
                read_us: Some(4 * SECOND),
                jitter_us: SECOND / 5,
            },
            batch_max: 1,
            pair_limit: true,
            media_url_in_webhooks: true,
            reaction_opens_window: false,
            free_entry_point_us: 7 * DAY,
            free_service_messages: 1_000,
            history_lag_us: 2 * SECOND,
            onboarded_at: None,
            ledger_limit: 50_000,
        }
    }

    /// The demo with every pace limit off, for benches.
    pub fn unlimited() -> Self {
        let mut config = Self::demo();
        config.pair_limit = false;
        for number in &mut config.numbers {
            number.mps = u32::MAX;
        }
        config
    }
}

fn demo_templates() -> Vec<TemplateConfig> {
    let template = |name: &str, language: &str, category: &str, components: Value| TemplateConfig {
        name: name.into(),
        language: language.into(),
        category: category.into(),
        components,
    };
    vec![
        template(
            "hello_world",
            "en_US",
            "UTILITY",
            json!([{"type": "BODY", "text": "Hello World. This is a test message."}]),
        ),
        template(
            "retomar_conversa",
            "pt_BR",
            "UTILITY",
            json!([
                {"type": "BODY", "text": "Olá {{1}}, temos novidades sobre o seu atendimento. Podemos continuar?",
                 "example": {"body_text": [["Ana"]]}},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Continuar"}]}
            ]),
        ),
        template(
            "pedido_enviado",
            "pt_BR",
            "UTILITY",
            json!([{"type": "BODY", "text": "O pedido {{1}} saiu para entrega e chega {{2}} no seu endereço.",
                    "example": {"body_text": [["123", "hoje"]]}}]),
        ),
        template(
            "promocao_mensal",
            "pt_BR",
            "MARKETING",
            json!([
                {"type": "HEADER", "format": "IMAGE"},
                {"type": "BODY", "text": "Oi {{1}}, as ofertas do mês chegaram. Responda para saber mais.",
                 "example": {"body_text": [["Ana"]]}},
                {"type": "FOOTER", "text": "Responda PARAR para não receber mais"}
            ]),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_its_published_values() {
        let demo = CloudConfig::demo();
        let number = &demo.numbers[0];
        assert_eq!(number.phone_number_id, "100000000000001");
        assert_eq!(number.display_phone_number, "+55 11 4000-0001");
        assert_eq!((number.mps, number.coexistence), (20, true));
        assert_eq!(demo.waba_id, "200000000000001");
        assert_eq!(demo.app_secret, "demo-app-secret");
        assert_eq!(demo.verify_token, "demo-verify-token");
        assert_eq!(demo.access_token, "demo-access-token");
    }

    #[test]
    fn unlimited_lifts_both_pace_limits() {
        let config = CloudConfig::unlimited();
        assert!(!config.pair_limit);
        assert!(config.numbers.iter().all(|number| number.mps == u32::MAX));
    }
}

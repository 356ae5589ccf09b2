//! The doctor's look at numbers: tokens, webhook subscription, the provider's clock.
//!
//! In: the kept numbers and their tokens. Out: findings. Each number costs two calls, each with a
//! deadline. Absent: sending anything. Next: `doctor.rs`.

use super::Desk;
use super::doctor::Finding;
use crate::app::{self, App};
use crate::boot::secrets::SecretsRead;
use crate::boot::{fail::Fail, serve};
use crate::both;
use crate::env::Env;
use crate::graph::{Request, Secret, Sent};
use crate::words::Both;
use ponte_core::Time;
use ponte_core::time::Span;
use ponte_store::Store;
use ponte_store::rows::workspace::ChannelRow;
use serde_json::Value;
use uuid::Uuid;

/// One call may take this long: a doctor who hangs helps nobody.
const WITHIN: Span = Span::secs(10);
/// Windows and signatures hold a minute of difference; more needs care.
const CLOCK_MAY_DIFFER: Span = Span::secs(30);
/// More numbers than a person reads about.
const MOST: usize = 200;

/// What the calls need.
struct Line {
    env: Env,
    secrets: app::Secrets,
    version: String,
}

/// Looks at every number.
pub async fn check(desk: &Desk<'_>, store: &Store) -> Vec<Finding> {
    let rows = match store.channels(None).await {
        Ok(rows) => rows,
        Err(error) => {
            return vec![Finding::bad(
                "numbers",
                Both::same(format!("{error}.")),
                Both::same(""),
            )];
        }
    };
    let rows: Vec<ChannelRow> = rows
        .into_iter()
        .filter(|row| !row.removed)
        .take(MOST)
        .collect();
    if rows.is_empty() {
        return vec![Finding::look(
            "numbers",
            both!("Ainda não há números.", "There are no numbers yet."),
            both!(
                "Crie-os com `ponte apply PASTA`.",
                "Make them with `ponte apply DIR`."
            ),
        )];
    }
    let line = match line(desk, store).await {
        Ok(line) => line,
        Err(fail) => return vec![Finding::bad("provider", fail.what, fail.todo)],
    };
    let mut all = Vec::new();
    for row in &rows {
        all.extend(number(&line, row).await);
    }
    all
}

/// The running server's way to the provider, or one made for this look.
async fn line(desk: &Desk<'_>, store: &Store) -> Result<Line, Fail> {
    if let Some(App {
        env,
        secrets,
        config,
        ..
    }) = &desk.app
    {
        return Ok(Line {
            env: env.clone(),
            secrets: secrets.clone(),
            version: config.graph_version.clone(),
        });
    }
    let secrets = app::Secrets::default();
    if let Some(token) = SecretsRead::read(desk.vars)?.access {
        secrets.set_default_token(token);
    }
    serve::channel_tokens(store, &secrets, desk.vars).await?;
    let version =
        app::Config::new(Uuid::nil(), desk.config.data.clone(), Secret::new("")).graph_version;
    Ok(Line {
        env: serve::environment(desk.config.graph_url.as_deref())?,
        secrets,
        version,
    })
}

async fn number(line: &Line, row: &ChannelRow) -> Vec<Finding> {
    let name = &row.name;
    if row.suspended {
        return vec![Finding::bad(
            "number_suspended",
            both!("{name}: desligado da API.", "{name}: cut off from the API."),
            both!(
                "Ligue-o de novo no WhatsApp Manager; se já está ligado lá, rode `ponte number resume`.",
                "Connect it again in the WhatsApp Manager; if it is connected there, run `ponte number resume`."
            ),
        )];
    }
    let Some(token) = line.secrets.token(row.id) else {
        return vec![Finding::bad(
            "number_token",
            both!(
                "{name}: sem token; recebe, mas não responde.",
                "{name}: no token; it receives and can't answer."
            ),
            both!(
                "Defina PONTE_ACCESS_TOKEN, ou a variável do arquivo do número.",
                "Set PONTE_ACCESS_TOKEN, or the variable in the number's file."
            ),
        )];
    };
    let mut all = Vec::new();
    let path = format!(
        "/{}/{}?fields=id,display_phone_number,quality_rating",
        line.version, row.number
    );
    match call(line, &path, &token).await {
        Ok((body, date)) => {
            let quality = body
                .get("quality_rating")
                .and_then(Value::as_str)
                .unwrap_or("-")
                .to_string();
            all.push(Finding::good(
                "number_token",
                both!(
                    "{name}: token válido, qualidade {quality}.",
                    "{name}: token valid, quality {quality}."
                ),
            ));
            all.extend(clock(line.env.clock.now(), date));
        }
        Err(why) => {
            all.push(refused(name, &why));
            return all;
        }
    }
    all.push(webhook(line, row, &token).await);
    all
}

/// Whether some app is subscribed to the account's webhooks.
async fn webhook(line: &Line, row: &ChannelRow, token: &Secret) -> Finding {
    let name = &row.name;
    let path = format!("/{}/{}/subscribed_apps", line.version, row.account);
    match call(line, &path, token).await {
        Ok((body, _))
            if body
                .get("data")
                .and_then(Value::as_array)
                .is_some_and(|apps| !apps.is_empty()) =>
        {
            Finding::good(
                "number_webhook",
                both!("{name}: webhook assinado.", "{name}: webhook subscribed."),
            )
        }
        Ok(_) => Finding::bad(
            "number_webhook",
            both!(
                "{name}: nenhum aplicativo assina os webhooks desta conta.",
                "{name}: no app is subscribed to this account's webhooks."
            ),
            both!(
                "Assine-os no painel do aplicativo.",
                "Subscribe in the app's dashboard."
            ),
        ),
        Err(why) => refused(name, &why),
    }
}

fn refused(name: &str, why: &str) -> Finding {
    Finding::bad(
        "number_token",
        both!(
            "{name}: o provedor não respondeu bem ({why}).",
            "{name}: the provider did not answer well ({why})."
        ),
        both!(
            "Confira o token, o id do número e a rede.",
            "Check the token, the number's id and the network."
        ),
    )
}

/// A GET whose answer was good, with the provider's clock.
async fn call(line: &Line, path: &str, token: &Secret) -> Result<(Value, Option<Time>), String> {
    let deadline = line.env.clock.now() + WITHIN;
    match line
        .env
        .graph
        .call(Request::get(path, token.clone(), deadline))
        .await
    {
        Sent::NotSent { why } | Sent::Broken { why, .. } => Err(why),
        Sent::Answered { http, body, date } if (200..300).contains(&http) => {
            Ok((serde_json::from_slice(&body).unwrap_or_default(), date))
        }
        Sent::Answered { http, body, .. } => {
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let code = body
                .pointer("/error/code")
                .and_then(Value::as_i64)
                .unwrap_or(0);
            Err(format!("HTTP {http}, {code}"))
        }
    }
}

fn clock(now: Time, date: Option<Time>) -> Option<Finding> {
    let apart = Span::micros((now - date?).as_micros().abs());
    let seconds = apart.as_micros() / 1_000_000;
    (apart > CLOCK_MAY_DIFFER).then(|| {
        Finding::bad(
            "clock",
            both!(
                "O relógio desta máquina difere {seconds} s do relógio do provedor.",
                "This machine's clock differs from the provider's by {seconds} s."
            ),
            both!(
                "Ligue a sincronização de hora (NTP).",
                "Turn time synchronisation (NTP) on."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_difference_of_clocks_is_told() {
        let now = Time::from_secs(1_000);
        assert!(clock(now, None).is_none());
        assert!(clock(now, Some(Time::from_secs(1_020))).is_none());
        assert!(clock(now, Some(Time::from_secs(900))).is_some());
    }
}

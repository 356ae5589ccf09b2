//! What follows from facts about numbers, accounts and templates.
//!
//! In: an [`AccountFact`] and the numbers it is about. Out: the fact kept as a row, and its simple
//! consequences in the same commit: a number cut off, let back in or warned of, a template's status. Absent:
//! conversations. Next: [`super::write`].

use crate::settings::Number;
use ponte_core::Time;
use ponte_core::effect::Alert;
use ponte_core::fact::{AccountFact, AccountKind};
use ponte_core::limits::cut;
use ponte_store::Commit;
use ponte_store::rows::journal::AccountEventNew;
use ponte_store::rows::shared::TemplateRow;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the provider calls a state or a date is not longer than this.
const WORDS: usize = 64;

/// Where a fact came from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub at: Time,
    pub dedupe: &'a str,
    pub delivery: i64,
}

/// Keeps the fact for each number it is about, and does what follows.
pub fn apply(commit: &mut Commit, fact: &AccountFact, about: &[Arc<Number>], source: Source<'_>) {
    let kind = kind(&fact.kind);
    let body = json!({"kind": fact.kind, "raw": fact.raw});
    for number in about {
        commit.add_account_event(&AccountEventNew {
            workspace: Some(number.workspace),
            channel: Some(number.channel.id),
            at: source.at,
            field: fact.field.clone(),
            kind: kind.to_owned(),
            body: body.clone(),
            dedupe: source.dedupe.to_owned(),
            delivery: Some(source.delivery),
        });
        // By the provider's time, whatever is known here: a late repeat of an older word loses.
        let said = fact.at.map_or(source.at, |at| at.min(source.at));
        let when = (said, source.at);
        if let Some(suspended) = suspends(&fact.kind) {
            commit.suspend_channel(number.workspace, number.channel.id, suspended, when);
            tracing::warn!(channel = %number.channel.id, suspended, "the provider says whether a number may be used");
        }
        if let Some(alert) = threat(fact) {
            commit.warn_channel(number.channel.id, &alert, when);
            metrics::counter!("ponte_account_warnings_total").increment(1);
            tracing::error!(channel = %number.channel.id, "the provider warns that it will disable this account: look into its business manager");
        }
    }
    if let Some(number) = about.first()
        && let Some(row) = template(fact, number, source.at)
    {
        commit.put_template(&row);
    }
}

/// Whether the fact cuts the number off (`true`) or lets it back in (`false`).
fn suspends(kind: &AccountKind) -> Option<bool> {
    let AccountKind::Account { event, reason } = kind else {
        return None;
    };
    match (event.as_str(), reason.as_deref()) {
        ("ACCOUNT_OFFBOARDED" | "ACCOUNT_DELETED" | "PARTNER_REMOVED", _)
        | ("DISABLED_UPDATE", Some("DISABLE")) => Some(true),
        ("ACCOUNT_RECONNECTED" | "PARTNER_ADDED", _) | ("DISABLED_UPDATE", Some("REINSTATE")) => {
            Some(false)
        }
        _ => None,
    }
}

/// A ban that is announced, or one whose state this version doesn't know: the number still works, and
/// people must look.
fn threat(fact: &AccountFact) -> Option<Alert> {
    let AccountKind::Account { event, reason } = &fact.kind else {
        return None;
    };
    if event != "DISABLED_UPDATE" || suspends(&fact.kind).is_some() {
        return None;
    }
    let date = fact.raw.pointer("/ban_info/waba_ban_date");
    Some(Alert::NumberAtRisk {
        state: cut(reason.as_deref().unwrap_or_default(), WORDS).to_owned(),
        date: date
            .and_then(Value::as_str)
            .map(|it| cut(it, WORDS).to_owned()),
    })
}

fn template(fact: &AccountFact, number: &Number, at: Time) -> Option<TemplateRow> {
    let row = |name: &str, language: &str| TemplateRow {
        workspace: number.workspace,
        account: number.channel.account.clone(),
        name: name.to_owned(),
        language: language.to_owned(),
        status: String::new(),
        category: String::new(),
        quality: String::new(),
        body: fact.raw.clone(),
        updated: fact.at.unwrap_or(at),
    };
    match &fact.kind {
        AccountKind::TemplateStatus {
            name,
            language,
            event,
            category,
            ..
        } => Some(TemplateRow {
            status: event.clone(),
            category: category.clone().unwrap_or_default(),
            ..row(name, language)
        }),
        AccountKind::TemplateQuality {
            name,
            language,
            now,
            ..
        } => Some(TemplateRow {
            quality: now.clone(),
            ..row(name, language)
        }),
        AccountKind::TemplateCategory {
            name,
            language,
            now,
            ..
        } => Some(TemplateRow {
            category: now.clone(),
            ..row(name, language)
        }),
        AccountKind::TemplateComponents { name, language, .. } => Some(row(name, language)),
        AccountKind::NumberQuality { .. }
        | AccountKind::NumberName { .. }
        | AccountKind::Account { .. }
        | AccountKind::Capability { .. }
        | AccountKind::Alert { .. }
        | AccountKind::Review { .. }
        | AccountKind::Security { .. }
        | AccountKind::Flow { .. }
        | AccountKind::Group { .. }
        | AccountKind::Username { .. }
        | AccountKind::Settings
        | AccountKind::Payment { .. }
        | AccountKind::Partner { .. }
        | AccountKind::Other => None,
    }
}

/// The word in the `kind` column.
fn kind(kind: &AccountKind) -> &'static str {
    match kind {
        AccountKind::TemplateStatus { .. } => "template_status",
        AccountKind::TemplateQuality { .. } => "template_quality",
        AccountKind::TemplateComponents { .. } => "template_components",
        AccountKind::TemplateCategory { .. } => "template_category",
        AccountKind::NumberQuality { .. } => "number_quality",
        AccountKind::NumberName { .. } => "number_name",
        AccountKind::Account { .. } => "account",
        AccountKind::Capability { .. } => "capability",
        AccountKind::Alert { .. } => "alert",
        AccountKind::Review { .. } => "review",
        AccountKind::Security { .. } => "security",
        AccountKind::Flow { .. } => "flow",
        AccountKind::Group { .. } => "group",
        AccountKind::Username { .. } => "username",
        AccountKind::Settings => "settings",
        AccountKind::Payment { .. } => "payment",
        AccountKind::Partner { .. } => "partner",
        AccountKind::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(event: &str) -> AccountKind {
        AccountKind::Account {
            event: event.into(),
            reason: None,
        }
    }

    fn fact(kind: AccountKind) -> AccountFact {
        AccountFact {
            field: "account_update".into(),
            kind,
            at: None,
            raw: json!({"ban_info": {"waba_ban_date": "November 20, 2026"}}),
        }
    }

    #[test]
    fn a_ban_counts_by_its_state_and_an_announced_one_only_warns() {
        let ban = |state: &str| AccountKind::Account {
            event: "DISABLED_UPDATE".into(),
            reason: Some(state.into()),
        };
        for (state, cut_off, warns) in [
            ("DISABLE", Some(true), false),
            ("REINSTATE", Some(false), false),
            ("SCHEDULE_FOR_DISABLE", None, true),
            ("SOMETHING_NEW", None, true),
        ] {
            assert_eq!(suspends(&ban(state)), cut_off, "{state}");
            let warning = warns.then(|| Alert::NumberAtRisk {
                state: state.into(),
                date: Some("November 20, 2026".into()),
            });
            assert_eq!(threat(&fact(ban(state))), warning, "{state}");
        }
        assert_eq!(threat(&fact(account("ACCOUNT_VIOLATION"))), None);
    }

    #[test]
    fn only_the_events_that_mean_it_cut_a_number_off() {
        assert_eq!(suspends(&account("ACCOUNT_OFFBOARDED")), Some(true));
        assert_eq!(suspends(&account("ACCOUNT_RECONNECTED")), Some(false));
        assert_eq!(suspends(&account("ACCOUNT_VIOLATION")), None);
        assert_eq!(suspends(&AccountKind::Settings), None);
    }
}

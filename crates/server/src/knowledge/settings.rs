//! The settings of a source as JSON in its row, with their limits.
//!
//! In: what people write. Out: a [`SourceSettings`] that holds, or what is wrong with it. Absent: the
//! source's name and kind, which are columns. Next: `mod.rs`.

use crate::both;
use crate::words::Both;
use ponte_core::time::{Span, Time};
use ponte_store::rows::knowledge::SourceRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Letters in a name: it is shown in lists and beside answers.
pub const NAME_MOST: usize = 120;
/// Assistants that one source can be for.
const ASSISTANTS_MOST: usize = 100;
/// Ten years: whoever wants "never" leaves it out.
const REVIEW_DAYS_MOST: u32 = 3_650;

/// Who may be answered from it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Customers and the team.
    #[default]
    Public,
    /// The team only.
    Internal,
}

/// How far a crawl goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrawlSettings {
    /// Links from the start address to a page: 0 to 10.
    pub depth: u32,
    /// Pages: 1 to 2,000.
    pub pages: u32,
    /// Bytes of all pages together: at most 512 MiB.
    pub total_bytes: u64,
    /// Seconds that one crawl may take: at most 7,200.
    pub seconds: u32,
    /// Milliseconds between two pages: 200 to 60,000. A longer `Crawl-delay` of the site is kept.
    pub delay_ms: u32,
}

impl Default for CrawlSettings {
    fn default() -> CrawlSettings {
        CrawlSettings {
            depth: 5,
            pages: 300,
            total_bytes: 64 << 20,
            seconds: 1_800,
            delay_ms: 1_000,
        }
    }
}

/// What a source's row says besides name and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SourceSettings {
    /// The person who looks after it: their e-mail or name.
    pub owner: Option<String>,
    pub audience: Audience,
    /// The assistants that may use it, by name; none: all.
    pub assistants: Vec<String>,
    /// `pt-BR`, `en`, …
    pub language: Option<String>,
    /// It counts as stale this many days after it was last found right.
    pub review_days: Option<u32>,
    /// The start address of a site.
    pub address: Option<String>,
    pub crawl: CrawlSettings,
}

impl SourceSettings {
    /// As the row has them; defaults where they can't be read.
    #[must_use]
    pub fn of(row: &SourceRow) -> SourceSettings {
        serde_json::from_value(row.settings.clone()).unwrap_or_else(|_| {
            tracing::error!(source = %row.id, "a source's settings can't be read; it is for the team only");
            SourceSettings {
                audience: Audience::Internal,
                ..SourceSettings::default()
            }
        })
    }

    /// As a row keeps them.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What is wrong with them, if anything.
    #[must_use]
    pub fn trouble(&self) -> Option<Both> {
        if self.assistants.len() > ASSISTANTS_MOST {
            return Some(both!(
                "`assistants` tem mais de {ASSISTANTS_MOST} nomes.",
                "`assistants` has more than {ASSISTANTS_MOST} names."
            ));
        }
        if self
            .review_days
            .is_some_and(|days| days == 0 || days > REVIEW_DAYS_MOST)
        {
            return Some(both!(
                "`review_days` vai de 1 a {REVIEW_DAYS_MOST}.",
                "`review_days` goes from 1 to {REVIEW_DAYS_MOST}."
            ));
        }
        let long = |text: &Option<String>, most| text.as_ref().is_some_and(|t| t.len() > most);
        if long(&self.owner, 200) || long(&self.language, 35) || long(&self.address, 2_000) {
            return Some(both!(
                "`owner`, `language` ou `address` é longo demais.",
                "`owner`, `language` or `address` is too long."
            ));
        }
        let c = &self.crawl;
        let fine = c.depth <= 10
            && (1..=2_000).contains(&c.pages)
            && c.total_bytes <= 512 << 20
            && c.seconds <= 7_200
            && (200..=60_000).contains(&c.delay_ms);
        (!fine).then(|| {
            both!(
                "Em `crawl`: depth 0 a 10, pages 1 a 2000, total_bytes até 536870912, seconds até 7200, delay_ms 200 a 60000.",
                "In `crawl`: depth 0 to 10, pages 1 to 2000, total_bytes up to 536870912, seconds up to 7200, delay_ms 200 to 60000."
            )
        })
    }

    /// Whether nobody has found it right for too long.
    #[must_use]
    pub fn is_stale(&self, reviewed: Time, now: Time) -> bool {
        self.review_days
            .is_some_and(|days| now - reviewed > Span::days(i64::from(days)))
    }

    /// The word that the index keeps for its audience.
    #[must_use]
    pub fn audience_word(&self) -> &'static str {
        match self.audience {
            Audience::Public => "",
            Audience::Internal => INTERNAL,
        }
    }
}

/// The audience of passages that customers never hear.
pub const INTERNAL: &str = "internal";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_its_meaning_and_unknown_keys_are_refused() {
        let read = |text: &str| serde_json::from_str::<SourceSettings>(text);
        let settings = read(r#"{"audience": "internal"}"#).unwrap();
        assert_eq!(
            (settings.audience, settings.crawl.pages),
            (Audience::Internal, 300)
        );
        assert!(read(r#"{"audienc": "internal"}"#).is_err());
        assert_eq!(SourceSettings::default().trouble(), None);
    }

    #[test]
    fn limits_are_told() {
        let with = |change: fn(&mut SourceSettings)| {
            let mut settings = SourceSettings::default();
            change(&mut settings);
            settings.trouble()
        };
        for wrong in [
            with(|s| s.review_days = Some(0)),
            with(|s| s.crawl.pages = 0),
            with(|s| s.crawl.delay_ms = 10),
            with(|s| s.assistants = vec![String::new(); 101]),
            with(|s| s.address = Some("x".repeat(2_001))),
        ] {
            assert!(wrong.is_some());
        }
    }

    #[test]
    fn it_is_stale_only_after_its_days() {
        let mut settings = SourceSettings::default();
        let late = Time(0) + Span::days(400);
        assert!(
            !settings.is_stale(Time(0), late),
            "nobody asked for reviews"
        );
        settings.review_days = Some(90);
        assert!(settings.is_stale(Time(0), late));
        assert!(!settings.is_stale(Time(0), Time(0) + Span::days(90)));
    }
}

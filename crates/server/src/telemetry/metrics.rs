//! Counts for Prometheus: what the rooms count themselves, and gauges read from the store when asked.
//!
//! In: the process-wide recorder and the store's counts. Out: text in the Prometheus format. Labels are
//! words of closed lists, never ids, numbers or names, so that series stay few. Absent on purpose: a
//! push gateway and a second listener. Next: `boot/health.rs`, which serves it.

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use ponte_core::Time;
use ponte_store::rows::shared::Counts;
use std::sync::OnceLock;

/// Names that people's dashboards rely on.
pub const DELIVERIES: &str = "ponte_deliveries_total";
pub const EVENTS: &str = "ponte_events_total";
pub const SENDS: &str = "ponte_sends_total";
pub const QUARANTINED: &str = "ponte_quarantined_total";
pub const OUTBOX_DEPTH: &str = "ponte_outbox_depth";
pub const ON_THEIR_WAY: &str = "ponte_conversations_on_their_way";
pub const JOURNAL_LAG: &str = "ponte_journal_lag";
pub const UNREADABLE: &str = "ponte_unreadable_rows";

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The recorder of this process, installed at the first call.
#[must_use]
pub fn handle() -> Option<&'static PrometheusHandle> {
    let install = || {
        let handle = PrometheusBuilder::new().install_recorder().ok()?;
        describe();
        Some(handle)
    };
    HANDLE.get_or_init(install).as_ref()
}

fn describe() {
    describe_counter!(DELIVERIES, "Webhook deliveries by outcome");
    describe_counter!(EVENTS, "Journal entries by kind");
    describe_counter!(SENDS, "Ended sends by outcome");
    describe_counter!(QUARANTINED, "Deliveries and entries put into quarantine");
    describe_gauge!(OUTBOX_DEPTH, "Sends that wait or are under way");
    describe_gauge!(JOURNAL_LAG, "Journal entries that wait to be applied");
    describe_gauge!(
        ON_THEIR_WAY,
        "Conversations with events in memory that are not in the journal yet"
    );
    describe_gauge!(
        "ponte_journal_oldest_seconds",
        "Age of the oldest entry that waits to be applied"
    );
    describe_gauge!(
        "ponte_deliveries_waiting",
        "Deliveries that wait to be decoded"
    );
    describe_gauge!("ponte_unknown_sends", "Sends that nobody could prove");
    describe_gauge!(
        "ponte_quarantine_depth",
        "Deliveries, items of deliveries and entries in quarantine"
    );
    describe_gauge!(
        UNREADABLE,
        "Reads since the start that passed over a row which can't be read"
    );
    describe_gauge!("ponte_calls_open", "Slow work that is awaited");
    describe_gauge!("ponte_timers", "Timers that are set");
    // A counter that was never counted would be missing; zero says more.
    for outcome in ["kept", "refused"] {
        counter!(DELIVERIES, "outcome" => outcome).absolute(0);
    }
    counter!(EVENTS, "kind" => "received").absolute(0);
    counter!(SENDS, "outcome" => "accepted").absolute(0);
    counter!(QUARANTINED).absolute(0);
}

/// Sets the gauges from the store's counts.
pub fn set_gauges(counts: &Counts, unreadable: u64, on_their_way: usize, now: Time) {
    gauge!(ON_THEIR_WAY).set(float(on_their_way as u64));
    let oldest = counts
        .journal_oldest
        .map_or(0, |at| (now - at).as_micros().max(0));
    gauge!(OUTBOX_DEPTH).set(float(counts.outbox_pending + counts.outbox_claimed));
    gauge!(JOURNAL_LAG).set(float(counts.journal_pending));
    gauge!("ponte_journal_oldest_seconds").set(float(oldest.unsigned_abs()) / 1e6);
    gauge!("ponte_deliveries_waiting").set(float(counts.deliveries_waiting));
    gauge!("ponte_unknown_sends").set(float(counts.outbox_unknown));
    gauge!("ponte_quarantine_depth").set(float(
        counts.deliveries_quarantined + counts.items_quarantined + counts.journal_quarantined,
    ));
    gauge!("ponte_calls_open").set(float(counts.calls_open));
    gauge!("ponte_timers").set(float(counts.timers));
    gauge!(UNREADABLE).set(float(unreadable));
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^53; a gauge is a float"
)]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promised_names_are_there_before_anything_happened() {
        let handle = handle().unwrap();
        set_gauges(&Counts::default(), 3, 0, Time::ZERO);
        let text = handle.render();
        for name in [
            DELIVERIES,
            EVENTS,
            SENDS,
            QUARANTINED,
            OUTBOX_DEPTH,
            JOURNAL_LAG,
            "ponte_unreadable_rows 3",
        ] {
            assert!(
                text.lines().any(|line| line.starts_with(name)),
                "{name} is missing:\n{text}"
            );
        }
    }
}

//! What the running server tells its operator: logs and metrics.
//!
//! In: tracing events and counters of all rooms. Out: lines on standard error, Prometheus text at
//! `/metrics`. Rules of logging: once, at the boundary; the message constant, facts in fields; never
//! message text, names, phone numbers, wamids, tokens or whole addresses. Ids of ours may stand in
//! lines. Absent on purpose: sending anything to another machine. Next: `logs.rs`, `metrics.rs`.

pub mod logs;
pub mod metrics;

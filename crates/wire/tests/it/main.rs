//! What `ponte-wire` promises, checked from outside.
//!
//! In: committed bodies (`testdata/`), the fuzz corpus and generated JSON. Out: pass or fail. Absent:
//! sockets; nothing here leaves the process. Goldens of inbound bodies are in [`inbound`], of outbound
//! ones in [`outbound`], rules that hold for all bodies in [`properties`], odd cases in [`messages`] and [`events`], the corpus in [`corpus`].

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it wants and stops where it can't go on"
)]

mod ask;
mod corpus;
mod events;
mod golden;
mod inbound;
mod messages;
mod outbound;
mod properties;

//! Quarantine: what could not be decoded or applied, kept and shown until somebody tries again.
//!
//! In: an admin's requests. A delivery that nobody could read belongs to no workspace yet: that is why
//! this needs the scope of the installation. Absent: throwing anything away. Next: `deliveries.rs`.

pub mod deliveries;
pub mod entries;

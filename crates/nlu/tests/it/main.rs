//! The integration tests of understanding: tables of cases, hand-labelled sets, properties.

mod dates;

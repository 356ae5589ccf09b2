//! The cases themselves, apart from the tests that read them.

pub(crate) mod courses;
pub(crate) mod feelings;
pub(crate) mod haste;
pub(crate) mod moments;
pub(crate) mod named;
pub(crate) mod tongues;

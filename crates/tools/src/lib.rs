//! Knows tools: what may be called, with which parameters, and what came back.
//!
//! Requests are made from templates ([`request`]) and from OpenAPI documents ([`openapi`]), parameters
//! and results are checked against their schemas ([`arguments`], [`result`]), and whether a tool may be
//! called now is decided here ([`policy`]), never by a model. Absent on purpose: network, clocks, and
//! credentials, of which only the name stands in a tool. The server's room `tools` does the calling.

#![forbid(unsafe_code)]

pub mod arguments;
pub mod builtin;
pub mod check;
pub mod digest;
pub mod facts;
pub mod mcp;
pub mod openapi;

pub mod policy;
pub mod request;
pub mod result;
pub mod schema;
pub mod template;
pub mod tool;

pub use facts::{Fact, Facts};
pub use policy::{Verdict, may};
pub use tool::{Action, Effects, Tool};

/// Deepest nesting of any document that is walked here: schemas and answers of people stay below ten.
pub(crate) const DEPTH_MAX: usize = 32;

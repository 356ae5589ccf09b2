//! Knows tools: what may be called, with which parameters, and what came back.
//!
//! Requests are made from templates and from OpenAPI documents, parameters and results are checked
//! against their schemas, and the policy of a tool is decided here, never by a model. Absent on purpose:
//! network, clocks, credentials' storage. The server's room `tools` does the calling.

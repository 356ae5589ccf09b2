//! The server's integration tests: one binary, one module per subject.
//!
//! In: the library as others use it. Out: a verdict per behaviour, named. Absent: tests of single
//! functions, which stand beside them. Next: `world`, the seeded world.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on fails where it stands"
)]
#![expect(unreachable_pub, reason = "the modules of one test binary")]

mod api_bad_input;
mod api_commands;
mod api_insight;
mod api_keys;
mod api_kit;
mod api_live;
mod api_numbers;
mod api_pages;
mod api_providers;
mod api_quarantine;
mod api_serve;
mod api_tools;
mod api_workspace;
mod assistants;
mod copied;
mod cut_off;
mod demo;
mod dialogues;
mod door;
mod egress;
mod faults_crash;
mod faults_graph;
mod faults_intake;
mod faults_models;
mod faults_people;
mod faults_time;
mod injection;
mod judged;
mod knowledge;
mod knowledge_crawl;
mod knowledge_files;
mod models_kit;
mod pains;
mod reading;
mod rooms;
mod seeds;
mod tools;
mod tools_mcp;
mod two_nodes;
mod understanding;
mod wire_cuts;
mod world;

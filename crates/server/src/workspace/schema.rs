//! Publishes the JSON Schema of each workspace file, for editors and for people's own checks.
//!
//! In: the file types. Out: one schema per kind, the same text every time. Absent on purpose: rules
//! that need several files at once (`check.rs`). Next: `files.rs`, whose comments become descriptions.

use super::dialogue::TestsFile;
use super::files::{
    AssistantFile, ChannelFile, IntentFile, KnowledgeFaqFile, TeamFile, WorkspaceFile,
};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// File name (in the repository's `schemas/`) and schema of every kind.
#[must_use]
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("workspace.schema.json", of::<WorkspaceFile>()),
        ("channel.schema.json", of::<ChannelFile>()),
        ("assistant.schema.json", of::<AssistantFile>()),
        ("team.schema.json", of::<TeamFile>()),
        ("tests.schema.json", of::<TestsFile>()),
        ("faq.schema.json", of::<KnowledgeFaqFile>()),
        ("intent.schema.json", of::<IntentFile>()),
        ("tool.schema.json", of::<ponte_tools::Tool>()),
    ]
}

/// A schema as it is printed and committed.
#[must_use]
pub fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn of<T: schemars::JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

//! Tools as a workspace keeps them: documents of kind `tool`, one per name, beside the built-in ones.
//!
//! In: a workspace. Out: its tools by name. A document that is no tool (written by a newer version) is passed
//! over and counted, and the others stay usable. Absent: changing them (`api/tools`, workspace files).

use ponte_core::ids::WorkspaceId;
use ponte_store::rows::workspace::DocumentRow;
use ponte_store::{Store, StoreError};
use ponte_tools::{Tool, builtin};
use uuid::Uuid;

/// The documents' kind.
pub const TOOL: &str = "tool";
/// Tools of one workspace.
pub const MOST: usize = 500;

/// The id of a tool: made of its name, so that files and API mean the same row.
#[must_use]
pub fn id(workspace: WorkspaceId, name: &str) -> Uuid {
    Uuid::new_v5(&workspace.0, format!("tool:{name}").as_bytes())
}

/// The tools that people made.
///
/// # Errors
/// The store's.
pub async fn made(
    store: &Store,
    workspace: WorkspaceId,
) -> Result<Vec<(DocumentRow, Tool)>, StoreError> {
    let rows = store.documents(Some(workspace), Some(TOOL)).await?;
    let read = |row: DocumentRow| match serde_json::from_value(row.body.clone()) {
        Ok(tool) => Some((row, tool)),
        Err(_) => {
            tracing::warn!(tool = %row.id, "a tool can't be read and is passed over");
            None
        }
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// All tools of a workspace, built-in ones first.
///
/// # Errors
/// The store's.
pub async fn all(store: &Store, workspace: WorkspaceId) -> Result<Vec<Tool>, StoreError> {
    let mut tools: Vec<Tool> = builtin::ALL.iter().map(|one| one.tool()).collect();
    tools.extend(
        made(store, workspace)
            .await?
            .into_iter()
            .map(|(_, tool)| tool),
    );
    Ok(tools)
}

//! People who write to the business, and the names the provider knows them by.
//!
//! One contact has many aliases; an alias leads to one contact. Absent: how aliases are matched or
//! joined (the server's intake). Next: [`super::conversation`].

use ponte_core::content::Person;
use ponte_core::ids::{ContactId, WorkspaceId};
use ponte_core::time::Time;

#[derive(Clone, Debug, PartialEq)]
pub struct ContactRow {
    pub id: ContactId,
    pub workspace: WorkspaceId,
    /// What people see.
    pub name: String,
    /// The name folded for search (lower case, no accents); the caller folds.
    pub search: String,
    pub person: Person,
    pub created: Time,
    pub updated: Time,
    /// Set when this contact turned out to be another one.
    pub merged_into: Option<ContactId>,
}

/// A name that leads to a contact: kind (`bsuid`, `parent`, `wa_id`, `username`, `phone`) and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRow {
    pub workspace: WorkspaceId,
    pub kind: String,
    pub value: String,
    pub contact: ContactId,
}

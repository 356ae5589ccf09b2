//! Why a message is as it is: the delivery and the event behind it, the attempts to send it.

use super::conversation::message;
use super::journal::journal;
use super::outbox::attempt;
use crate::error::Result;
use crate::read::conversation::message_columns;
use crate::rows::journal::JournalRow;
use crate::rows::message::MessageView;
use crate::rows::outbox::{AttemptRow, OutboxRow};
use crate::store::Store;
use crate::val::{Stmt, vals};
use ponte_core::ids::{MessageId, ReplyId, WorkspaceId};

const MESSAGE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages WHERE id = $1 AND workspace = $2"
);
const CAUSE: &str = "SELECT seq, workspace, channel, conversation, id, at, delivery, attempts, applied, quarantined,
 sum, body FROM journal WHERE (conversation, applied) = (SELECT conversation, ord / 1024 FROM messages WHERE id = $1)";
const ATTEMPTS: &str =
    "SELECT reply, n, claimed_at, deadline, node, ended_at, outcome FROM attempts
 WHERE reply = $1 ORDER BY n LIMIT 100";

/// The way of one message through the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub message: MessageView,
    /// The event whose step put it there; its `delivery` leads to the raw body.
    pub cause: Option<JournalRow>,
    pub send: Option<OutboxRow>,
    pub attempts: Vec<AttemptRow>,
}

impl Store {
    /// Everything known of how a message came about and left.
    pub async fn explain(
        &self,
        workspace: WorkspaceId,
        id: MessageId,
    ) -> Result<Option<Explanation>> {
        let Some(message) = self
            .read_one(Stmt::read(MESSAGE, vals![id, workspace]), message)
            .await?
        else {
            return Ok(None);
        };
        let cause = self.read_one(Stmt::read(CAUSE, vals![id]), journal).await?;
        let send = self.send(ReplyId(id.0)).await?;
        let attempts = self
            .read_all(Stmt::read(ATTEMPTS, vals![id]), attempt)
            .await?;
        Ok(Some(Explanation {
            message,
            cause,
            send,
            attempts,
        }))
    }
}

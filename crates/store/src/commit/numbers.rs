//! What becomes of a number while it is in use: cut off, let back in, warned of, heard from.
//!
//! In: the provider's word or a person's. Out: the channel's row and the alerts about it, in one commit.
//! The newest word counts, whenever it comes; an older one changes no row and opens no alert. Absent:
//! settings of a number (`settings.rs`) and what its conversations make of it (`ponte_core`).

use super::{Commit, Refused};
use crate::digest;
use crate::hint::Hint;
use crate::val::vals;
use ponte_core::effect::Alert;
use ponte_core::ids::{ChannelId, WorkspaceId};
use ponte_core::time::Time;

const SUSPEND: &str =
    "UPDATE channels SET suspended = $2, suspended_at = $3, updated = $4, revision = revision + 1
 WHERE id = $1 AND suspended_at <= $3";
/// A person's word is the newest, whatever the provider's clock has said.
const BY_HAND: &str = "UPDATE channels SET suspended = $2, updated = $3, revision = revision + 1,
 suspended_at = CASE WHEN suspended_at > $3 THEN suspended_at ELSE $3 END
 WHERE id = $1 AND workspace = $4 AND removed = 0";
const CUT_OFF: &str = "INSERT INTO alerts (workspace, channel, at, body, open_key)
 SELECT workspace, id, $2, $3, $4 FROM channels WHERE id = $1 AND suspended = 1 AND suspended_at <= $5
 ON CONFLICT (open_key) DO NOTHING";
const BACK: &str = "UPDATE alerts SET closed_at = $2, open_key = NULL
 WHERE channel = $1 AND conversation IS NULL AND closed_at IS NULL
 AND EXISTS (SELECT 1 FROM channels c WHERE c.id = $1 AND c.suspended = 0 AND c.suspended_at <= $3)";
const WARN: &str = "INSERT INTO alerts (workspace, channel, at, body, open_key)
 SELECT workspace, id, $2, $3, $4 FROM channels WHERE id = $1 AND suspended_at <= $5
 ON CONFLICT (open_key) DO NOTHING";
const SAW: &str = "INSERT INTO channel_seen (channel, webhook) VALUES ($1, $2)
 ON CONFLICT (channel) DO UPDATE SET webhook = excluded.webhook WHERE channel_seen.webhook < excluded.webhook";

impl Commit {
    /// Notes that the provider cut a channel off, or let it back in, `said` by its clock. An older word
    /// than the newest known one changes nothing.
    pub fn suspend_channel(
        &mut self,
        workspace: WorkspaceId,
        channel: ChannelId,
        suspended: bool,
        (said, at): (Time, Time),
    ) -> &mut Self {
        self.hint(Hint::Settings(workspace));
        self.push(SUSPEND, vals![channel, suspended, said, at]);
        self.told_of(channel, suspended, (said, at))
    }

    /// The same by a person, who has the last word until the provider says something newer. Refused
    /// where the workspace has no such channel.
    pub fn suspend_by_hand(
        &mut self,
        workspace: WorkspaceId,
        channel: ChannelId,
        suspended: bool,
        at: Time,
    ) -> &mut Self {
        self.hint(Hint::Settings(workspace));
        let params = vals![channel, suspended, at, workspace];
        self.must(BY_HAND, params, Refused::Missing);
        self.told_of(channel, suspended, (Time(i64::MAX), at))
    }

    /// People see that a number is cut off, until it is back; then all alerts about it are closed.
    fn told_of(
        &mut self,
        channel: ChannelId,
        suspended: bool,
        (said, at): (Time, Time),
    ) -> &mut Self {
        if suspended {
            self.alert_on(CUT_OFF, channel, &Alert::NumberSuspended, (said, at))
        } else {
            self.push(BACK, vals![channel, at, said])
        }
    }

    /// Opens an alert about a number itself, unless the same is open, or the number came back after this
    /// was `said`.
    pub fn warn_channel(
        &mut self,
        channel: ChannelId,
        alert: &Alert,
        when: (Time, Time),
    ) -> &mut Self {
        self.alert_on(WARN, channel, alert, when)
    }

    fn alert_on(
        &mut self,
        sql: &'static str,
        channel: ChannelId,
        alert: &Alert,
        (said, at): (Time, Time),
    ) -> &mut Self {
        let Some(body) = self.text(alert) else {
            return self;
        };
        let key = digest::key(channel.0, &body);
        self.push(sql, vals![channel, at, body, key, said])
    }

    /// Notes when a webhook about a channel came in last.
    pub fn saw_webhook(&mut self, channel: ChannelId, at: Time) -> &mut Self {
        self.push(SAW, vals![channel, at])
    }
}

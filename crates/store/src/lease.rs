//! Leases and nodes: who owns a channel, and who is alive.
//!
//! A lease has a name, a holder, an end and a token that grows with each new holder; commits name
//! the token and are refused once it has passed. Time is PostgreSQL's own, or on SQLite (and where the
//! options say so) the caller's. Absent: when to take which lease (the server's boot).

use crate::error::Result;
use crate::rows::outbox::LeaseRef;
use crate::rows::shared::{Lease, NodeRow};
use crate::store::{Engine, Store};
use crate::val::{Cells, Stmt, vals};
use ponte_core::time::{Span, Time};
use uuid::Uuid;

const TAKE: &str = "INSERT INTO leases (name, owner, token, until) VALUES ($1, $2, 1, @now($3) + $4)
 ON CONFLICT (name) DO UPDATE SET
 token = CASE WHEN leases.owner = excluded.owner AND leases.until > @now($3) THEN leases.token ELSE leases.token + 1 END,
 owner = excluded.owner, until = excluded.until
 WHERE leases.owner = excluded.owner OR leases.until <= @now($3) RETURNING token, until";
const RENEW: &str = "UPDATE leases SET until = @now($3) + $4
 WHERE name = $1 AND token = $2 AND until > @now($3) RETURNING until";
const RELEASE: &str = "UPDATE leases SET until = 0 WHERE name = $1 AND token = $2 RETURNING 1";
const EXPIRED: &str =
    "SELECT name, owner, token, until FROM leases WHERE until <= @now($1) ORDER BY name LIMIT 1000";
const ALL: &str = "SELECT name, owner, token, until FROM leases ORDER BY name LIMIT 1000";
const NODE: &str = "INSERT INTO nodes (id, name, version, seen) VALUES ($1, $2, $3, @now($4))
 ON CONFLICT (id) DO UPDATE SET seen = excluded.seen RETURNING seen";
const NODE_DROP: &str = "DELETE FROM nodes WHERE id = $1 RETURNING 1";
const NOW: &str = "SELECT @now($1)";

impl Store {
    /// Takes a lease that is free or ours. Absent: another holds it.
    pub async fn take_lease(
        &self,
        name: &str,
        owner: Uuid,
        now: Time,
        span: Span,
    ) -> Result<Option<Lease>> {
        let stmt = Stmt::read(TAKE, vals![name, owner, now, span.as_micros()]);
        let Some(row) = self.change(stmt).await?.rows.into_iter().next() else {
            return Ok(None);
        };
        let mut c = Cells::new(row);
        Ok(Some(Lease {
            name: name.to_owned(),
            owner,
            token: c.get()?,
            until: c.get()?,
        }))
    }

    /// Keeps a lease for longer. Absent: it ran out or another has it; stop at once.
    pub async fn renew_lease(
        &self,
        lease: &LeaseRef,
        now: Time,
        span: Span,
    ) -> Result<Option<Time>> {
        let stmt = Stmt::read(
            RENEW,
            vals![&lease.name, lease.token, now, span.as_micros()],
        );
        let row = self.change(stmt).await?.rows.into_iter().next();
        row.map(|r| Cells::new(r).get()).transpose()
    }

    /// Gives a lease back at once. False: it wasn't ours any more.
    pub async fn release_lease(&self, lease: &LeaseRef) -> Result<bool> {
        let stmt = Stmt::read(RELEASE, vals![&lease.name, lease.token]);
        Ok(!self.change(stmt).await?.rows.is_empty())
    }

    /// Leases whose holder let them run out.
    pub async fn expired_leases(&self, now: Time) -> Result<Vec<Lease>> {
        self.read_all(Stmt::read(EXPIRED, vals![now]), lease).await
    }

    /// All leases.
    pub async fn leases(&self) -> Result<Vec<Lease>> {
        self.read_all(Stmt::read(ALL, vals![]), lease).await
    }

    /// This node is alive. Gives back the time written.
    pub async fn beat(&self, node: &NodeRow) -> Result<Time> {
        let stmt = Stmt::read(NODE, vals![node.id, &node.name, &node.version, node.seen]);
        let row = self
            .change(stmt)
            .await?
            .rows
            .into_iter()
            .next()
            .unwrap_or_default();
        Cells::new(row).get()
    }

    /// This node ends in order.
    pub async fn drop_node(&self, id: Uuid) -> Result<()> {
        self.change(Stmt::read(NODE_DROP, vals![id]))
            .await
            .map(|_| ())
    }

    /// The time that leases and due times go by: the database's own on PostgreSQL, else the caller's.
    pub async fn lease_time(&self, now: Time) -> Result<Time> {
        match self.engine() {
            Engine::Sqlite => Ok(now),
            Engine::Postgres => Ok(self
                .read_one(Stmt::read(NOW, vals![now]), |mut c| c.get())
                .await?
                .unwrap_or(now)),
        }
    }
}

fn lease(mut c: Cells) -> Result<Lease> {
    Ok(Lease {
        name: c.get()?,
        owner: c.get()?,
        token: c.get()?,
        until: c.get()?,
    })
}

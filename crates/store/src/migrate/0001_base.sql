-- The tables of the first version. Types in @words are put in by dialect.rs.
-- Ids are 16 bytes, times UTC microseconds, flags 0 or 1, JSON opaque text.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE workspaces (
  id @id PRIMARY KEY, name TEXT NOT NULL, settings TEXT NOT NULL, created BIGINT NOT NULL
);

CREATE TABLE channels (
  id @id PRIMARY KEY, workspace @id NOT NULL REFERENCES workspaces (id), name TEXT NOT NULL,
  number TEXT NOT NULL UNIQUE, account TEXT NOT NULL, display TEXT NOT NULL, assistant @id,
  settings TEXT NOT NULL, secrets @bytes, suspended BIGINT NOT NULL, removed BIGINT NOT NULL,
  revision BIGINT NOT NULL, updated BIGINT NOT NULL
);

CREATE TABLE documents (
  workspace @id NOT NULL REFERENCES workspaces (id), kind TEXT NOT NULL, id @id NOT NULL,
  name TEXT NOT NULL, body TEXT NOT NULL, revision BIGINT NOT NULL, updated BIGINT NOT NULL,
  PRIMARY KEY (workspace, kind, id), UNIQUE (workspace, kind, name)
);

CREATE TABLE agents (
  id @id PRIMARY KEY, workspace @id NOT NULL REFERENCES workspaces (id), email TEXT NOT NULL,
  name TEXT NOT NULL, role TEXT NOT NULL, password_hash TEXT, disabled BIGINT NOT NULL,
  created BIGINT NOT NULL, UNIQUE (workspace, email)
);

CREATE TABLE api_keys (
  id @id PRIMARY KEY, workspace @id NOT NULL REFERENCES workspaces (id), name TEXT NOT NULL,
  hash @bytes NOT NULL UNIQUE, scopes TEXT NOT NULL, agent @id, created BIGINT NOT NULL,
  expires BIGINT, last_used BIGINT, revoked BIGINT NOT NULL
);

-- The raw body never changes; what waits stands in a small table beside it, so that finishing a
-- delivery does not rewrite its body.
CREATE TABLE deliveries (
  id @serial, workspace @id, received BIGINT NOT NULL, body @bytes NOT NULL
);
CREATE TABLE deliveries_open (
  id BIGINT PRIMARY KEY, state TEXT NOT NULL, attempts BIGINT NOT NULL, lease_owner @id,
  lease_until BIGINT NOT NULL, error TEXT
);

CREATE TABLE contacts (
  id @id PRIMARY KEY, workspace @id NOT NULL, name TEXT NOT NULL, search TEXT @binary NOT NULL,
  person TEXT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, merged_into @id
);
CREATE INDEX contacts_by_name ON contacts (workspace, search, id);

CREATE TABLE contact_aliases (
  workspace @id NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, contact @id NOT NULL,
  PRIMARY KEY (workspace, kind, value)
);
CREATE INDEX aliases_by_contact ON contact_aliases (contact);

-- human: owned by a person or a queue; the inbox of people is a small part of all conversations.
CREATE TABLE conversations (
  id @id PRIMARY KEY, workspace @id NOT NULL, channel @id NOT NULL, contact @id NOT NULL,
  owner_kind TEXT NOT NULL, owner_ref @id, human BIGINT NOT NULL, epoch BIGINT NOT NULL,
  version BIGINT NOT NULL, service_until BIGINT, entry_until BIGINT,
  last_message_at BIGINT NOT NULL, last_customer_at BIGINT, unread BIGINT NOT NULL,
  unknown_sends BIGINT NOT NULL, alerts BIGINT NOT NULL, preview TEXT NOT NULL,
  closed BIGINT NOT NULL, state TEXT NOT NULL, UNIQUE (contact, channel)
);
CREATE INDEX conversations_by_activity ON conversations (workspace, last_message_at, id);
CREATE INDEX conversations_of_people ON conversations (workspace, last_message_at, id) WHERE human = 1;

-- The truth. key: digest of channel and dedupe text (NULL after its time); applied: place in the
-- conversation's fold, NULL while pending, 0 when quarantined; sum: of the body, against rot.
CREATE TABLE journal (
  seq @serial, workspace @id NOT NULL, channel @id NOT NULL,
  conversation @id NOT NULL REFERENCES conversations (id), id @id NOT NULL, kind TEXT NOT NULL,
  at BIGINT NOT NULL, key @id UNIQUE, delivery BIGINT, attempts BIGINT NOT NULL, applied BIGINT,
  quarantined BIGINT NOT NULL, sum BIGINT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX journal_pending ON journal (channel, seq) WHERE applied IS NULL;
CREATE INDEX journal_by_conversation ON journal (conversation, applied);
CREATE INDEX journal_quarantined ON journal (seq) WHERE quarantined = 1;

CREATE TABLE account_events (
  id @serial, workspace @id, channel @id, at BIGINT NOT NULL, field TEXT NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL, key @id UNIQUE, delivery BIGINT
);

CREATE TABLE orphan_statuses (
  id @serial, workspace @id NOT NULL, channel @id NOT NULL, waits_for @id NOT NULL,
  at BIGINT NOT NULL, body TEXT NOT NULL, key @id NOT NULL UNIQUE
);
CREATE INDEX orphans_by_wait ON orphan_statuses (waits_for);

-- wkey: digest of channel and wamid. ord: journal entry and position in its step.
CREATE TABLE messages (
  id @id PRIMARY KEY, workspace @id NOT NULL, channel @id NOT NULL, conversation @id NOT NULL,
  sent BIGINT NOT NULL, ord BIGINT NOT NULL, received BIGINT NOT NULL, wamid TEXT,
  wkey @id UNIQUE, provenance TEXT NOT NULL, content TEXT NOT NULL, context TEXT, referral TEXT,
  send_state TEXT, unread BIGINT NOT NULL, sent_at BIGINT, delivered_at BIGINT, read_at BIGINT,
  played_at BIGINT, failed_at BIGINT, errors TEXT, pricing_at BIGINT, pricing TEXT,
  edited_at BIGINT, edited TEXT, revoked_at BIGINT, reaction_customer TEXT,
  reaction_customer_at BIGINT, reaction_mine TEXT, reaction_mine_at BIGINT
);
CREATE INDEX messages_by_conversation ON messages (conversation, sent, ord);

CREATE TABLE ownership_log (
  conversation @id NOT NULL, epoch BIGINT NOT NULL, workspace @id NOT NULL, channel @id NOT NULL,
  at BIGINT NOT NULL, owner_from TEXT NOT NULL, owner_to TEXT NOT NULL, why TEXT NOT NULL,
  event @id NOT NULL, PRIMARY KEY (conversation, epoch)
);

-- active: pending or claimed. The claim checks epoch, journal, window and lease in one statement.
CREATE TABLE outbox (
  reply @id PRIMARY KEY, workspace @id NOT NULL, channel @id NOT NULL,
  conversation @id NOT NULL REFERENCES conversations (id), epoch BIGINT NOT NULL,
  lane BIGINT NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL, active BIGINT NOT NULL,
  attempt BIGINT NOT NULL, not_before BIGINT NOT NULL, expires BIGINT NOT NULL,
  needs_window BIGINT NOT NULL, payload TEXT NOT NULL
);
CREATE INDEX outbox_active ON outbox (channel, lane, not_before) WHERE active = 1;
CREATE INDEX outbox_unknown ON outbox (workspace) WHERE state = 'unknown';

CREATE TABLE attempts (
  reply @id NOT NULL, n BIGINT NOT NULL, claimed_at BIGINT NOT NULL, deadline BIGINT NOT NULL,
  node @id NOT NULL, ended_at BIGINT, outcome TEXT, PRIMARY KEY (reply, n)
);

CREATE TABLE timers (
  conversation @id NOT NULL, reason TEXT NOT NULL, workspace @id NOT NULL, channel @id NOT NULL,
  due BIGINT NOT NULL, PRIMARY KEY (conversation, reason)
);
CREATE INDEX timers_by_due ON timers (channel, due);

CREATE TABLE calls (
  id @id PRIMARY KEY, workspace @id NOT NULL, channel @id NOT NULL, conversation @id NOT NULL,
  epoch BIGINT NOT NULL, deadline BIGINT NOT NULL, attempts BIGINT NOT NULL,
  lease_owner @id, lease_until BIGINT NOT NULL, work TEXT NOT NULL
);
CREATE INDEX calls_by_channel ON calls (channel, lease_until);

CREATE TABLE leases (
  name TEXT PRIMARY KEY, owner @id NOT NULL, token BIGINT NOT NULL, until BIGINT NOT NULL
);

CREATE TABLE nodes (
  id @id PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, seen BIGINT NOT NULL
);

-- An identity column is not in the order of commits; a counter row that the transaction holds is.
CREATE TABLE feed_heads (workspace @id PRIMARY KEY, last BIGINT NOT NULL);
CREATE TABLE feed (
  workspace @id NOT NULL, seq BIGINT NOT NULL, channel @id NOT NULL, conversation @id NOT NULL,
  at BIGINT NOT NULL, changes BIGINT NOT NULL, PRIMARY KEY (workspace, seq)
);

CREATE TABLE templates (
  workspace @id NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,
  status TEXT NOT NULL, category TEXT NOT NULL, quality TEXT NOT NULL, body TEXT NOT NULL,
  updated BIGINT NOT NULL, PRIMARY KEY (workspace, account, name, language)
);

-- open_key: digest of what the alert is about, while it is open, so that one thing alerts once.
CREATE TABLE alerts (
  id @serial, workspace @id NOT NULL, channel @id, conversation @id, at BIGINT NOT NULL,
  body TEXT NOT NULL, closed_at BIGINT, open_key @id UNIQUE
);
CREATE INDEX alerts_by_conversation ON alerts (conversation);
CREATE INDEX alerts_open ON alerts (workspace, id) WHERE closed_at IS NULL;

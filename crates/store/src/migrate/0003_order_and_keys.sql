-- A message's place (ord) is counted by the conversation's fold and no longer by the whole journal, so
-- that an entry and what follows from it can be stored together.
UPDATE messages SET ord = COALESCE((SELECT j.applied * 1024 + messages.ord % 1024 FROM journal j
 WHERE j.seq = messages.ord / 1024 AND j.applied > 0), ord);

-- Small tables whose key is the row: one tree instead of two for each, and fewer pages per commit.
-- @sqlite_only
CREATE TABLE new_deliveries_open (
  id @number PRIMARY KEY, state TEXT NOT NULL, attempts BIGINT NOT NULL, lease_owner @id,
  lease_until BIGINT NOT NULL, error TEXT
);
INSERT INTO new_deliveries_open SELECT id, state, attempts, lease_owner, lease_until, error FROM deliveries_open;
DROP TABLE deliveries_open;
ALTER TABLE new_deliveries_open RENAME TO deliveries_open;

CREATE TABLE new_contact_aliases (
  workspace @id NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, contact @id NOT NULL,
  PRIMARY KEY (workspace, kind, value)
) @keyed;
INSERT INTO new_contact_aliases SELECT workspace, kind, value, contact FROM contact_aliases;
DROP TABLE contact_aliases;
ALTER TABLE new_contact_aliases RENAME TO contact_aliases;
CREATE INDEX aliases_by_contact ON contact_aliases (contact);

CREATE TABLE new_attempts (
  reply @id NOT NULL, n BIGINT NOT NULL, claimed_at BIGINT NOT NULL, deadline BIGINT NOT NULL,
  node @id NOT NULL, ended_at BIGINT, outcome TEXT, PRIMARY KEY (reply, n)
) @keyed;
INSERT INTO new_attempts SELECT reply, n, claimed_at, deadline, node, ended_at, outcome FROM attempts;
DROP TABLE attempts;
ALTER TABLE new_attempts RENAME TO attempts;

CREATE TABLE new_timers (
  conversation @id NOT NULL, reason TEXT NOT NULL, workspace @id NOT NULL, channel @id NOT NULL,
  due BIGINT NOT NULL, PRIMARY KEY (conversation, reason)
) @keyed;
INSERT INTO new_timers SELECT conversation, reason, workspace, channel, due FROM timers;
DROP TABLE timers;
ALTER TABLE new_timers RENAME TO timers;
CREATE INDEX timers_by_due ON timers (channel, due);

CREATE TABLE new_feed (
  workspace @id NOT NULL, seq BIGINT NOT NULL, channel @id NOT NULL, conversation @id NOT NULL,
  at BIGINT NOT NULL, changes BIGINT NOT NULL, PRIMARY KEY (workspace, seq)
) @keyed;
INSERT INTO new_feed SELECT workspace, seq, channel, conversation, at, changes FROM feed;
DROP TABLE feed;
ALTER TABLE new_feed RENAME TO feed;
-- @all

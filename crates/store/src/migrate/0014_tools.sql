-- How tools prove who they are. What is secret is sealed by the caller: the credential itself, and tokens
-- that were got with it.
CREATE TABLE tool_credentials (
  id @id PRIMARY KEY,
  workspace @id NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  sealed @bytes,
  tokens @bytes,
  expires BIGINT NOT NULL,
  state TEXT NOT NULL,
  hint TEXT NOT NULL,
  revision BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  UNIQUE (workspace, name)
);
-- One row per call of a tool, written before the call is made: what has effects is made at most once.
CREATE TABLE tool_calls (
  id @id PRIMARY KEY,
  workspace @id NOT NULL,
  conversation @id,
  tool TEXT NOT NULL,
  call_key TEXT NOT NULL,
  digest TEXT NOT NULL,
  effects BIGINT NOT NULL,
  ignored BIGINT NOT NULL,
  arguments @bytes,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL,
  http BIGINT,
  result @bytes,
  at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  latency BIGINT NOT NULL,
  UNIQUE (workspace, call_key)
);
CREATE INDEX tool_calls_of ON tool_calls (workspace, at);
CREATE INDEX tool_calls_by_tool ON tool_calls (workspace, tool, at);
CREATE INDEX tool_calls_running ON tool_calls (until) WHERE state = 'running';
-- What is known of a contact, by who said so: an assistant's word never replaces a person's or a system's.
CREATE TABLE contact_attributes (
  workspace @id NOT NULL,
  contact @id NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (workspace, contact, name)
);

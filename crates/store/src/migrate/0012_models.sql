-- Providers of language models. The key is sealed by the caller; without the master key it is noise.
CREATE TABLE providers (
  id @id PRIMARY KEY,
  workspace @id NOT NULL,
  name TEXT NOT NULL,
  dialect TEXT NOT NULL,
  base TEXT NOT NULL,
  settings TEXT NOT NULL,
  sealed @bytes,
  hint TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  UNIQUE (workspace, name)
);
-- One row per call of a model: what it took and cost. No text of anybody stands here.
CREATE TABLE model_calls (
  id @id PRIMARY KEY,
  workspace @id NOT NULL,
  conversation @id,
  assistant @id,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  answered TEXT NOT NULL,
  purpose TEXT NOT NULL,
  tokens_in BIGINT NOT NULL,
  tokens_out BIGINT NOT NULL,
  cached BIGINT NOT NULL,
  cost BIGINT,
  latency BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX model_calls_of ON model_calls (workspace, at);

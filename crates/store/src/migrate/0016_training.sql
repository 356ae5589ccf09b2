-- What people taught: intents with examples (those of no intent are negatives), the models trained of
-- them, and what customers asked, to learn from. key: digest of the folded text, so that one text has
-- one meaning in a workspace.
CREATE TABLE training_heads (workspace @id PRIMARY KEY, revision BIGINT NOT NULL, models BIGINT NOT NULL);

CREATE TABLE intents (
  id @id PRIMARY KEY, workspace @id NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  enabled BIGINT NOT NULL, assistants TEXT NOT NULL, revision BIGINT NOT NULL,
  created BIGINT NOT NULL, updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX intents_by_name ON intents (workspace, name);

CREATE TABLE intent_examples (
  id @id PRIMARY KEY, workspace @id NOT NULL, intent @id, text TEXT NOT NULL, key @id NOT NULL,
  origin TEXT NOT NULL, split TEXT NOT NULL, created BIGINT NOT NULL, UNIQUE (workspace, key)
);
CREATE INDEX intent_examples_by_intent ON intent_examples (workspace, intent, id);

CREATE TABLE intent_models (
  workspace @id NOT NULL, version BIGINT NOT NULL, state TEXT NOT NULL, examples BIGINT NOT NULL,
  bytes @bytes, report TEXT NOT NULL, progress BIGINT NOT NULL, cancel BIGINT NOT NULL,
  lease_owner @id, lease_until BIGINT NOT NULL, created BIGINT NOT NULL, trained BIGINT,
  PRIMARY KEY (workspace, version)
);
CREATE UNIQUE INDEX intent_models_active ON intent_models (workspace) WHERE state = 'active';
CREATE INDEX intent_models_training ON intent_models (created) WHERE state = 'training';

-- sorted: 0 while no round of learning has looked at it.
CREATE TABLE questions (
  id @id PRIMARY KEY, workspace @id NOT NULL, channel @id NOT NULL, conversation @id NOT NULL,
  at BIGINT NOT NULL, text TEXT NOT NULL, outcome TEXT NOT NULL, sorted BIGINT NOT NULL, cluster @id
);
CREATE INDEX questions_new ON questions (workspace, id) WHERE sorted = 0;
CREATE INDEX questions_by_cluster ON questions (cluster, id);
CREATE INDEX questions_by_age ON questions (at);

CREATE TABLE question_clusters (
  id @id PRIMARY KEY, workspace @id NOT NULL, state TEXT NOT NULL, size BIGINT NOT NULL,
  body TEXT NOT NULL, revision BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL
);
CREATE INDEX question_clusters_by_state ON question_clusters (workspace, state, size, id);

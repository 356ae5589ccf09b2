-- What a workspace knows: sources, their documents with versions, the passages cut from them, curated
-- answers, vectors, the work of reading, and a log in the order of commits by which indexes are kept.
-- Deleted rows stay for a while (deleted is when), so that deleting can be undone.
CREATE TABLE knowledge_heads (workspace @id PRIMARY KEY, last BIGINT NOT NULL);
CREATE TABLE knowledge_log (
  workspace @id NOT NULL, seq BIGINT NOT NULL, kind TEXT NOT NULL, id @id NOT NULL,
  at BIGINT NOT NULL, PRIMARY KEY (workspace, seq)
) @keyed;

CREATE TABLE knowledge_sources (
  id @id PRIMARY KEY, workspace @id NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  settings TEXT NOT NULL, report TEXT NOT NULL, revision BIGINT NOT NULL, created BIGINT NOT NULL,
  updated BIGINT NOT NULL, reviewed BIGINT NOT NULL, deleted BIGINT
);
CREATE UNIQUE INDEX knowledge_sources_by_name ON knowledge_sources (workspace, name) WHERE deleted IS NULL;
CREATE INDEX knowledge_sources_deleted ON knowledge_sources (deleted) WHERE deleted IS NOT NULL;

-- key: file name or canonical address, unique in its source. hash: of the text, not of the file.
CREATE TABLE knowledge_documents (
  id @id PRIMARY KEY, workspace @id NOT NULL, source @id NOT NULL, key TEXT NOT NULL,
  title TEXT NOT NULL, hash @bytes NOT NULL, version BIGINT NOT NULL, facts TEXT NOT NULL,
  misses BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, checked BIGINT NOT NULL,
  deleted BIGINT, UNIQUE (source, key)
);
CREATE INDEX knowledge_documents_by_source ON knowledge_documents (source, id);
CREATE INDEX knowledge_documents_deleted ON knowledge_documents (deleted) WHERE deleted IS NOT NULL;

CREATE TABLE knowledge_versions (
  document @id NOT NULL, version BIGINT NOT NULL, workspace @id NOT NULL, title TEXT NOT NULL,
  hash @bytes NOT NULL, at BIGINT NOT NULL, size BIGINT NOT NULL, media TEXT NOT NULL,
  original @bytes, PRIMARY KEY (document, version)
);

CREATE TABLE knowledge_chunks (
  id @id PRIMARY KEY, workspace @id NOT NULL, source @id NOT NULL, document @id NOT NULL,
  version BIGINT NOT NULL, ordinal BIGINT NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL,
  hash @id NOT NULL
);
CREATE INDEX knowledge_chunks_by_document ON knowledge_chunks (document, ordinal);
CREATE INDEX knowledge_chunks_by_hash ON knowledge_chunks (workspace, hash);

CREATE TABLE knowledge_faq (
  id @id PRIMARY KEY, workspace @id NOT NULL, source @id NOT NULL, questions TEXT NOT NULL,
  answer TEXT NOT NULL, tags TEXT NOT NULL, enabled BIGINT NOT NULL, hash @id NOT NULL,
  revision BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, deleted BIGINT
);
CREATE INDEX knowledge_faq_by_source ON knowledge_faq (source, id);
CREATE INDEX knowledge_faq_by_workspace ON knowledge_faq (workspace, id);
CREATE INDEX knowledge_faq_by_hash ON knowledge_faq (workspace, hash);
CREATE INDEX knowledge_faq_deleted ON knowledge_faq (deleted) WHERE deleted IS NOT NULL;

-- By the text's hash: a passage that is cut again with the same text keeps its vector.
CREATE TABLE knowledge_vectors (
  workspace @id NOT NULL, model TEXT NOT NULL, hash @id NOT NULL, vector @bytes NOT NULL,
  PRIMARY KEY (workspace, model, hash)
);

CREATE TABLE knowledge_jobs (
  id @id PRIMARY KEY, workspace @id NOT NULL, source @id NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, name TEXT NOT NULL, media TEXT NOT NULL, bytes @bytes, progress TEXT NOT NULL,
  place TEXT, cancel BIGINT NOT NULL, attempts BIGINT NOT NULL, lease_owner @id,
  lease_until BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL
);
CREATE INDEX knowledge_jobs_open ON knowledge_jobs (created, id) WHERE state IN ('waiting', 'working');
CREATE INDEX knowledge_jobs_by_source ON knowledge_jobs (source, id);

-- What may be spent on models, by what it is for: a conversation, a contact, an assistant, a day. Money is
-- reserved before a call and settled after it; a reservation nobody settles ends by itself.
CREATE TABLE budgets (
  workspace @id NOT NULL,
  scope TEXT NOT NULL,
  subject TEXT NOT NULL,
  cap BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (workspace, scope, subject)
);
CREATE INDEX budgets_by_age ON budgets (updated);
CREATE TABLE budget_holds (
  id @id NOT NULL,
  workspace @id NOT NULL,
  scope TEXT NOT NULL,
  subject TEXT NOT NULL,
  amount BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (id, scope, subject)
);
CREATE INDEX budget_holds_of ON budget_holds (workspace, scope, subject, until);

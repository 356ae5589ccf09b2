-- Items of deliveries that were set aside, newest first: few among many facts, and each is counted.
CREATE INDEX account_events_quarantined ON account_events (id)
  WHERE kind IN ('unreadable', 'foreign_number');

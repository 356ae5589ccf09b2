-- The provider's time of the newest word on whether a number may be used: an older one that comes
-- late changes nothing.
ALTER TABLE channels ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;

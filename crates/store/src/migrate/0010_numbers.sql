-- When a webhook about a number came in last, noted now and then: what a number's health shows.
CREATE TABLE channel_seen (channel @id PRIMARY KEY, webhook BIGINT NOT NULL);
-- Open alerts about numbers themselves are few among those of conversations.
CREATE INDEX alerts_of_channels ON alerts (channel) WHERE conversation IS NULL AND closed_at IS NULL;

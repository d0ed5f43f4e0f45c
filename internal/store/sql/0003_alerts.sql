-- Who is told what: subscriptions, alerts, and the outbox. Times are microseconds since 1970 UTC.

-- Where messages go.
CREATE TABLE alert_channel (
    id       TEXT   NOT NULL PRIMARY KEY,
    owner    TEXT   NOT NULL, -- the account
    state    TEXT   NOT NULL, -- active, unconfirmed or disabled
    reason   TEXT   NOT NULL, -- why it is disabled
    failures BIGINT NOT NULL, -- in a row
    later    BIGINT NOT NULL, -- not tried before this; 0 for at once
    updated  BIGINT NOT NULL,
    body     BYTEA  NOT NULL -- alert.Channel as JSON; it holds the secrets that sign
);
CREATE INDEX alert_channel_owner ON alert_channel (owner, id);

-- Who wants to know of what.
CREATE TABLE alert_subscription (
    id      TEXT   NOT NULL PRIMARY KEY,
    owner   TEXT   NOT NULL, -- the account
    paused  BIGINT NOT NULL, -- 1: takes nothing
    look    BIGINT,          -- when to see what is due; null where nothing waits
    updated BIGINT NOT NULL,
    body    BYTEA  NOT NULL -- alert.Subscription as JSON
);
CREATE INDEX alert_subscription_owner ON alert_subscription (owner, id);

-- What was worth telling.
CREATE TABLE alert (
    id      TEXT   NOT NULL PRIMARY KEY, -- the hash of its cause
    subject TEXT   NOT NULL, -- the matter, the same from opening to end
    kind    TEXT   NOT NULL,
    reached BIGINT NOT NULL, -- up to which the data goes that says so
    stored  BIGINT NOT NULL,
    body    BYTEA  NOT NULL -- alert.Alert as JSON
);
CREATE INDEX alert_stored ON alert (stored, id);

-- What a subscription was told of a matter, or is going to be.
CREATE TABLE alert_told (
    subject      TEXT   NOT NULL,
    subscription TEXT   NOT NULL REFERENCES alert_subscription (id),
    updated      BIGINT NOT NULL,
    body         BYTEA  NOT NULL, -- alert.Told as JSON
    PRIMARY KEY (subject, subscription)
);
CREATE INDEX alert_told_subscription ON alert_told (subscription, updated);

-- An alert for a subscription.
CREATE TABLE alert_item (
    subscription TEXT   NOT NULL REFERENCES alert_subscription (id),
    alert        TEXT   NOT NULL REFERENCES alert (id),
    queued       BIGINT NOT NULL,
    later        BIGINT NOT NULL, -- not looked at before this: the publication policy holds it back
    phase        TEXT   NOT NULL, -- as this subscription sees it
    roles        TEXT   NOT NULL, -- of its networks, as JSON
    message      TEXT,            -- that took it; null while it waits, empty where it was dropped
    PRIMARY KEY (subscription, alert)
);
CREATE INDEX alert_item_waiting ON alert_item (subscription, queued) WHERE message IS NULL;
CREATE INDEX alert_item_alert ON alert_item (alert);

-- A message that was put into words.
CREATE TABLE alert_message (
    id           TEXT   NOT NULL PRIMARY KEY, -- the hash of what it takes
    subscription TEXT   NOT NULL REFERENCES alert_subscription (id),
    planned      BIGINT NOT NULL,
    items        BIGINT NOT NULL, -- alerts that it takes
    body         BYTEA  NOT NULL -- alert.Message as JSON
);
CREATE INDEX alert_message_planned ON alert_message (subscription, planned);

-- A message on its way to a channel: the outbox.
CREATE TABLE alert_delivery (
    id       TEXT   NOT NULL PRIMARY KEY, -- the hash of message and channel
    message  TEXT   NOT NULL REFERENCES alert_message (id),
    channel  TEXT   NOT NULL REFERENCES alert_channel (id),
    state    TEXT   NOT NULL, -- waiting, sent or dead
    queued   BIGINT NOT NULL,
    claimed  BIGINT NOT NULL, -- until when a try may be under way
    attempts BIGINT NOT NULL,
    error    TEXT   NOT NULL, -- of the last try
    finished BIGINT           -- when it was sent or given up
);
CREATE INDEX alert_delivery_waiting ON alert_delivery (channel, queued, id) WHERE state = 'waiting';
CREATE INDEX alert_delivery_queued ON alert_delivery (queued, id);
CREATE INDEX alert_delivery_message ON alert_delivery (message);

-- What the checks remember: of a network under its number, of the sources under "sources".
CREATE TABLE alert_memory (
    name    TEXT   NOT NULL PRIMARY KEY,
    updated BIGINT NOT NULL,
    body    BYTEA  NOT NULL -- alert.Memory or alert.SourceMemory as JSON
);

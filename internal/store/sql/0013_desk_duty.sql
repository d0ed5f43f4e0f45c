-- What the desk owes those whose data it holds. Times are microseconds since 1970 UTC, days are days since 1970.

ALTER TABLE desk_segment ADD COLUMN generation BIGINT NOT NULL DEFAULT 0; -- how often it was written anew
ALTER TABLE desk_segment ADD COLUMN swept BIGINT NOT NULL DEFAULT 0; -- the day on which it was last looked through for what is over
ALTER TABLE desk_report ADD COLUMN erased BIGINT; -- when the report as it came was erased; null: it lies there

-- What must be kept although its time is over.
CREATE TABLE desk_hold (
    id     BIGINT NOT NULL PRIMARY KEY, -- from 1
    scope  TEXT   NOT NULL, -- all, source:NAME or case:NUMBER
    reason TEXT   NOT NULL,
    actor  TEXT   NOT NULL,
    placed BIGINT NOT NULL,
    lifted BIGINT -- null: it holds
);

-- What was erased or corrected: how much, when and why, and nothing of what it was.
CREATE TABLE desk_erasure (
    id         BIGINT NOT NULL PRIMARY KEY, -- from 1
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- retention, subject, correction
    subject    TEXT   NOT NULL, -- a keyed hash of whom it was about; empty for retention
    day        BIGINT NOT NULL, -- of intake
    source     TEXT   NOT NULL,
    events     BIGINT NOT NULL,
    reports    BIGINT NOT NULL,
    quarantine BIGINT NOT NULL
);
CREATE INDEX desk_erasure_at ON desk_erasure (at);

-- Who looked at personal data or took it out, and what for. Rows are only added; each holds the hash of the one before.
CREATE TABLE desk_access_log (
    seq  BIGINT NOT NULL PRIMARY KEY, -- from 1
    body BYTEA  NOT NULL -- account.Entry as JSON: no name and no address of whom it is about
);

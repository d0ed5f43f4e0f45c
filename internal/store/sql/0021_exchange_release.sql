-- What left for partners, what a person decided on what waits, what was taken back. Times are microseconds since 1970 UTC.

-- The first time that a version of an object was let out to a partner. Rows are only added.
CREATE TABLE exchange_release (
    collection TEXT   NOT NULL,
    object     TEXT   NOT NULL, -- the id as the partner sees it
    version    TEXT   NOT NULL,
    item       TEXT   NOT NULL, -- what it is a copy of; empty: of nothing
    leaf       BIGINT NOT NULL, -- the entry of the direction's ledger, from 0
    at         BIGINT NOT NULL,
    PRIMARY KEY (collection, object, version)
);
CREATE INDEX exchange_release_item ON exchange_release (item) WHERE item <> '';

-- What a person decided on an item that an agreement holds for review. Rows are only added.
CREATE TABLE exchange_review (
    collection TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- of the item
    agreement  BIGINT NOT NULL, -- the agreement's version
    released   BIGINT NOT NULL, -- 1: let out; 0: kept
    reason     TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (collection, item, version, agreement)
);

-- Items that were taken back, for each collection that any of it had left to.
CREATE TABLE exchange_recall (
    number       BIGINT NOT NULL, -- from 1, the same for all collections
    collection   TEXT   NOT NULL,
    item         TEXT   NOT NULL,
    partner      TEXT   NOT NULL,
    agreement    TEXT   NOT NULL,
    reason       TEXT   NOT NULL, -- told to the partner
    actor        TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    objects      BYTEA  NOT NULL, -- JSON: what left, as the partner knows it: ids and versions
    answer_by    BIGINT NOT NULL, -- when the partner is to have acknowledged it
    delete_by    BIGINT NOT NULL, -- and to have deleted it
    told         BIGINT, -- when the partner first read of it, or a mail was taken
    acknowledged BIGINT,
    by_whom      TEXT   NOT NULL, -- who acknowledged it
    reminded     BIGINT, -- when a mail last reminded of it
    PRIMARY KEY (number, collection)
);
CREATE INDEX exchange_recall_collection ON exchange_recall (collection);

-- What there is to share with partners, and what was decided on it. Times are microseconds since 1970 UTC.

-- What there is to share: each a few objects of STIX that belong together.
CREATE TABLE exchange_item (
    id       TEXT   NOT NULL,
    version  BIGINT NOT NULL, -- from 1
    body     BYTEA  NOT NULL, -- a JSON list of the objects, compressed with zstd
    digest   TEXT   NOT NULL, -- SHA-256 of the list and of what is known of the item
    audience TEXT   NOT NULL, -- the one exchange collection that it is for; empty: all
    consent  TEXT   NOT NULL, -- to whom who told it may be named; empty: none
    origin   TEXT   NOT NULL, -- the team of a third party that told it; empty: one's own
    permits  TEXT   NOT NULL, -- the teams that the third party lets it be passed to, between spaces
    embargo  BIGINT, -- before when it must not leave
    expires  BIGINT, -- from when on it must not leave
    recalled BIGINT, -- when it was taken back
    stored   BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);

-- Which objects, other than observables and identities, are in which item: one that comes again belongs to the same.
CREATE TABLE exchange_item_object (
    object TEXT NOT NULL PRIMARY KEY,
    item   TEXT NOT NULL
);
CREATE INDEX exchange_item_object_item ON exchange_item_object (item);

-- What the sequencer decided last on the newest version of an item for a collection.
CREATE TABLE exchange_standing (
    collection TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- of the item
    agreement  BIGINT NOT NULL, -- the agreement's version
    epoch      BIGINT NOT NULL,
    verdict    TEXT   NOT NULL, -- refuse, review or release
    clause     TEXT   NOT NULL, -- which keeps it
    reason     TEXT   NOT NULL,
    until      BIGINT NOT NULL, -- when time alone may change it
    charged    BIGINT NOT NULL, -- the version of the item that was counted against quotas and not kept by them; 0: none
    passed     BIGINT NOT NULL, -- the version of the item that a person let pass; 0: none
    passed_by  BIGINT NOT NULL, -- the agreement's version under which that was
    PRIMARY KEY (collection, item)
);
CREATE INDEX exchange_standing_until ON exchange_standing (collection, until);
CREATE INDEX exchange_standing_epoch ON exchange_standing (collection, epoch);
CREATE INDEX exchange_standing_item ON exchange_standing (item);

-- Why a member of a collection may leave: a row for each item that it is a copy of an object of.
CREATE TABLE exchange_decision (
    collection TEXT   NOT NULL,
    added      BIGINT NOT NULL, -- the member's
    item       TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- of the item
    agreement  BIGINT NOT NULL, -- the agreement's version
    epoch      BIGINT NOT NULL,
    until      BIGINT NOT NULL, -- from when on the decision counts no more
    clauses    BIGINT NOT NULL, -- of exchange_clauses
    released   BIGINT NOT NULL -- the leaf of the ledger of the first release; 0: it was never released
);
CREATE UNIQUE INDEX exchange_decision_member ON exchange_decision (collection, added, item, version, agreement, epoch, until, clauses);
CREATE INDEX exchange_decision_item ON exchange_decision (item, collection);

-- What was done to objects: which fields were changed or left out, by which clause. The same for many objects.
CREATE TABLE exchange_clauses (
    id   BIGINT NOT NULL PRIMARY KEY, -- from 1
    text TEXT   NOT NULL -- JSON: the clause of each field
);
CREATE UNIQUE INDEX exchange_clauses_text ON exchange_clauses (text);

-- How many objects were counted against a quota in a window.
CREATE TABLE exchange_charge (
    collection TEXT   NOT NULL,
    clause     TEXT   NOT NULL,
    start      BIGINT NOT NULL, -- of the window
    objects    BIGINT NOT NULL,
    PRIMARY KEY (collection, clause, start)
);

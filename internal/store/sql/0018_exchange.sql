-- What is offered over TAXII: collections, who may ask, what lies in them, what became of what was put there. Times are microseconds
-- since 1970 UTC.

-- What the exchange counts with: one row.
CREATE TABLE exchange_counter (
    id     BIGINT NOT NULL PRIMARY KEY, -- 1
    added  BIGINT NOT NULL, -- the last date_added that a member of any collection was given
    roster BIGINT NOT NULL -- rises with each change of a collection or a user
);

-- Collections of TAXII.
CREATE TABLE exchange_collections (
    id          TEXT   NOT NULL PRIMARY KEY, -- UUID, version 4
    kind        TEXT   NOT NULL, -- own, exchange, inbox
    partner     TEXT   NOT NULL, -- the team it is for; empty: it is for none in particular
    agreement   TEXT   NOT NULL, -- what fills it; empty: none
    alias       TEXT   NOT NULL, -- stands for the id in paths; empty: nothing does
    title       TEXT   NOT NULL,
    description TEXT   NOT NULL,
    made        BIGINT NOT NULL
);
CREATE UNIQUE INDEX exchange_collections_alias ON exchange_collections (alias) WHERE alias <> '';

-- Who may ask the TAXII server, and for which collections.
CREATE TABLE exchange_users (
    name        TEXT   NOT NULL PRIMARY KEY,
    hash        TEXT   NOT NULL, -- of the password, argon2id; empty: none
    token       TEXT   NOT NULL, -- SHA-256 of the bearer token, in hex; empty: none
    certificate TEXT   NOT NULL, -- SHA-256 of the certificate, in hex; empty: none
    partner     TEXT   NOT NULL, -- the team that the user is of; empty: none
    grants      BYTEA  NOT NULL, -- as JSON: the collections to read and to write
    made        BIGINT NOT NULL,
    revoked     BIGINT, -- since when the user is none any more
    version     BIGINT NOT NULL -- rises with each change
);
CREATE UNIQUE INDEX exchange_users_token ON exchange_users (token) WHERE token <> '';
CREATE UNIQUE INDEX exchange_users_certificate ON exchange_users (certificate) WHERE certificate <> '';

-- What became of what was put into a collection, for a day at least.
CREATE TABLE exchange_status (
    id       TEXT   NOT NULL PRIMARY KEY, -- UUID, version 4
    username TEXT   NOT NULL, -- who put it there
    made     BIGINT NOT NULL,
    body     BYTEA  NOT NULL -- the resource of TAXII as JSON
);
CREATE INDEX exchange_status_made ON exchange_status (made);

-- What lies in collections: versions of objects, as the collection's readers see them.
CREATE TABLE exchange_members (
    collection   TEXT   NOT NULL REFERENCES exchange_collections (id),
    added        BIGINT NOT NULL, -- date_added: no two of the whole store have the same, later ones are later
    object       TEXT   NOT NULL, -- the id that readers see
    type         TEXT   NOT NULL,
    version      TEXT   NOT NULL, -- as it was written; of what has none, date_added
    spec_version TEXT   NOT NULL, -- of STIX
    is_first     BIGINT NOT NULL, -- 1: of the versions of its spec_version that are not hidden, the earliest
    is_last      BIGINT NOT NULL, -- 1: of these, the latest
    is_current   BIGINT NOT NULL, -- 1: the latest, and no later spec_version is there
    hidden       BIGINT NOT NULL, -- 1: no reader sees it
    item         TEXT   NOT NULL, -- what it is a copy of; empty: of nothing
    item_version BIGINT NOT NULL, -- and of which version of that
    digest       BYTEA  NOT NULL, -- SHA-256 of the object in the canonical form of RFC 8785
    body         BYTEA  NOT NULL, -- the object as JSON
    PRIMARY KEY (collection, added)
);
CREATE UNIQUE INDEX exchange_members_version ON exchange_members (collection, object, spec_version, version);
CREATE INDEX exchange_members_ends ON exchange_members (collection, object) WHERE is_first + is_last > 0;
CREATE INDEX exchange_members_page ON exchange_members (collection, added) WHERE is_current = 1;
CREATE INDEX exchange_members_type ON exchange_members (collection, type, added) WHERE is_current = 1;
CREATE INDEX exchange_members_item ON exchange_members (item, collection) WHERE item <> '';

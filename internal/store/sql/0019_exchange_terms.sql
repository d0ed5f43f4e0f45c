-- The exchange: with whom is shared, under which agreements. Times are microseconds since 1970 UTC.

-- One row, of id 1, that every process reads again at each request; while there is none nothing was ever set.
CREATE TABLE exchange_state (
    id      BIGINT NOT NULL PRIMARY KEY, -- 1
    counter BIGINT NOT NULL, -- changes with every change of a partner, an agreement, a notice or a secret
    stopped BIGINT, -- since when nothing at all is shared; null: it is shared
    reason  TEXT   NOT NULL, -- why it was stopped
    actor   TEXT   NOT NULL -- who stopped it
);

-- The teams whose keys were compared: one's own, and those that are shared with.
CREATE TABLE exchange_partner (
    team         TEXT   NOT NULL PRIMARY KEY, -- as agreements name it
    own          BIGINT NOT NULL, -- 1: it is the team that this store is of
    name         TEXT   NOT NULL,
    country      TEXT   NOT NULL,
    profile      TEXT   NOT NULL, -- what it says of itself, or where (RFC 2350); may be empty
    fingerprints TEXT   NOT NULL, -- of the OpenPGP keys whose signatures count, between spaces
    onboarded    BIGINT NOT NULL,
    actor        TEXT   NOT NULL, -- who compared the fingerprints
    suspended    BIGINT, -- since when nothing is shared with it; null: it is shared
    reason       TEXT   NOT NULL -- why it is suspended
);

-- Versions of agreements that were adopted. Rows are only added.
CREATE TABLE exchange_agreement (
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    partner    TEXT   NOT NULL REFERENCES exchange_partner(team), -- the other party
    document   BYTEA  NOT NULL, -- as it was signed
    signatures BYTEA  NOT NULL, -- JSON: the armoured signature of each team
    adopted    BIGINT NOT NULL,
    actor      TEXT   NOT NULL, -- who adopted it
    PRIMARY KEY (id, version)
);

-- What holds of all versions of an agreement.
CREATE TABLE exchange_bond (
    agreement TEXT   NOT NULL PRIMARY KEY,
    epoch     BIGINT NOT NULL, -- decisions made under another one count no more
    notice    BIGINT, -- when a party gave notice; null: none did
    noticed   BIGINT NOT NULL, -- the newest version that the notice ends; 0: none
    giver     TEXT   NOT NULL, -- the team that gave notice
    actor     TEXT   NOT NULL -- who noted it
);

-- The secrets that ids and pseudonyms are made with. The newest counts; the others are how old ids are found again.
CREATE TABLE exchange_secret (
    agreement TEXT   NOT NULL,
    number    BIGINT NOT NULL, -- from 1
    sealed    BYTEA  NOT NULL, -- encrypted with age to the key in the service's folder
    made      BIGINT NOT NULL,
    PRIMARY KEY (agreement, number)
);

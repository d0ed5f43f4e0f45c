-- Who is responsible: the organisations that the desk serves, what belongs to them, how they are reached; rules and tables
-- that the desk keeps, each in versions.

-- What was changed in these tables. A new version says that the directory has to be read again.
CREATE TABLE desk_party_change (
    tenant  TEXT   NOT NULL,
    version BIGINT NOT NULL, -- from 1
    made    BIGINT NOT NULL,
    by_whom TEXT   NOT NULL,
    what    TEXT   NOT NULL, -- in words
    PRIMARY KEY (tenant, version)
);

-- An organisation that the desk serves.
CREATE TABLE desk_constituent (
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    sector      TEXT NOT NULL,
    criticality TEXT NOT NULL, -- low, medium, high, critical, or empty
    languages   TEXT NOT NULL, -- BCP 47, the preferred one first, between spaces
    hours       TEXT NOT NULL,
    channel     TEXT NOT NULL, -- mail, portal, phone, api, or empty for mail
    source      TEXT NOT NULL,
    valid_from  BIGINT,        -- null: no bound
    valid_to    BIGINT,
    confirmed   BIGINT,        -- null: never
    PRIMARY KEY (tenant, id)
);

-- What belongs to a constituent, how it is reached, its keys and consents.
CREATE TABLE desk_constituent_fact (
    tenant      TEXT   NOT NULL,
    constituent TEXT   NOT NULL,
    seq         BIGINT NOT NULL, -- from 0
    record      TEXT   NOT NULL, -- selector, contact, key, consent
    kind        TEXT   NOT NULL, -- prefix, asn, domain, host, sector; a contact's role; openpgp, smime; what was agreed to
    value       TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- a contact's
    languages   TEXT   NOT NULL, -- a contact's
    source      TEXT   NOT NULL,
    valid_from  BIGINT,          -- null: no bound
    valid_to    BIGINT,
    confirmed   BIGINT,          -- null: never
    PRIMARY KEY (tenant, constituent, seq),
    FOREIGN KEY (tenant, constituent) REFERENCES desk_constituent (tenant, id)
);

-- The policy and the tables of contacts, as they were given. The highest version counts.
CREATE TABLE desk_document (
    tenant  TEXT   NOT NULL,
    kind    TEXT   NOT NULL, -- policy, contacts, certs
    version BIGINT NOT NULL, -- from 1
    made    BIGINT NOT NULL,
    by_whom TEXT   NOT NULL,
    body    BYTEA  NOT NULL,
    PRIMARY KEY (tenant, kind, version)
);

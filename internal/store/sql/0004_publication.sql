-- What was said and decided about networks named in incidents. Times are microseconds since 1970 UTC.

-- A network's part in an incident, once anything happened to it. Steps are in the body and are only ever added.
CREATE TABLE publication_record (
    incident TEXT   NOT NULL,
    asn      BIGINT NOT NULL,
    kind     TEXT   NOT NULL, -- of the incident
    state    TEXT   NOT NULL, -- open, notified, confirmed, disputed, upheld, withdrawn
    revision BIGINT NOT NULL, -- counts up with every change
    updated  BIGINT NOT NULL,
    body     BYTEA  NOT NULL, -- publication.Record as JSON
    PRIMARY KEY (incident, asn)
);
CREATE INDEX publication_record_state ON publication_record (state, updated);
CREATE INDEX publication_record_asn ON publication_record (asn, updated);

-- How often each action was done about each kind of incident.
CREATE TABLE publication_count (
    kind   TEXT   NOT NULL,
    action TEXT   NOT NULL,
    times  BIGINT NOT NULL,
    PRIMARY KEY (kind, action)
);

-- Signed decisions that take a judgement back. Rows are only added.
CREATE TABLE publication_override (
    incident TEXT   NOT NULL,
    asn      BIGINT NOT NULL,
    hash     TEXT   NOT NULL UNIQUE, -- SHA-256 of the body
    body     BYTEA  NOT NULL,        -- publication.Override in canonical form
    PRIMARY KEY (incident, asn)
);

-- What the watch found. Times are microseconds since 1970 UTC, months "2026-11", digests lower-case hex.
-- BYTEA, BIGINT and DOUBLE PRECISION are PostgreSQL's words; SQLite takes them with the affinity that is wanted.

-- An incident as it stands now: what is needed to find it. Its body is the newest row of incident_version.
CREATE TABLE incident (
    id          TEXT             NOT NULL PRIMARY KEY, -- of watch.Incident
    kind        TEXT             NOT NULL, -- hijack, leak, …
    asn         BIGINT           NOT NULL, -- the announcing network
    victim      BIGINT,                    -- null where there is none, or several
    started     BIGINT           NOT NULL,
    ended       BIGINT,                    -- null while open
    status      TEXT             NOT NULL, -- open or ended
    confidence  DOUBLE PRECISION NOT NULL, -- 0 to 1
    attribution TEXT             NOT NULL, -- supported, single-path or possibly-forged
    prefixes    BIGINT           NOT NULL, -- how many
    prefix      TEXT             NOT NULL, -- the first of them; empty where there is none
    stored      BIGINT           NOT NULL, -- first
    updated     BIGINT           NOT NULL, -- last
    version     BIGINT           NOT NULL  -- the newest of incident_version
);
CREATE INDEX incident_started ON incident (started, id, kind, status); -- the order of lists; holds what is counted
CREATE INDEX incident_kind ON incident (kind, started, id);
CREATE INDEX incident_open ON incident (started, id) WHERE status = 'open';
CREATE INDEX incident_updated ON incident (updated, id);

-- Every verdict on an incident; rows are never deleted, and only the newest changes while its evidence grows.
CREATE TABLE incident_version (
    incident TEXT   NOT NULL REFERENCES incident (id),
    version  BIGINT NOT NULL, -- 1, 2, …
    reached  BIGINT NOT NULL, -- when the verdict was stored
    updated  BIGINT NOT NULL, -- when its evidence grew last
    verdict  TEXT   NOT NULL, -- SHA-256 of what was judged, without the evidence that merely grows
    digest   TEXT   NOT NULL, -- SHA-256 of the body as plain JSON
    previous TEXT   NOT NULL, -- digest of the version before; empty for the first
    encoding TEXT   NOT NULL, -- json or zstd
    body     BYTEA  NOT NULL, -- watch.Incident
    PRIMARY KEY (incident, version)
);

-- The networks that an incident concerns, by part.
CREATE TABLE incident_party (
    incident TEXT   NOT NULL REFERENCES incident (id),
    asn      BIGINT NOT NULL,
    part     TEXT   NOT NULL, -- announcing, accomplice or victim
    PRIMARY KEY (asn, part, incident)
);
CREATE INDEX incident_party_incident ON incident_party (incident);

-- The prefixes of an incident, so that those inside or around another are a range and some points of the index.
CREATE TABLE incident_prefix (
    incident TEXT  NOT NULL REFERENCES incident (id),
    prefix   BYTEA NOT NULL, -- 4 or 6, the first address, the length: sorts as prefixes do
    PRIMARY KEY (prefix, incident)
);
CREATE INDEX incident_prefix_incident ON incident_prefix (incident);

-- Times in which a collector was not heard.
CREATE TABLE gap (
    source    TEXT   NOT NULL, -- by its name in the configuration
    collector TEXT   NOT NULL,
    began     BIGINT NOT NULL,
    ended     BIGINT NOT NULL,
    reason    TEXT   NOT NULL,
    stored    BIGINT NOT NULL,
    filled    BIGINT,          -- when it was filled from elsewhere; null while it is open
    filled_by TEXT   NOT NULL, -- what from; empty while it is open
    PRIMARY KEY (source, collector, began)
);
CREATE INDEX gap_ended ON gap (ended);

-- How each source was when it was last looked at.
CREATE TABLE source_state (
    name TEXT   NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL,
    body BYTEA  NOT NULL -- source.Status as JSON
);

-- The measures of a network in a month, as they stand now.
CREATE TABLE network_month (
    month    TEXT   NOT NULL,
    asn      BIGINT NOT NULL,
    snapshot TEXT   NOT NULL, -- the inputs that they come from
    stored   BIGINT NOT NULL,
    body     BYTEA  NOT NULL, -- store.NetworkMonth as JSON
    PRIMARY KEY (month, asn)
);
CREATE INDEX network_month_asn ON network_month (asn, month);

-- Measures that a correction replaced.
CREATE TABLE network_month_past (
    month      TEXT   NOT NULL,
    asn        BIGINT NOT NULL,
    replaced   BIGINT NOT NULL, -- when
    correction TEXT   NOT NULL, -- why: an override record
    snapshot   TEXT   NOT NULL,
    stored     BIGINT NOT NULL,
    body       BYTEA  NOT NULL,
    PRIMARY KEY (asn, month, replaced)
);

-- The measures of a neighbourhood in a month.
CREATE TABLE neighbourhood_month (
    neighbourhood TEXT   NOT NULL,
    month         TEXT   NOT NULL,
    snapshot      TEXT   NOT NULL,
    stored        BIGINT NOT NULL,
    body          BYTEA  NOT NULL, -- store.NeighbourhoodMonth as JSON
    PRIMARY KEY (neighbourhood, month)
);

-- Small things that outlive the process.
CREATE TABLE kept_value (
    name    TEXT   NOT NULL PRIMARY KEY,
    updated BIGINT NOT NULL,
    value   BYTEA  NOT NULL
);

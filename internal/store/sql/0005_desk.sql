-- The desk: reports taken in, how far they were read, the cases that came of them. The events lie in files; a
-- transaction here says how much of those files counts. Times are microseconds since 1970 UTC, days are days since 1970.

-- A report that was accepted: it lies in the spool.
CREATE TABLE desk_report (
    id         TEXT   NOT NULL PRIMARY KEY, -- tenant/day/source/half of SHA-256
    tenant     TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    name       TEXT   NOT NULL, -- the file's, as it came
    format     TEXT   NOT NULL,
    day        BIGINT NOT NULL, -- of intake
    accepted   BIGINT NOT NULL,
    sha256     TEXT   NOT NULL,
    size       BIGINT NOT NULL, -- octets
    tlp        TEXT   NOT NULL, -- empty: as its events say
    licence    TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- waiting, read, refused
    reason     TEXT   NOT NULL, -- why it was refused
    lines      BIGINT NOT NULL, -- places read so far, good and bad
    events     BIGINT NOT NULL, -- stored
    duplicates BIGINT NOT NULL,
    bad        BIGINT NOT NULL
);
CREATE INDEX desk_report_state ON desk_report (state, accepted, id);
CREATE INDEX desk_report_sha ON desk_report (tenant, source, sha256);
CREATE INDEX desk_report_day ON desk_report (day, source);

-- Places of reports that could not be read.
CREATE TABLE desk_quarantine (
    report TEXT   NOT NULL REFERENCES desk_report (id),
    seq    BIGINT NOT NULL, -- from 0
    place  TEXT   NOT NULL, -- such as "line 12"
    reason TEXT   NOT NULL,
    raw    BYTEA  NOT NULL, -- as it stands there, cut if it is long
    state  TEXT   NOT NULL, -- held, mended, dropped
    PRIMARY KEY (report, seq)
);
CREATE INDEX desk_quarantine_state ON desk_quarantine (state, report, seq);

-- How much of a segment of events counts.
CREATE TABLE desk_segment (
    day    BIGINT NOT NULL, -- of intake
    source TEXT   NOT NULL,
    bytes  BIGINT NOT NULL,
    events BIGINT NOT NULL,
    frames BIGINT NOT NULL,
    PRIMARY KEY (day, source)
);

-- What one party must deal with.
CREATE TABLE desk_case (
    id         BIGINT NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    party      TEXT   NOT NULL,
    class      TEXT   NOT NULL, -- RSIT, as vulnerable/ddos-amplifier
    identifier TEXT   NOT NULL, -- classification.identifier
    state      TEXT   NOT NULL,
    opened     BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- its state
    first_seen BIGINT NOT NULL, -- time.source of its events
    last_seen  BIGINT NOT NULL,
    events     BIGINT NOT NULL,
    addresses  BIGINT NOT NULL, -- address-days: distinct addresses, counted anew each day
    priority   BIGINT NOT NULL, -- 0 to 100
    tlp        TEXT   NOT NULL, -- the strictest of its events
    reopened   BIGINT NOT NULL  -- how many times
);
CREATE INDEX desk_case_key ON desk_case (tenant, party, class, identifier, id);
CREATE INDEX desk_case_changed ON desk_case (changed, id);
CREATE INDEX desk_case_state ON desk_case (tenant, state, priority, id);

-- What was seen of a case on a day by a source.
CREATE TABLE desk_case_day (
    case_id   BIGINT NOT NULL REFERENCES desk_case (id),
    day       BIGINT NOT NULL, -- of time.source
    source    TEXT   NOT NULL,
    events    BIGINT NOT NULL,
    addresses BIGINT NOT NULL, -- distinct
    PRIMARY KEY (case_id, day, source)
);
CREATE INDEX desk_case_day_day ON desk_case_day (day, case_id);

-- On which days a source looked for something, found or not.
CREATE TABLE desk_coverage (
    tenant     TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    class      TEXT   NOT NULL,
    identifier TEXT   NOT NULL,
    day        BIGINT NOT NULL, -- of time.source
    events     BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, class, identifier, day)
);

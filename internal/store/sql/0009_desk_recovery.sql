-- What recovery is measured by: which lists showed a case, and on which days those lists came. Days are days since 1970.

-- The lists that showed a case, and when last. A list (feed) is one kind of report of a source, such as scan_dns.
CREATE TABLE desk_case_feed (
    case_id BIGINT NOT NULL REFERENCES desk_case (id),
    source  TEXT   NOT NULL,
    feed    TEXT   NOT NULL, -- empty: the source has one list
    day     BIGINT NOT NULL, -- of time.source, the last
    PRIMARY KEY (case_id, source, feed)
);

-- The days for which a list came, whatever stood on it.
CREATE TABLE desk_feed_day (
    tenant  TEXT   NOT NULL,
    source  TEXT   NOT NULL,
    feed    TEXT   NOT NULL,
    day     BIGINT NOT NULL,
    reports BIGINT NOT NULL, -- read to their end
    PRIMARY KEY (tenant, source, feed, day)
);

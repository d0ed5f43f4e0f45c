-- Who else is told of a case than its party: by the routing table, as events named them. Times are microseconds since 1970 UTC.
CREATE TABLE desk_case_also (
    case_id BIGINT NOT NULL REFERENCES desk_case (id),
    party   TEXT   NOT NULL, -- as:64500, reg:NAME, cert:CC, c:ID
    since   BIGINT NOT NULL, -- when an event first named it
    PRIMARY KEY (case_id, party)
);

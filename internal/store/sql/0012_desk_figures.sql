-- What is counted and published. Days are days since 1970.

ALTER TABLE desk_coverage ADD COLUMN lines BIGINT NOT NULL DEFAULT 0; -- of reports: those that repeat an event as well
UPDATE desk_coverage SET lines = events;

-- Figures of past years that were loaded from a file: see docs/statistics.md.
CREATE TABLE desk_history (
    name       TEXT   NOT NULL, -- of the set
    seq        BIGINT NOT NULL, -- its place in the set, from 0
    series     TEXT   NOT NULL,
    period     TEXT   NOT NULL, -- 2014 or 2014-03
    taxonomy   TEXT   NOT NULL,
    class      TEXT   NOT NULL, -- or total
    rule       TEXT   NOT NULL, -- what a total takes in
    unit       TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- counted, not-counted, elsewhere
    figure     BIGINT NOT NULL,
    counted_in TEXT   NOT NULL, -- the class in which it is counted instead
    sourced    BIGINT NOT NULL, -- 0: not verified
    source     TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    PRIMARY KEY (name, seq)
);

-- Who said something over the form for everybody. Times are microseconds since 1970 UTC.
CREATE TABLE desk_reporter (
    receipt      TEXT   NOT NULL PRIMARY KEY, -- such as 2026-7K3QX9TB
    code         BYTEA  NOT NULL, -- SHA-256 of the code that lets who has it see what became of it
    report       TEXT   NOT NULL REFERENCES desk_report (id),
    tenant       TEXT   NOT NULL,
    mode         TEXT   NOT NULL, -- named, pseudonymous, anonymous
    name         TEXT   NOT NULL, -- this and the next three are empty once they were taken back
    organisation TEXT   NOT NULL,
    mail         TEXT   NOT NULL,
    phone        TEXT   NOT NULL,
    consent      BIGINT NOT NULL, -- 1: who must act may be told who reported
    given        BIGINT NOT NULL,
    withdrawn    BIGINT -- when the personal data were taken back
);
CREATE INDEX desk_reporter_report ON desk_reporter (report);
CREATE INDEX desk_reporter_mail ON desk_reporter (mail);

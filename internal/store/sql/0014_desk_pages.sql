-- Who on duty was called about what, and notes from one turn to the next. Times are microseconds since 1970 UTC.

CREATE TABLE desk_page (
    key      TEXT   NOT NULL, -- what it is about: one page for each occasion
    tenant   TEXT   NOT NULL,
    case_id  BIGINT NOT NULL, -- 0: of none, but of a surge
    text     TEXT   NOT NULL,
    level    BIGINT NOT NULL, -- whose turn it was at: 0 is the first rota
    person   TEXT   NOT NULL,
    made     BIGINT NOT NULL,
    sent     BIGINT NOT NULL, -- to that person
    answered BIGINT,          -- null: nobody has
    by_whom  TEXT   NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX desk_page_open ON desk_page (tenant, made) WHERE answered IS NULL;

CREATE TABLE desk_handover (
    tenant TEXT   NOT NULL,
    made   BIGINT NOT NULL,
    person TEXT   NOT NULL, -- an account
    text   TEXT   NOT NULL,
    PRIMARY KEY (tenant, made)
);

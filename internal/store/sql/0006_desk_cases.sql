-- The life of cases: who sees them, who works on them, what was done. Times are microseconds since 1970 UTC.

ALTER TABLE desk_case ADD COLUMN country TEXT NOT NULL DEFAULT ''; -- of its addresses, two letters
ALTER TABLE desk_case ADD COLUMN taxonomy TEXT NOT NULL DEFAULT ''; -- the first part of class
ALTER TABLE desk_case ADD COLUMN received BIGINT NOT NULL DEFAULT 0; -- when its first report came to the desk; 0: by none
ALTER TABLE desk_case ADD COLUMN assignee TEXT NOT NULL DEFAULT ''; -- an account
ALTER TABLE desk_case ADD COLUMN compartment TEXT NOT NULL DEFAULT ''; -- whose members alone see it; empty: all analysts
ALTER TABLE desk_case ADD COLUMN detected BIGINT; -- when somebody found out, if not at first_seen
ALTER TABLE desk_case ADD COLUMN noticed BIGINT; -- when the party found out itself or was told
ALTER TABLE desk_case ADD COLUMN notified BIGINT; -- when the desk told the party first
ALTER TABLE desk_case ADD COLUMN acknowledged BIGINT; -- when the party first said that it knows
ALTER TABLE desk_case ADD COLUMN gone BIGINT; -- the first day on which its sources did not see it any more
ALTER TABLE desk_case ADD COLUMN due BIGINT; -- the next deadline that is not met
ALTER TABLE desk_case ADD COLUMN replied BIGINT; -- when the party wrote what nobody has answered yet
ALTER TABLE desk_case ADD COLUMN referred BIGINT NOT NULL DEFAULT 0; -- the case of another tenant that it was made of
ALTER TABLE desk_case ADD COLUMN incident TEXT NOT NULL DEFAULT ''; -- of the watch

CREATE INDEX desk_case_group ON desk_case (tenant, state, compartment, tlp, replied, due);
CREATE INDEX desk_case_order ON desk_case (tenant, priority, id);
CREATE INDEX desk_case_country ON desk_case (tenant, country, priority, id);
CREATE INDEX desk_case_taxonomy ON desk_case (tenant, taxonomy, priority, id);
CREATE INDEX desk_case_party ON desk_case (tenant, party, priority, id);
CREATE INDEX desk_case_assignee ON desk_case (tenant, assignee, priority, id);
CREATE INDEX desk_case_due ON desk_case (tenant, due) WHERE due IS NOT NULL;
CREATE INDEX desk_case_replied ON desk_case (tenant, replied) WHERE replied IS NOT NULL;
CREATE INDEX desk_case_incident ON desk_case (incident) WHERE incident <> '';

-- Response teams that share an installation and see nothing of each other. While none is named there is "national" alone.
CREATE TABLE desk_tenant (
    name  TEXT   NOT NULL PRIMARY KEY,
    title TEXT   NOT NULL,
    added BIGINT NOT NULL
);

-- Whose desk an account works at.
CREATE TABLE desk_tenant_account (
    account TEXT NOT NULL PRIMARY KEY,
    tenant  TEXT NOT NULL
);

-- Who is named in a compartment: only they see its cases. "red" holds cases with events of TLP:RED that are in no other.
CREATE TABLE desk_compartment_member (
    tenant  TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    account TEXT   NOT NULL,
    added   BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, account)
);

-- What was done to cases. Rows are only added; each holds the hash of the one before, across all cases.
CREATE TABLE desk_case_log (
    seq     BIGINT NOT NULL PRIMARY KEY, -- from 1
    case_id BIGINT NOT NULL REFERENCES desk_case (id),
    body    BYTEA  NOT NULL -- account.Entry as JSON
);
CREATE INDEX desk_case_log_case ON desk_case_log (case_id, seq);

-- Comments, links and attachments. The log names them by hash alone, so that erasing one breaks no proof.
CREATE TABLE desk_case_note (
    hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256 over salt, kind, name, media and body
    case_id BIGINT NOT NULL REFERENCES desk_case (id),
    kind    TEXT   NOT NULL, -- comment, link, attachment, reason, reply
    name    TEXT   NOT NULL, -- a file's, or a link's title
    media   TEXT   NOT NULL, -- of an attachment
    salt    BYTEA  NOT NULL,
    body    BYTEA  NOT NULL,
    made    BIGINT NOT NULL,
    erased  BIGINT -- when the words were taken out; null: they are there
);
CREATE INDEX desk_case_note_case ON desk_case_note (case_id, made);

-- What a bulk action changed, so that it can be taken back for a while.
CREATE TABLE desk_undo (
    id      TEXT   NOT NULL PRIMARY KEY,
    tenant  TEXT   NOT NULL,
    account TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    used    BIGINT, -- null: not taken back
    body    BYTEA  NOT NULL -- what each case was, and became
);

-- Numbers of cases that somebody who opens many took beforehand.
CREATE TABLE desk_case_block (
    owner TEXT   NOT NULL PRIMARY KEY,
    low   BIGINT NOT NULL,
    high  BIGINT NOT NULL
);

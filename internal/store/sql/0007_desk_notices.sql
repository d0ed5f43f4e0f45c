-- What networks are told about their cases, and what comes back. Times are microseconds since 1970 UTC.

-- A notice: one mail to one party.
CREATE TABLE desk_notice (
    id        BIGINT NOT NULL PRIMARY KEY, -- from 1
    tenant    TEXT   NOT NULL,
    party     TEXT   NOT NULL,
    recipient TEXT   NOT NULL, -- an address of mail
    domain    TEXT   NOT NULL, -- of the recipient
    language  TEXT   NOT NULL,
    rule      TEXT   NOT NULL, -- that says who is told
    state     TEXT   NOT NULL, -- proposed, approved, sending, sent, unclear, bounced, answered, failed, withdrawn
    created   BIGINT NOT NULL,
    due       BIGINT NOT NULL, -- when it is tried next
    claimed   BIGINT NOT NULL, -- until then nobody else tries it
    attempts  BIGINT NOT NULL,
    sent      BIGINT, -- when the mail server took it
    changed   BIGINT NOT NULL, -- its state
    expires   BIGINT NOT NULL, -- its links
    lines     BIGINT NOT NULL,
    tlp       TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    decided   TEXT   NOT NULL, -- who approved or withdrew it; empty: nobody had to
    failure   TEXT   NOT NULL, -- of the last try, or of the bounce
    message   BYTEA  NOT NULL  -- as JSON, with its attachments
);
CREATE INDEX desk_notice_state ON desk_notice (state, due, id);
CREATE INDEX desk_notice_party ON desk_notice (tenant, party, recipient, created);
CREATE INDEX desk_notice_rule ON desk_notice (rule, state);

-- The cases of a notice, and with that its links.
CREATE TABLE desk_link (
    notice  BIGINT NOT NULL REFERENCES desk_notice (id),
    case_id BIGINT NOT NULL REFERENCES desk_case (id),
    revoked BIGINT, -- since when its link is not good any more
    PRIMARY KEY (notice, case_id)
);
CREATE INDEX desk_link_case ON desk_link (case_id, notice);

-- Mail that came back: bounces, what machines answered, answers.
CREATE TABLE desk_reply (
    id       TEXT   NOT NULL PRIMARY KEY, -- SHA-256 of the mail
    notice   BIGINT NOT NULL, -- 0: it cannot be told
    received BIGINT NOT NULL,
    kind     TEXT   NOT NULL, -- bounce, delayed, automatic, own, answer
    sender   TEXT   NOT NULL,
    signed   TEXT   NOT NULL, -- the domain that vouches for the sender; empty: none
    subject  TEXT   NOT NULL,
    body     TEXT   NOT NULL, -- plain text, or why it bounced
    status   TEXT   NOT NULL, -- of a bounce, such as 5.1.1
    state    TEXT   NOT NULL, -- noted, held, attached, dropped
    decided  TEXT   NOT NULL  -- who attached or dropped what was held
);
CREATE INDEX desk_reply_state ON desk_reply (state, received, id);
CREATE INDEX desk_reply_notice ON desk_reply (notice, received);

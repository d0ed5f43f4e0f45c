-- Times are microseconds since 1970 UTC.

-- What of TLP:RED one person proposed to send to named people, and what another decided.
CREATE TABLE exchange_red (
    number    BIGINT NOT NULL PRIMARY KEY, -- from 1
    partner   TEXT   NOT NULL,
    agreement TEXT   NOT NULL, -- in whose ledger it stands
    digest    TEXT   NOT NULL, -- SHA-256 of what is sent
    sealed    BYTEA, -- what is sent, encrypted with age to the key in the service's folder; null once it was sent or refused
    name      TEXT   NOT NULL, -- of the file in the mail
    receivers BYTEA  NOT NULL, -- JSON: the name, address and OpenPGP key of each, and when the mail was taken
    reason    TEXT   NOT NULL,
    proposer  TEXT   NOT NULL, -- an account's id
    proposed  BIGINT NOT NULL,
    state     TEXT   NOT NULL, -- waiting, released, sent or refused
    decider   TEXT   NOT NULL, -- an account's id; empty: nobody yet
    decided   BIGINT,
    answer    TEXT   NOT NULL, -- why it was decided so
    leaf      BIGINT NOT NULL -- the entry of the ledger, from 0; -1: none yet
);

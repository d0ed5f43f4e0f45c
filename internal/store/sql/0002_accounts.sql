-- Accounts and what they hold. Nothing secret lies here as it is: passwords are argon2id, the rest are SHA-256
-- of random secrets. Times are microseconds since 1970 UTC.

-- Who can log in.
CREATE TABLE account (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE, -- lower case
    mail       TEXT   NOT NULL,        -- empty: none
    role       TEXT   NOT NULL,        -- member, analyst or administrator
    password   TEXT   NOT NULL,        -- encoded argon2id; empty: another way of logging in
    issuer     TEXT   NOT NULL,        -- of OpenID; empty: none
    subject    TEXT   NOT NULL,
    disabled   BIGINT NOT NULL,        -- 1 or 0
    created    BIGINT NOT NULL,
    last_login BIGINT                  -- null: never
);
CREATE UNIQUE INDEX account_subject ON account (issuer, subject) WHERE issuer <> '';

-- Log-ins that last.
CREATE TABLE login_session (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the cookie's secret
    account TEXT   NOT NULL REFERENCES account (id),
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL -- last used, to the minute
);
CREATE INDEX login_session_account ON login_session (account);

-- Browsers that an account logged in from before.
CREATE TABLE login_device (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the cookie's secret
    account TEXT   NOT NULL REFERENCES account (id),
    seen    BIGINT NOT NULL
);
CREATE INDEX login_device_account ON login_device (account, seen);

-- Ways in for programs.
CREATE TABLE api_token (
    id      TEXT   NOT NULL PRIMARY KEY,
    hash    TEXT   NOT NULL UNIQUE, -- of the token
    account TEXT   NOT NULL REFERENCES account (id),
    name    TEXT   NOT NULL,
    scopes  TEXT   NOT NULL, -- separated by spaces
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT,          -- null: never
    revoked BIGINT           -- null: it stands
);
CREATE INDEX api_token_account ON api_token (account, created);

-- Claims to speak for networks. They are never deleted.
CREATE TABLE network_claim (
    id      TEXT   NOT NULL PRIMARY KEY,
    account TEXT   NOT NULL REFERENCES account (id),
    asn     BIGINT NOT NULL,
    state   TEXT   NOT NULL, -- pending, held, stale, revoked, lapsed
    opened  BIGINT NOT NULL, -- or when it became stale
    body    BYTEA  NOT NULL  -- account.Claim as JSON
);
CREATE UNIQUE INDEX network_claim_one ON network_claim (account, asn) WHERE state IN ('pending', 'held', 'stale');
CREATE INDEX network_claim_asn ON network_claim (asn, opened);
CREATE INDEX network_claim_state ON network_claim (state, opened);

-- Administrative acts. Rows are only added; each holds the hash of the one before.
CREATE TABLE audit_entry (
    seq  BIGINT NOT NULL PRIMARY KEY,
    body BYTEA  NOT NULL -- account.Entry as JSON
);

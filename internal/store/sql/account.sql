-- name: account_add
INSERT INTO account (id, name, mail, role, password, issuer, subject, disabled, created, last_login)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: account_set
UPDATE account SET name = $2, mail = $3, role = $4, password = $5, issuer = $6, subject = $7, disabled = $8, created = $9, last_login = $10
WHERE id = $1

-- name: account_get
SELECT id, name, mail, role, password, issuer, subject, disabled, created, last_login FROM account WHERE id = $1

-- name: account_get_by_name
SELECT id, name, mail, role, password, issuer, subject, disabled, created, last_login FROM account WHERE name = $1

-- name: account_get_by_subject
SELECT id, name, mail, role, password, issuer, subject, disabled, created, last_login FROM account WHERE issuer = $1 AND subject = $2 AND issuer <> ''

-- name: account_list
SELECT id, name, mail, role, password, issuer, subject, disabled, created, last_login FROM account ORDER BY name

-- name: session_add
INSERT INTO login_session (hash, account, created, seen) VALUES ($1, $2, $3, $4)

-- name: session_get
SELECT hash, account, created, seen FROM login_session WHERE hash = $1

-- name: session_see
UPDATE login_session SET seen = $2 WHERE hash = $1 AND seen < $2

-- name: session_end
DELETE FROM login_session WHERE hash = $1

-- name: session_end_all
DELETE FROM login_session WHERE account = $1 AND hash <> $2

-- name: session_drop
DELETE FROM login_session WHERE seen < $1 OR created < $2

-- name: device_get
SELECT hash, account, seen FROM login_device WHERE hash = $1

-- name: device_keep
INSERT INTO login_device (hash, account, seen) VALUES ($1, $2, $3)
ON CONFLICT (hash) DO UPDATE SET account = excluded.account, seen = excluded.seen

-- name: device_forget_oldest
DELETE FROM login_device WHERE account = $1
AND hash NOT IN (SELECT hash FROM login_device WHERE account = $1 ORDER BY seen DESC, hash LIMIT $2)

-- name: device_forget_all
DELETE FROM login_device WHERE account = $1

-- name: token_add
INSERT INTO api_token (id, hash, account, name, scopes, created, expires, used, revoked) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)

-- name: token_get_by_hash
SELECT id, hash, account, name, scopes, created, expires, used, revoked FROM api_token WHERE hash = $1

-- name: token_list
SELECT id, hash, account, name, scopes, created, expires, used, revoked FROM api_token WHERE account = $1 ORDER BY created DESC, id

-- name: token_use
UPDATE api_token SET used = $2 WHERE id = $1

-- name: token_revoke
UPDATE api_token SET revoked = $3 WHERE account = $1 AND id = $2 AND revoked IS NULL

-- name: claim_add
INSERT INTO network_claim (id, account, asn, state, opened, body) VALUES ($1, $2, $3, $4, $5, $6)

-- name: claim_set
UPDATE network_claim SET state = $2, opened = $3, body = $4 WHERE id = $1

-- name: claim_get
SELECT body FROM network_claim WHERE id = $1

-- name: claim_list_of
SELECT body FROM network_claim WHERE account = $1 ORDER BY opened DESC, id

-- name: claim_list_on
SELECT body FROM network_claim WHERE asn = $1 ORDER BY opened DESC, id

-- name: claim_list_in
SELECT body FROM network_claim WHERE state = $1 ORDER BY opened, id

-- name: claim_held
SELECT DISTINCT asn FROM network_claim WHERE account = $1 AND state = 'held' ORDER BY asn

-- name: audit_add
INSERT INTO audit_entry (seq, body) VALUES ($1, $2)

-- name: audit_last
SELECT body FROM audit_entry ORDER BY seq DESC LIMIT 1

-- name: audit_list
SELECT body FROM audit_entry WHERE seq < $1 ORDER BY seq DESC LIMIT $2

-- name: token_list_all
SELECT id, hash, account, name, scopes, created, expires, used, revoked FROM api_token ORDER BY id

-- name: audit_page
SELECT body FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2

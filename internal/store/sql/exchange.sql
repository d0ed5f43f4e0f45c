-- name: exchange_counted
SELECT added, roster FROM exchange_counter WHERE id = 1

-- name: exchange_count_added
INSERT INTO exchange_counter (id, added, roster) VALUES (1, $1, 0)
ON CONFLICT (id) DO UPDATE SET added = excluded.added

-- name: exchange_count_roster
INSERT INTO exchange_counter (id, added, roster) VALUES (1, 0, 1)
ON CONFLICT (id) DO UPDATE SET roster = exchange_counter.roster + 1

-- name: exchange_collection_add
INSERT INTO exchange_collections (id, kind, partner, agreement, alias, title, description, made)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: exchange_collection_list
SELECT id, kind, partner, agreement, alias, title, description, made FROM exchange_collections ORDER BY id

-- name: exchange_user_add
INSERT INTO exchange_users (name, hash, token, certificate, partner, grants, made, revoked, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: exchange_user_set
UPDATE exchange_users SET hash = $2, token = $3, certificate = $4, partner = $5, grants = $6, made = $7, revoked = $8, version = $9
WHERE name = $1

-- name: exchange_user_get
SELECT name, hash, token, certificate, partner, grants, made, revoked, version FROM exchange_users WHERE name = $1

-- name: exchange_user_list
SELECT name, hash, token, certificate, partner, grants, made, revoked, version FROM exchange_users ORDER BY name

-- name: exchange_status_add
INSERT INTO exchange_status (id, username, made, body) VALUES ($1, $2, $3, $4)

-- name: exchange_status_get
SELECT body FROM exchange_status WHERE id = $1 AND username = $2 AND made >= $3

-- name: exchange_status_drop
DELETE FROM exchange_status WHERE made < $1

-- name: value_put
INSERT INTO kept_value (name, updated, value) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET updated = excluded.updated, value = excluded.value

-- name: value_get
SELECT value FROM kept_value WHERE name = $1

-- name: value_delete
DELETE FROM kept_value WHERE name = $1

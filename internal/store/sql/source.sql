-- name: source_save
INSERT INTO source_state (name, seen, body) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET seen = excluded.seen, body = excluded.body

-- name: source_list
SELECT name, seen, body FROM source_state ORDER BY name

-- name: source_forget
DELETE FROM source_state WHERE seen < $1

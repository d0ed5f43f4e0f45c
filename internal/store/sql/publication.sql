-- name: publication_add
INSERT INTO publication_record (incident, asn, kind, state, revision, updated, body) VALUES ($1, $2, $3, $4, 1, $5, $6)

-- name: publication_set
UPDATE publication_record SET state = $3, revision = revision + 1, updated = $4, body = $5 WHERE incident = $1 AND asn = $2 AND revision = $6

-- name: publication_get
SELECT revision, body FROM publication_record WHERE incident = $1 AND asn = $2

-- name: publication_list_of
SELECT body FROM publication_record WHERE incident = $1 ORDER BY asn

-- name: publication_list_in
SELECT body FROM publication_record WHERE state = $1 ORDER BY updated DESC, incident, asn LIMIT $2

-- name: publication_list_on
SELECT body FROM publication_record WHERE asn = $1 ORDER BY updated DESC, incident LIMIT $2

-- name: publication_count_up
INSERT INTO publication_count (kind, action, times) VALUES ($1, $2, 1)
ON CONFLICT (kind, action) DO UPDATE SET times = publication_count.times + 1

-- name: publication_counts
SELECT kind, action, times FROM publication_count ORDER BY kind, action

-- name: publication_override_add
INSERT INTO publication_override (incident, asn, hash, body) VALUES ($1, $2, $3, $4)

-- name: publication_override_list
SELECT body FROM publication_override ORDER BY incident, asn

-- name: publication_list_all_in
SELECT body FROM publication_record WHERE state = $1 ORDER BY incident, asn

-- name: incident_known
SELECT i.version, v.verdict, v.digest
FROM incident i JOIN incident_version v ON v.incident = i.id AND v.version = i.version
WHERE i.id = $1

-- name: incident_insert
INSERT INTO incident (id, kind, asn, victim, started, ended, status, confidence, attribution, prefixes, prefix, stored, updated, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)

-- name: incident_update
UPDATE incident
SET kind = $2, asn = $3, victim = $4, started = $5, ended = $6, status = $7, confidence = $8, attribution = $9,
    prefixes = $10, prefix = $11, updated = $12, version = $13
WHERE id = $1

-- name: incident_version_insert
INSERT INTO incident_version (incident, version, reached, updated, verdict, digest, previous, encoding, body)
VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8)

-- name: incident_version_grow
UPDATE incident_version SET updated = $3, digest = $4, encoding = $5, body = $6
WHERE incident = $1 AND version = $2

-- name: incident_parties
SELECT asn, part FROM incident_party WHERE incident = $1

-- name: incident_party_insert
INSERT INTO incident_party (incident, asn, part) VALUES ($1, $2, $3)

-- name: incident_party_delete
DELETE FROM incident_party WHERE incident = $1 AND asn = $2 AND part = $3

-- name: incident_prefixes
SELECT prefix FROM incident_prefix WHERE incident = $1

-- name: incident_prefix_insert
INSERT INTO incident_prefix (incident, prefix) VALUES ($1, $2)

-- name: incident_prefix_delete
DELETE FROM incident_prefix WHERE incident = $1 AND prefix = $2

-- name: incident_get
SELECT i.stored, i.updated, i.version, v.encoding, v.body, v.digest
FROM incident i JOIN incident_version v ON v.incident = i.id AND v.version = i.version
WHERE i.id = $1

-- name: incident_versions
SELECT version, reached, updated, digest, previous, encoding, body
FROM incident_version WHERE incident = $1 ORDER BY version

-- By an expression, so that SQLite goes by time and not by the index on kind.
-- name: incident_counts
SELECT kind || '', COUNT(*), SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END)
FROM incident WHERE started >= $1 GROUP BY kind || '' ORDER BY 1

-- name: incident_list_whole
SELECT i.started, i.id, i.stored, i.updated, i.version, v.encoding, v.body, v.digest
FROM incident i JOIN incident_version v ON v.incident = i.id AND v.version = i.version
WHERE 1 = 1

-- name: incident_list_summary
SELECT i.started, i.id, i.kind, i.asn, i.victim, i.ended, i.status, i.confidence, i.attribution, i.prefixes, i.prefix,
    i.stored, i.updated, i.version
FROM incident i
WHERE 1 = 1

-- name: incident_where_asn
AND i.id IN (SELECT p.incident FROM incident_party p WHERE p.asn = $1)

-- name: incident_where_asn_part
AND i.id IN (SELECT p.incident FROM incident_party p WHERE p.asn = $1 AND p.part = $2)

-- How much there is of the networks, up to a bound: it decides which of the following is quicker.
-- name: incident_reach
SELECT COUNT(*) FROM (SELECT 1 FROM incident_party p WHERE p.asn IN (SELECT value FROM json_each($1)) LIMIT $2) few

-- Few rows: gather them all.
-- name: incident_where_asns
AND i.id IN (SELECT p.incident FROM incident_party p WHERE p.asn IN (SELECT value FROM json_each($1)) AND ($2 = '' OR p.part = $2))

-- Many rows: walk through the incidents in order; one that fits is never far.
-- name: incident_where_asns_many
AND EXISTS (SELECT 1 FROM incident_party p
    WHERE p.incident = i.id AND +p.asn IN (SELECT value FROM json_each($1)) AND ($2 = '' OR p.part = $2))

-- name: incident_where_inside
AND i.id IN (SELECT x.incident FROM incident_prefix x WHERE x.prefix >= $1 AND x.prefix <= $2

-- name: incident_where_around
UNION ALL SELECT x.incident FROM incident_prefix x WHERE x.prefix = $1

-- name: incident_where_since
AND (i.ended IS NULL OR i.ended >= $1)

-- name: incident_where_until
AND i.started < $1

-- name: incident_where_updated
AND i.id IN (SELECT u.id FROM incident u WHERE u.updated >= $1)

-- name: incident_where_open
AND i.status = 'open'

-- name: incident_where_confidence
AND i.confidence >= $1

-- name: incident_where_attribution
AND i.attribution = $1

-- name: incident_where_after
AND (i.started < $1 OR (i.started = $1 AND i.id < $2))

-- name: incident_order
ORDER BY i.started DESC, i.id DESC LIMIT $1

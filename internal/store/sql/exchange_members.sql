-- name: member_add
INSERT INTO exchange_members (collection, added, object, type, version, spec_version, is_first, is_last, is_current, hidden,
    item, item_version, digest, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13)

-- name: member_same_version
SELECT digest FROM exchange_members
WHERE collection = $1 AND object = $2 AND spec_version = $3 AND version IN ($4, $5, $6, $7, $8)

-- name: member_ends
SELECT added, version, spec_version, is_first, is_last, is_current, digest FROM exchange_members
WHERE collection = $1 AND object = $2 AND is_first + is_last > 0

-- name: member_versions
SELECT added, version, spec_version, is_first, is_last, is_current, digest FROM exchange_members
WHERE collection = $1 AND object = $2 AND hidden = 0

-- name: member_mark
UPDATE exchange_members SET is_first = $3, is_last = $4, is_current = $5 WHERE collection = $1 AND added = $2

-- name: member_delete
DELETE FROM exchange_members WHERE collection = $1 AND added = $2

-- name: member_list
SELECT m.added, m.object, m.type, m.version, m.spec_version, m.item, m.item_version, m.digest, m.body FROM exchange_members m

-- name: member_list_bare
SELECT m.added, m.object, m.type, m.version, m.spec_version, m.item, m.item_version, m.digest FROM exchange_members m

-- name: member_where
WHERE m.collection = $1 AND m.added > $2 AND m.hidden = 0

-- name: member_where_type
AND m.type = $1

-- name: member_where_current
AND m.is_current = 1

-- Of an object of several versions of STIX, those of the latest.
-- name: member_where_newest_spec
AND NOT EXISTS (SELECT 1 FROM exchange_members n WHERE n.collection = m.collection AND n.object = m.object
    AND n.is_first + n.is_last > 0 AND n.is_last = 1 AND n.spec_version > m.spec_version)

-- name: member_order
ORDER BY m.added LIMIT $1

-- name: member_union
SELECT * FROM (

-- name: member_union_order
ORDER BY added LIMIT $1

-- name: member_counts
SELECT collection, COUNT(*) FROM exchange_members WHERE is_current = 1 GROUP BY collection

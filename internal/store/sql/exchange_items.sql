-- name: exchange_item_newest
SELECT id, version, body, digest, audience, consent, origin, permits, embargo, expires, recalled, stored FROM exchange_item
WHERE id = $1 ORDER BY version DESC LIMIT 1

-- name: exchange_item
SELECT id, version, body, digest, audience, consent, origin, permits, embargo, expires, recalled, stored FROM exchange_item
WHERE id = $1 AND version = $2

-- name: exchange_item_version
SELECT COALESCE(MAX(version), 0) FROM exchange_item WHERE id = $1

-- name: exchange_item_add
INSERT INTO exchange_item (id, version, body, digest, audience, consent, origin, permits, embargo, expires, recalled, stored)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11)

-- name: exchange_item_object_of
SELECT item FROM exchange_item_object WHERE object = $1

-- name: exchange_item_object_add
INSERT INTO exchange_item_object (object, item) VALUES ($1, $2) ON CONFLICT (object) DO NOTHING

-- name: exchange_items
SELECT id, version, body, digest, audience, consent, origin, permits, embargo, expires, recalled, stored FROM exchange_item
WHERE id > $1 AND version = (SELECT MAX(n.version) FROM exchange_item n WHERE n.id = exchange_item.id) ORDER BY id LIMIT $2

-- name: exchange_standings
SELECT collection, item, version, agreement, epoch, verdict, clause, reason, until, charged, passed, passed_by FROM exchange_standing
WHERE item = $1 ORDER BY collection

-- name: exchange_standing
SELECT collection, item, version, agreement, epoch, verdict, clause, reason, until, charged, passed, passed_by FROM exchange_standing
WHERE collection = $1 AND item = $2

-- name: exchange_standing_put
INSERT INTO exchange_standing (collection, item, version, agreement, epoch, verdict, clause, reason, until, charged, passed, passed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (collection, item) DO UPDATE SET version = excluded.version, agreement = excluded.agreement, epoch = excluded.epoch,
verdict = excluded.verdict, clause = excluded.clause, reason = excluded.reason, until = excluded.until, charged = excluded.charged,
passed = excluded.passed, passed_by = excluded.passed_by

-- name: exchange_standing_pass
UPDATE exchange_standing SET passed = $3, passed_by = $4, until = 0 WHERE collection = $1 AND item = $2 AND version = $3 AND agreement = $4

-- name: exchange_due_time
SELECT item FROM exchange_standing WHERE collection = $1 AND until <= $2 ORDER BY until LIMIT $3

-- name: exchange_due_epoch
SELECT item FROM exchange_standing WHERE collection = $1 AND epoch < $2 ORDER BY epoch LIMIT $3

-- name: exchange_due_new
SELECT id FROM exchange_item WHERE id > $2 AND version = 1 AND (audience = '' OR audience = $1)
AND NOT EXISTS (SELECT 1 FROM exchange_standing s WHERE s.collection = $1 AND s.item = exchange_item.id) ORDER BY id LIMIT $3

-- Of a member that is a copy of objects in many items a few are enough.
-- name: exchange_decisions
SELECT added, item, version, agreement, epoch, until, clauses FROM (
SELECT added, item, version, agreement, epoch, until, clauses, ROW_NUMBER() OVER (PARTITION BY added ORDER BY item) AS place
FROM exchange_decision WHERE collection = $1 AND until > 0

-- name: exchange_decisions_few
) few WHERE place <= 8

-- name: exchange_leave
SELECT added, MIN(clauses), MAX(released) FROM exchange_decision WHERE collection = $1 AND agreement = $2 AND epoch = $3 AND until > $4

-- SQLite would rather look through all of the collection, in the index that has all columns, than at the few of the item.
-- name: exchange_decisions_item
SELECT added, item, version, agreement, epoch, until, clauses FROM exchange_decision WHERE item = $1 AND collection || '' = $2

-- name: exchange_decision_add
INSERT INTO exchange_decision (collection, added, item, version, agreement, epoch, until, clauses, released)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)

-- name: exchange_decision_set
UPDATE exchange_decision SET version = $4, agreement = $5, epoch = $6, until = $7, clauses = $8
WHERE collection = $1 AND added = $2 AND item = $3

-- name: exchange_decision_shorten
UPDATE exchange_decision SET until = $4 WHERE collection = $1 AND added = $2 AND item = $3 AND until > $4

-- name: exchange_decision_move
UPDATE exchange_decision SET added = $3 WHERE collection = $1 AND added = $2

-- name: exchange_decision_left
SELECT COUNT(*) FROM exchange_decision WHERE collection = $1 AND added = $2 AND until > 0

-- name: exchange_clauses_of
SELECT id FROM exchange_clauses WHERE text = $1

-- name: exchange_clauses_add
INSERT INTO exchange_clauses (id, text) VALUES ((SELECT COALESCE(MAX(id), 0) FROM exchange_clauses) + 1, $1) RETURNING id

-- name: exchange_clauses
SELECT text FROM exchange_clauses WHERE id = $1

-- name: exchange_charged
SELECT objects FROM exchange_charge WHERE collection = $1 AND clause = $2 AND start = $3

-- name: exchange_charge
INSERT INTO exchange_charge (collection, clause, start, objects) VALUES ($1, $2, $3, $4)
ON CONFLICT (collection, clause, start) DO UPDATE SET objects = excluded.objects

-- name: member_versions_all
SELECT added, version, digest, hidden FROM exchange_members WHERE collection = $1 AND object = $2

-- name: member_hide
UPDATE exchange_members SET hidden = 1, is_first = 0, is_last = 0, is_current = 0 WHERE collection = $1 AND added = $2

-- name: member_object
SELECT object FROM exchange_members WHERE collection = $1 AND added = $2

-- name: exchange_items_all
SELECT id, version, body, digest, audience, consent, origin, permits, embargo, expires, recalled, stored FROM exchange_item

-- name: exchange_standings_all
SELECT collection, item, version, agreement, epoch, verdict, clause, reason, until, charged, passed, passed_by FROM exchange_standing
WHERE collection = $1

-- name: member_rotate
SELECT m.added, m.object, m.type, m.version, m.spec_version, m.item, m.item_version, m.digest, m.body FROM exchange_members m
WHERE m.collection = $1 AND m.is_current = 1 AND m.added > $2 AND m.added < $3 ORDER BY m.added LIMIT 500

-- name: exchange_collections_of
SELECT id FROM exchange_collections WHERE agreement = $1 AND kind = 'exchange' ORDER BY id

-- name: exchange_release_add
INSERT INTO exchange_release (collection, object, version, item, leaf, at)
SELECT collection, object, version, item, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM exchange_members
WHERE collection = $1 AND added = $2 ON CONFLICT (collection, object, version) DO NOTHING

-- name: exchange_decision_released
UPDATE exchange_decision SET released = $3 WHERE collection = $1 AND added = $2 AND released = 0

-- name: exchange_waiting
SELECT s.collection, s.item, s.version, s.agreement, s.epoch, s.verdict, s.clause, s.reason, s.until, s.charged, s.passed, s.passed_by
FROM exchange_standing s WHERE s.verdict = 'review' AND (s.collection > $1 OR s.collection = $1 AND s.item > $2)
AND NOT EXISTS (SELECT 1 FROM exchange_review r WHERE r.collection = s.collection AND r.item = s.item AND r.version = s.version AND r.agreement = s.agreement)
ORDER BY s.collection, s.item LIMIT $3

-- name: exchange_review_add
INSERT INTO exchange_review (collection, item, version, agreement, released, reason, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: exchange_reviews
SELECT collection, item, version, agreement, released, reason, actor, at FROM exchange_review WHERE item = $1 ORDER BY at, collection

-- name: exchange_item_recall
UPDATE exchange_item SET recalled = $2 WHERE id = $1 AND recalled IS NULL

-- name: exchange_recall_number
SELECT COALESCE(MAX(number), 0) + 1 FROM exchange_recall

-- name: exchange_recall_standing
UPDATE exchange_standing SET until = 0 WHERE item = $1

-- name: exchange_received
SELECT DISTINCT r.object, r.version, r.collection, r.leaf, r.at FROM exchange_release r
WHERE r.collection = $1 AND (r.item = $2 OR EXISTS (SELECT 1 FROM exchange_decision d JOIN exchange_members m ON m.collection = d.collection AND m.added = d.added
WHERE d.collection = r.collection AND d.item = $2 AND m.object = r.object AND m.version = r.version)) ORDER BY r.object, r.version

-- name: exchange_receivers
SELECT collection FROM exchange_release WHERE item = $1 UNION SELECT collection FROM exchange_decision WHERE item = $1 AND released > 0 ORDER BY 1

-- name: exchange_decided_collections
SELECT DISTINCT collection FROM exchange_decision WHERE item = $1 ORDER BY collection

-- name: exchange_recall_add
INSERT INTO exchange_recall (number, collection, item, partner, agreement, reason, actor, at, objects, answer_by, delete_by, told, acknowledged, by_whom, reminded)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL, '', NULL)

-- name: exchange_recalls
SELECT number, collection, item, partner, agreement, reason, actor, at, objects, answer_by, delete_by, told, acknowledged, by_whom, reminded FROM exchange_recall
WHERE (number > $1 OR number = $1 AND collection > $2) ORDER BY number, collection LIMIT $3

-- name: exchange_recalls_of
SELECT number, collection, item, partner, agreement, reason, actor, at, objects, answer_by, delete_by, told, acknowledged, by_whom, reminded FROM exchange_recall
WHERE collection = $1 ORDER BY number

-- name: exchange_recall_told
UPDATE exchange_recall SET told = $2 WHERE collection = $1 AND told IS NULL

-- name: exchange_recall_acknowledge
UPDATE exchange_recall SET acknowledged = $3, by_whom = $4, told = COALESCE(told, $3) WHERE number = $1 AND collection = $2 AND acknowledged IS NULL

-- name: exchange_recall_get
SELECT number, collection, item, partner, agreement, reason, actor, at, objects, answer_by, delete_by, told, acknowledged, by_whom, reminded FROM exchange_recall
WHERE number = $1 AND collection = $2

-- name: exchange_recall_reminded
UPDATE exchange_recall SET reminded = $3, told = COALESCE(told, $3) WHERE number = $1 AND collection = $2

-- name: exchange_recall_member
SELECT m.added, m.object, m.type, m.version, m.spec_version, m.item, m.item_version, m.digest, m.body FROM exchange_members m
WHERE m.collection = $1 AND m.added = $2 AND m.hidden = 0

-- name: alert_channel_put
INSERT INTO alert_channel (id, owner, state, reason, failures, later, updated, body) VALUES ($1, $2, $3, $4, 0, 0, $5, $6)
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, state = excluded.state, reason = excluded.reason, failures = 0, later = 0,
    updated = excluded.updated, body = excluded.body

-- name: alert_channel_get
SELECT id, state, reason, failures, later, updated, body FROM alert_channel WHERE id = $1

-- name: alert_channel_list
SELECT id, state, reason, failures, later, updated, body FROM alert_channel WHERE owner = $1 OR $1 = '' ORDER BY id

-- name: alert_channel_state
UPDATE alert_channel SET state = $2, reason = $3, failures = 0, later = 0, updated = $4 WHERE id = $1

-- name: alert_channel_rest
UPDATE alert_channel SET failures = $2, later = $3 WHERE id = $1

-- name: alert_channel_delete_deliveries
DELETE FROM alert_delivery WHERE channel = $1

-- name: alert_channel_delete
DELETE FROM alert_channel WHERE id = $1

-- name: alert_subscription_put
INSERT INTO alert_subscription (id, owner, paused, look, updated, body) VALUES ($1, $2, $3, NULL, $4, $5)
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, paused = excluded.paused, updated = excluded.updated, body = excluded.body,
    look = (SELECT MIN(queued) FROM alert_item WHERE alert_item.subscription = alert_subscription.id AND message IS NULL)

-- name: alert_subscription_get
SELECT id, paused, updated, body FROM alert_subscription WHERE id = $1

-- name: alert_subscription_list
SELECT id, paused, updated, body FROM alert_subscription WHERE owner = $1 OR $1 = '' ORDER BY id

-- name: alert_subscription_due
SELECT id FROM alert_subscription WHERE look IS NOT NULL AND paused = 0 AND (look <= $1 OR look > $2) ORDER BY look, id LIMIT $3

-- name: alert_subscription_next
SELECT MIN(look) FROM alert_subscription WHERE paused = 0

-- name: alert_subscription_look
UPDATE alert_subscription SET look = $2 WHERE id = $1

-- name: alert_subscription_sooner
UPDATE alert_subscription SET look = $2 WHERE id = $1 AND (look IS NULL OR look > $2)

-- name: alert_subscription_clear_told
DELETE FROM alert_told WHERE subscription = $1

-- name: alert_subscription_clear_items
DELETE FROM alert_item WHERE subscription = $1

-- name: alert_subscription_clear_deliveries
DELETE FROM alert_delivery WHERE message IN (SELECT id FROM alert_message WHERE subscription = $1)

-- name: alert_subscription_clear_messages
DELETE FROM alert_message WHERE subscription = $1

-- name: alert_subscription_delete
DELETE FROM alert_subscription WHERE id = $1

-- name: alert_add
INSERT INTO alert (id, subject, kind, reached, stored, body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING

-- name: alert_told_list
SELECT subscription, body FROM alert_told WHERE subject = $1

-- name: alert_told_put
INSERT INTO alert_told (subject, subscription, updated, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject, subscription) DO UPDATE SET updated = excluded.updated, body = excluded.body

-- name: alert_item_add
INSERT INTO alert_item (subscription, alert, queued, later, phase, roles, message) VALUES ($1, $2, $3, 0, $4, $5, NULL)
ON CONFLICT (subscription, alert) DO NOTHING

-- name: alert_item_waiting
SELECT i.queued, i.phase, i.roles, a.body FROM alert_item i JOIN alert a ON a.id = i.alert
WHERE i.subscription = $1 AND i.message IS NULL AND i.later <= $2 ORDER BY i.queued, i.alert LIMIT $3

-- name: alert_item_take
UPDATE alert_item SET message = $3 WHERE subscription = $1 AND alert = $2 AND message IS NULL

-- name: alert_item_hold
UPDATE alert_item SET later = $3 WHERE subscription = $1 AND alert = $2 AND message IS NULL

-- name: alert_item_next
SELECT MIN(later) FROM alert_item WHERE subscription = $1 AND message IS NULL AND later > $2

-- name: alert_message_add
INSERT INTO alert_message (id, subscription, planned, items, body) VALUES ($1, $2, $3, $4, $5)

-- name: alert_message_recent
SELECT planned FROM alert_message WHERE subscription = $1 AND planned > $2 AND planned <= $3 ORDER BY planned

-- name: alert_delivery_add
INSERT INTO alert_delivery (id, message, channel, state, queued, claimed, attempts, error, finished)
VALUES ($1, $2, $3, 'waiting', $4, 0, 0, '', NULL)

-- name: alert_channel_known
SELECT COUNT(*) FROM alert_channel WHERE id = $1

-- name: alert_delivery_channels
SELECT c.id, c.state, c.reason, c.failures, c.later, c.updated, c.body FROM alert_channel c
WHERE c.state = 'active' AND (c.later <= $1 OR c.later > $2)
    AND EXISTS (SELECT 1 FROM alert_delivery d WHERE d.channel = c.id AND d.state = 'waiting' AND (d.claimed <= $1 OR d.claimed > $2))
ORDER BY c.later, c.id

-- name: alert_delivery_first
SELECT d.id, d.queued, d.attempts, m.body FROM alert_delivery d JOIN alert_message m ON m.id = d.message
WHERE d.channel = $1 AND d.state = 'waiting' AND (d.claimed <= $2 OR d.claimed > $3) ORDER BY d.queued, d.id LIMIT 1

-- name: alert_delivery_claim
UPDATE alert_delivery SET claimed = $2, attempts = attempts + 1 WHERE id = $1

-- name: alert_delivery_end
UPDATE alert_delivery SET state = $2, claimed = 0, error = $3, finished = $4 WHERE id = $1 AND state = 'waiting'

-- name: alert_delivery_again
UPDATE alert_delivery SET claimed = 0, error = $2 WHERE id = $1 AND state = 'waiting'

-- name: alert_delivery_revive
UPDATE alert_delivery SET state = 'waiting', claimed = 0, attempts = 0, queued = $2, finished = NULL
WHERE id = $1 AND channel = $3 AND state = 'dead'

-- name: alert_delivery_next
SELECT MIN(CASE WHEN c.later > d.claimed THEN c.later ELSE d.claimed END) FROM alert_delivery d JOIN alert_channel c ON c.id = d.channel
WHERE d.state = 'waiting' AND c.state = 'active'

-- name: alert_delivery_list
SELECT d.id, d.message, d.channel, d.state, d.queued, d.attempts, d.error, d.finished, c.body, m.body
FROM alert_delivery d JOIN alert_channel c ON c.id = d.channel JOIN alert_message m ON m.id = d.message
WHERE (d.state = $1 OR $1 = '') AND (c.owner = $2 OR $2 = '') AND (d.queued < $3 OR d.queued = $3 AND d.id < $4)
ORDER BY d.queued DESC, d.id DESC LIMIT $5

-- name: alert_delivery_counts
SELECT state, COUNT(*), MIN(queued) FROM alert_delivery GROUP BY state ORDER BY state

-- name: alert_item_counts
SELECT COUNT(*), COALESCE(SUM(CASE WHEN later > $1 THEN 1 ELSE 0 END), 0) FROM alert_item WHERE message IS NULL

-- name: alert_memory_get
SELECT body FROM alert_memory WHERE name = $1

-- name: alert_memory_put
INSERT INTO alert_memory (name, updated, body) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET updated = excluded.updated, body = excluded.body

-- name: alert_prune_deliveries
DELETE FROM alert_delivery WHERE state <> 'waiting' AND queued < $1

-- name: alert_prune_messages
DELETE FROM alert_message WHERE planned < $1 AND NOT EXISTS (SELECT 1 FROM alert_delivery d WHERE d.message = alert_message.id)

-- name: alert_prune_items
DELETE FROM alert_item WHERE message IS NOT NULL AND queued < $1

-- name: alert_prune_told
DELETE FROM alert_told WHERE updated < $1

-- name: alert_prune_alerts
DELETE FROM alert WHERE stored < $1 AND NOT EXISTS (SELECT 1 FROM alert_item i WHERE i.alert = alert.id)

-- name: alert_delivery_expire
UPDATE alert_delivery SET state = 'dead', finished = $1, claimed = 0,
    error = CASE WHEN error = '' THEN 'given up: the channel was not tried in time' ELSE error END
WHERE state = 'waiting' AND queued < $2 AND claimed <= $1

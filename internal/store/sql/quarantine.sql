-- name: quarantine_list
SELECT q.report, q.seq, q.place, q.reason, q.raw, q.state FROM desk_quarantine q JOIN desk_report r ON r.id = q.report
WHERE ($1 = '' OR q.report = $1) AND ($2 = '' OR q.state = $2) AND ($3 = '' OR r.source = $3) AND (q.report > $4 OR q.report = $4 AND q.seq > $5)

-- name: quarantine_seen_by_machine
AND r.tenant = $1

-- name: quarantine_seen_by
AND r.tenant = $1 AND (r.red = 0
    OR EXISTS (SELECT 1 FROM desk_compartment_member m WHERE m.tenant = $1 AND m.name = 'red' AND m.account = $2))

-- name: quarantine_order
ORDER BY q.report, q.seq LIMIT $1

-- name: quarantine_counts
SELECT q.state, COUNT(*) FROM desk_quarantine q JOIN desk_report r ON r.id = q.report WHERE 1 = 1

-- name: quarantine_counts_end
GROUP BY q.state

-- name: quarantine_set
UPDATE desk_quarantine SET state = $3, reason = $4, raw = $5 WHERE report = $1 AND seq = $2

-- name: quarantine_end
UPDATE desk_quarantine SET state = $3, reason = $4 WHERE report = $1 AND seq = $2 AND state = 'waiting'

-- name: quarantine_replay
UPDATE desk_quarantine SET state = 'waiting' WHERE report = $1 AND state = 'held'

-- name: quarantine_reread
UPDATE desk_report SET state = 'waiting', reason = '' WHERE id = $1 AND state = 'refused' AND erased IS NULL

-- name: quarantine_waiting
SELECT report, seq, place, reason, raw, state FROM desk_quarantine
WHERE state = 'waiting' AND report = (SELECT MIN(report) FROM desk_quarantine WHERE state = 'waiting') ORDER BY seq LIMIT $1

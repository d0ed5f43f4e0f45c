-- name: duty_segments
SELECT day, source, bytes, events, frames, generation, swept FROM desk_segment WHERE day < $1 ORDER BY day, source

-- name: duty_waiting
SELECT COUNT(*) FROM desk_report WHERE day = $1 AND source = $2 AND state = 'waiting'

-- name: duty_segment_set
UPDATE desk_segment SET bytes = $3, events = $4, frames = $5, generation = $6, swept = $7
WHERE day = $1 AND source = $2 AND bytes = $8 AND generation = $9

-- name: duty_reports
SELECT id, tenant, source, name, format, day, accepted, sha256, size, tlp, licence, state, reason, lines, events, duplicates, bad
FROM desk_report WHERE erased IS NULL AND state <> 'waiting' AND day < $1 ORDER BY day, id

-- name: duty_report_erased
UPDATE desk_report SET erased = $2, name = '' WHERE id = $1

-- name: duty_quarantine_old
SELECT DISTINCT r.id, r.source, r.day FROM desk_report r JOIN desk_quarantine q ON q.report = r.id
WHERE r.day < $1 AND r.state <> 'waiting' AND q.state <> 'erased' ORDER BY r.day, r.id

-- name: duty_quarantine_drop
UPDATE desk_quarantine SET raw = $2, reason = '', state = 'erased' WHERE report = $1 AND state <> 'erased'

-- name: duty_quarantine_page
SELECT report, seq, place, reason, raw, state FROM desk_quarantine
WHERE state <> 'erased' AND (report > $1 OR report = $1 AND seq > $2) ORDER BY report, seq LIMIT $3

-- name: duty_quarantine_one
UPDATE desk_quarantine SET raw = $3, reason = '', state = 'erased' WHERE report = $1 AND seq = $2

-- name: duty_reporters
SELECT receipt, name || ' ' || organisation || ' ' || mail || ' ' || phone FROM desk_reporter WHERE withdrawn IS NULL ORDER BY receipt

-- name: duty_replies
SELECT id, sender, subject, body FROM desk_reply WHERE sender <> '' OR body <> '' ORDER BY id

-- name: duty_reply_erase
UPDATE desk_reply SET sender = '', subject = '', body = '' WHERE id = $1

-- name: hold_last
SELECT COALESCE(MAX(id), 0) FROM desk_hold

-- name: hold_add
INSERT INTO desk_hold (id, scope, reason, actor, placed) VALUES ($1, $2, $3, $4, $5)

-- name: hold_lift
UPDATE desk_hold SET lifted = $2 WHERE id = $1 AND lifted IS NULL

-- name: hold_list
SELECT id, scope, reason, actor, placed, lifted FROM desk_hold ORDER BY id

-- name: erasure_last
SELECT COALESCE(MAX(id), 0) FROM desk_erasure

-- name: erasure_add
INSERT INTO desk_erasure (id, at, actor, kind, subject, day, source, events, reports, quarantine, others)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: erasure_list
SELECT id, at, actor, kind, subject, day, source, events, reports, quarantine, others FROM desk_erasure ORDER BY id

-- name: access_last
SELECT body FROM desk_access_log ORDER BY seq DESC LIMIT 1

-- name: access_add
INSERT INTO desk_access_log (seq, body) VALUES ($1, $2)

-- name: access_page
SELECT body FROM desk_access_log WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: duty_note_erase
UPDATE desk_case_note SET name = '', salt = $2, body = $2, erased = $3 WHERE hash = $1 AND erased IS NULL

-- name: duty_notice_erase
UPDATE desk_notice SET message = $2, recipient = '', subject = '', failure = '', changed = $3,
    state = CASE WHEN state IN ('proposed', 'approved') THEN 'withdrawn' ELSE state END WHERE id = $1

-- name: desk_report_add
INSERT INTO desk_report (id, tenant, source, name, format, day, accepted, sha256, size, tlp, licence, red, state, reason, lines, events, duplicates, bad)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', '', 0, 0, 0, 0)
ON CONFLICT (id) DO NOTHING

-- name: desk_report_read
UPDATE desk_report
SET state = $2, reason = $3, lines = $4, events = events + $5, duplicates = duplicates + $6, bad = bad + $7, red = CASE WHEN $8 = 1 THEN 1 ELSE red END
WHERE id = $1

-- name: desk_reports_state
SELECT id, tenant, source, name, format, day, accepted, sha256, size, tlp, licence, state, reason, lines, events, duplicates, bad
FROM desk_report WHERE state = $1 AND (accepted > $2 OR accepted = $2 AND id > $3) ORDER BY accepted, id LIMIT $4

-- name: desk_report_one
SELECT id, tenant, source, name, format, day, accepted, sha256, size, tlp, licence, state, reason, lines, events, duplicates, bad
FROM desk_report WHERE id = $1

-- name: desk_quarantine_add
INSERT INTO desk_quarantine (report, seq, place, reason, raw, state)
VALUES ($1, (SELECT COALESCE(MAX(seq), -1) + 1 FROM desk_quarantine WHERE report = $1), $2, $3, $4, 'held')

-- name: desk_segment_all
SELECT day, source, bytes, events, frames, generation FROM desk_segment WHERE day >= $1 ORDER BY day, source

-- name: desk_segment_put
INSERT INTO desk_segment (day, source, bytes, events, frames) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (day, source) DO UPDATE SET bytes = excluded.bytes, events = excluded.events, frames = excluded.frames

-- name: desk_case_put
INSERT INTO desk_case (id, tenant, party, class, identifier, state, opened, changed, first_seen, last_seen, events, addresses, priority, tlp, reopened,
    country, received, taxonomy)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (id) DO UPDATE
SET first_seen = excluded.first_seen, last_seen = excluded.last_seen, events = excluded.events,
    addresses = excluded.addresses, priority = excluded.priority, tlp = excluded.tlp, country = excluded.country

-- name: desk_case_reopen
UPDATE desk_case SET state = 'reopened', changed = $2, reopened = reopened + 1, gone = NULL
WHERE id = $1 AND state IN ('recovered', 'closed')

-- name: desk_cases_changed
SELECT id, tenant, party, class, identifier, state, opened, changed, first_seen, last_seen, events, addresses, priority, tlp, reopened,
    country, received
FROM desk_case WHERE changed >= $1 AND (changed > opened OR state <> 'new' OR referred <> 0 OR incident <> '') ORDER BY changed, id

-- name: desk_case_day_add
INSERT INTO desk_case_day (case_id, day, source, events, addresses) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id, day, source) DO UPDATE
SET events = desk_case_day.events + excluded.events, addresses = desk_case_day.addresses + excluded.addresses

-- name: desk_coverage_add
INSERT INTO desk_coverage (tenant, source, class, identifier, day, events, lines) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, source, class, identifier, day) DO UPDATE
SET events = desk_coverage.events + excluded.events, lines = desk_coverage.lines + excluded.lines

-- name: desk_cases_current
SELECT id, tenant, party, class, identifier, state, opened, changed, first_seen, last_seen, events, addresses, priority, tlp, reopened,
    country, received
FROM desk_case WHERE changed >= $1 OR state NOT IN ('recovered', 'closed') ORDER BY id

-- name: desk_case_segments
SELECT g.day, g.source, g.bytes, g.events, g.frames, g.generation FROM desk_segment g
WHERE g.day >= $2 AND g.source IN (SELECT d.source FROM desk_case_day d WHERE d.case_id = $1) ORDER BY g.day DESC, g.source

-- name: desk_reports_waiting
SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM desk_report WHERE state = 'waiting'

-- name: case_days_of
SELECT d.case_id, d.day, CAST(SUM(d.events) AS BIGINT), CAST(SUM(d.addresses) AS BIGINT)
FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id WHERE d.day >= $1 AND d.case_id IN

-- name: case_days_of_end
GROUP BY d.case_id, d.day ORDER BY d.case_id, d.day

-- name: case_outbreak
SELECT c.class, d.day, CAST(SUM(d.events) AS BIGINT), CAST(SUM(d.addresses) AS BIGINT), COUNT(DISTINCT d.case_id)
FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id WHERE d.day >= $1 AND d.day <= $2

-- name: case_outbreak_in
SELECT c.identifier, d.day, CAST(SUM(d.events) AS BIGINT), CAST(SUM(d.addresses) AS BIGINT), COUNT(DISTINCT d.case_id)
FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id WHERE d.day >= $1 AND d.day <= $2 AND c.class = $3

-- name: case_outbreak_end
GROUP BY 1, 2 ORDER BY 1, 2

-- name: desk_reports_of
SELECT id, tenant, source, name, format, day, accepted, sha256, size, tlp, licence, state, reason, lines, events, duplicates, bad
FROM desk_report r WHERE 1 = 1

-- name: desk_reports_of_id
AND id = $1

-- name: desk_reports_of_state
AND state = $1

-- name: desk_reports_of_source
AND source = $1

-- name: desk_reports_of_after
AND (accepted < $1 OR accepted = $1 AND id < $2)

-- name: desk_reports_of_order
ORDER BY accepted DESC, id DESC LIMIT $1

-- The report's id begins with the tenant and the day of intake.
-- name: desk_quarantine_latest
SELECT q.report, q.seq, q.place, q.reason, q.raw, q.state, r.name, r.source, r.accepted
FROM desk_quarantine q JOIN desk_report r ON r.id = q.report WHERE 1 = 1

-- name: desk_quarantine_latest_report
AND q.report = $1

-- name: desk_quarantine_latest_state
AND q.state = $1

-- name: desk_quarantine_latest_after
AND (q.report < $1 OR q.report = $1 AND q.seq > $2)

-- name: desk_quarantine_latest_order
ORDER BY q.report DESC, q.seq LIMIT $1

-- name: desk_report_lines
SELECT CAST(COALESCE(SUM(lines), 0) AS BIGINT) FROM desk_report r WHERE day >= $1

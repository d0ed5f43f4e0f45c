-- name: desk_reporter_add
INSERT INTO desk_reporter (receipt, code, report, tenant, mode, name, organisation, mail, phone, consent, given)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: desk_reporter_one
SELECT receipt, code, report, tenant, mode, name, organisation, mail, phone, consent, given, withdrawn
FROM desk_reporter WHERE receipt = $1

-- name: desk_reporters_of
SELECT receipt, code, report, tenant, mode, name, organisation, mail, phone, consent, given, withdrawn
FROM desk_reporter WHERE report = $1 ORDER BY given, receipt

-- name: desk_reporter_withdraw
UPDATE desk_reporter SET mode = 'anonymous', name = '', organisation = '', mail = '', phone = '', consent = 0, withdrawn = $2
WHERE receipt = $1 AND withdrawn IS NULL

-- name: desk_segment_one
SELECT day, source, bytes, events, frames, generation FROM desk_segment WHERE day = $1 AND source = $2

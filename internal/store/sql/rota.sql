-- name: rota_opened
SELECT COUNT(*) FROM desk_case WHERE tenant = $1 AND state IN ('new', 'reopened') AND changed >= $2

-- name: rota_page_add
INSERT INTO desk_page (key, tenant, case_id, text, level, person, made, sent, answered, by_whom) VALUES ($1, $2, $3, $4, 0, $5, $6, $6, NULL, '')
ON CONFLICT (tenant, key) DO NOTHING

-- name: rota_page_level
UPDATE desk_page SET level = $3, person = $4, sent = $5 WHERE tenant = $1 AND key = $2 AND answered IS NULL

-- name: rota_page_answer
UPDATE desk_page SET answered = $3, by_whom = $4 WHERE tenant = $1 AND key = $2 AND answered IS NULL

-- name: rota_pages
SELECT key, tenant, case_id, text, level, person, made, sent, answered, by_whom FROM desk_page
WHERE tenant = $1 AND answered IS NULL ORDER BY made, key LIMIT $2

-- name: rota_handover_add
INSERT INTO desk_handover (tenant, made, person, text) VALUES ($1, $2, $3, $4)

-- name: rota_handovers
SELECT made, person, text FROM desk_handover WHERE tenant = $1 ORDER BY made DESC LIMIT $2

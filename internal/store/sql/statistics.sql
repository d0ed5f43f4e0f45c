-- name: tally_lines
SELECT day, class, SUM(lines) FROM desk_coverage WHERE tenant = $1 AND day >= $2 AND day < $3 GROUP BY day, class ORDER BY day, class

-- name: tally_addresses
SELECT d.day, c.class, SUM(d.addresses) FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id
WHERE c.tenant = $1 AND d.day >= $2 AND d.day < $3 GROUP BY d.day, c.class ORDER BY d.day, c.class

-- name: tally_cases
SELECT opened / 86400000000, class, COUNT(*) FROM desk_case
WHERE tenant = $1 AND opened >= $2 * 86400000000 AND opened < $3 * 86400000000 AND referred = 0
GROUP BY opened / 86400000000, class ORDER BY opened / 86400000000, class

-- name: tally_sources
SELECT DISTINCT source FROM desk_coverage WHERE tenant = $1 AND day >= $2 AND day < $3 ORDER BY source

-- name: tally_covered
SELECT DISTINCT class, identifier, day FROM desk_coverage WHERE tenant = $1 AND day >= $2 AND day < $3 ORDER BY class, identifier, day

-- name: tally_party_days
SELECT d.day, c.party, c.class, c.identifier, SUM(d.addresses), SUM(d.events) FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id
WHERE c.tenant = $1 AND c.party = $2 AND d.day >= $3 AND d.day < $4
GROUP BY d.day, c.party, c.class, c.identifier ORDER BY d.day, c.class, c.identifier

-- name: tally_parties
SELECT 0, c.party, c.class, c.identifier, SUM(d.addresses), SUM(d.events) FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id
WHERE c.tenant = $1 AND d.day >= $2 AND d.day < $3
GROUP BY c.party, c.class, c.identifier ORDER BY c.party, c.class, c.identifier

-- name: tally_amplifiers
SELECT d.day, c.party, c.class, c.identifier, SUM(d.addresses), SUM(d.events) FROM desk_case_day d JOIN desk_case c ON c.id = d.case_id
WHERE c.tenant = $1 AND c.identifier = $2 AND d.day >= $3 AND d.day < $4
GROUP BY d.day, c.party, c.class, c.identifier ORDER BY d.day, c.party

-- name: tally_spans
SELECT party, class, first_seen, last_seen, gone FROM desk_case
WHERE tenant = $1 AND party = $2 AND first_seen < $4 AND last_seen >= $3 ORDER BY id

-- name: tally_spans_all
SELECT party, class, first_seen, last_seen, gone FROM desk_case
WHERE tenant = $1 AND first_seen < $3 AND last_seen >= $2 ORDER BY id

-- name: history_drop
DELETE FROM desk_history WHERE name = $1

-- name: history_add
INSERT INTO desk_history (name, seq, series, period, taxonomy, class, rule, unit, state, figure, counted_in, sourced, source, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: history_all
SELECT series, period, taxonomy, class, rule, unit, state, figure, counted_in, sourced, source, note FROM desk_history ORDER BY name, seq

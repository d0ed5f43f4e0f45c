-- name: check_incidents
SELECT id, kind, asn, victim, started, ended, status, confidence, attribution, prefixes, prefix, version
FROM incident WHERE id > $1 ORDER BY id LIMIT $2

-- name: check_versions
SELECT version, digest, previous, encoding, body FROM incident_version WHERE incident = $1 ORDER BY version

-- name: check_network_months
SELECT month, asn, body FROM network_month WHERE month = $1 ORDER BY asn

-- name: check_past_months
SELECT month, asn, body FROM network_month_past ORDER BY asn, month

-- name: check_neighbourhood_months
SELECT month, neighbourhood, body FROM neighbourhood_month ORDER BY month, neighbourhood

-- name: check_gaps
SELECT COUNT(*) FROM gap WHERE ended < began OR (filled IS NULL) <> (filled_by = '')

-- name: check_members
SELECT collection, object, added, version, spec_version, is_first, is_last, is_current, hidden FROM exchange_members ORDER BY collection, object

-- name: check_added
SELECT COUNT(*), COUNT(DISTINCT added), COALESCE(MAX(added), 0) FROM exchange_members

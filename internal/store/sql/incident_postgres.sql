-- PostgreSQL unpacks an array of JSON by another function.

-- name: incident_reach
SELECT COUNT(*) FROM (SELECT 1 FROM incident_party p
    WHERE p.asn IN (SELECT CAST(n AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) n) LIMIT $2) few

-- name: incident_where_asns
AND i.id IN (SELECT p.incident FROM incident_party p
    WHERE p.asn IN (SELECT CAST(n AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) n) AND ($2 = '' OR p.part = $2))

-- name: incident_where_asns_many
AND EXISTS (SELECT 1 FROM incident_party p
    WHERE p.incident = i.id AND p.asn IN (SELECT CAST(n AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) n)
    AND ($2 = '' OR p.part = $2))

-- name: incident_where_asns
AND i.id IN (SELECT p.incident FROM incident_party p
    WHERE p.asn IN (SELECT CAST(n AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) n))

-- name: incident_where_asns_part
AND i.id IN (SELECT p.incident FROM incident_party p
    WHERE p.asn IN (SELECT CAST(n AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) n) AND p.part = $2)

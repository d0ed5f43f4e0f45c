-- name: month_network_get
SELECT snapshot, stored, body FROM network_month WHERE month = $1 AND asn = $2

-- name: month_network_save
INSERT INTO network_month (month, asn, snapshot, stored, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (month, asn) DO UPDATE SET snapshot = excluded.snapshot, stored = excluded.stored, body = excluded.body

-- name: month_network_keep
INSERT INTO network_month_past (month, asn, replaced, correction, snapshot, stored, body)
SELECT month, asn, $3, $4, snapshot, stored, body FROM network_month WHERE month = $1 AND asn = $2
ON CONFLICT (asn, month, replaced) DO NOTHING

-- name: month_network_history
SELECT snapshot, stored, body FROM network_month WHERE asn = $1 ORDER BY month

-- name: month_network_past
SELECT snapshot, stored, body, replaced, correction FROM network_month_past WHERE asn = $1 ORDER BY month, replaced

-- name: month_networks
SELECT snapshot, stored, body FROM network_month WHERE month = $1 ORDER BY asn

-- name: month_list
WITH RECURSIVE held (month) AS (
    SELECT MIN(month) FROM network_month
    UNION ALL
    SELECT (SELECT MIN(n.month) FROM network_month n WHERE n.month > held.month) FROM held WHERE held.month IS NOT NULL
)
SELECT month FROM held WHERE month IS NOT NULL ORDER BY month

-- name: month_neighbourhood_save
INSERT INTO neighbourhood_month (neighbourhood, month, snapshot, stored, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (neighbourhood, month) DO UPDATE SET snapshot = excluded.snapshot, stored = excluded.stored, body = excluded.body

-- name: month_neighbourhood_history
SELECT snapshot, stored, body FROM neighbourhood_month WHERE neighbourhood = $1 ORDER BY month

-- name: month_neighbourhoods
SELECT snapshot, stored, body FROM neighbourhood_month WHERE month = $1 ORDER BY neighbourhood

-- name: gap_add
INSERT INTO gap (source, collector, began, ended, reason, stored, filled, filled_by)
VALUES ($1, $2, $3, $4, $5, $6, NULL, '')
ON CONFLICT (source, collector, began) DO UPDATE SET
    ended = CASE WHEN excluded.ended > gap.ended THEN excluded.ended ELSE gap.ended END,
    filled = CASE WHEN excluded.ended > gap.ended THEN NULL ELSE gap.filled END,
    filled_by = CASE WHEN excluded.ended > gap.ended THEN '' ELSE gap.filled_by END,
    reason = excluded.reason

-- name: gap_fill
UPDATE gap SET filled = $4, filled_by = $5 WHERE source = $1 AND collector = $2 AND began = $3

-- name: gap_list
SELECT source, collector, began, ended, reason, stored, filled, filled_by
FROM gap WHERE ended >= $1 AND began <= $2 ORDER BY began, collector, source

-- name: gap_list_open
SELECT source, collector, began, ended, reason, stored, filled, filled_by
FROM gap WHERE ended >= $1 AND began <= $2 AND filled IS NULL ORDER BY began, collector, source

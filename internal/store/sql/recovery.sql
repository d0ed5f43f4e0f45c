-- name: case_feed_put
INSERT INTO desk_case_feed (case_id, source, feed, day) VALUES ($1, $2, $3, $4)
ON CONFLICT (case_id, source, feed) DO UPDATE
SET day = CASE WHEN excluded.day > desk_case_feed.day THEN excluded.day ELSE desk_case_feed.day END

-- name: feed_day_add
INSERT INTO desk_feed_day (tenant, source, feed, day, reports) VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (tenant, source, feed, day) DO UPDATE SET reports = desk_feed_day.reports + 1

-- name: feed_days
SELECT source, feed, day FROM desk_feed_day WHERE tenant = $1 AND day >= $2 ORDER BY source, feed, day

-- name: case_feeds
SELECT f.case_id, f.source, f.feed, f.day FROM desk_case_feed f JOIN desk_case c ON c.id = f.case_id
WHERE f.case_id >= $1 AND f.case_id <= $2

-- name: case_feeds_order
ORDER BY f.case_id, f.source, f.feed

-- name: notice_due_cases
SELECT c.id, c.tenant, c.party, c.class, c.identifier, c.state, c.opened, c.changed, c.first_seen, c.last_seen, c.events, c.addresses, c.priority, c.tlp, c.reopened, c.country, c.received
FROM desk_case c
WHERE c.state IN ('new', 'reopened') AND c.tlp <> 'RED' AND c.compartment = '' AND c.party <> 'none'
    AND c.id > $1 AND NOT EXISTS (
    SELECT 1 FROM desk_link l JOIN desk_notice n ON n.id = l.notice
    WHERE l.case_id = c.id AND n.party = c.party AND (n.state IN ('proposed', 'approved', 'sending', 'unclear') OR n.created >= c.changed))
ORDER BY c.id LIMIT $2

-- Others are told once, and again when a case was reopened.
-- name: notice_due_others
SELECT c.id, c.tenant, c.party, c.class, c.identifier, c.state, c.opened, c.changed, c.first_seen, c.last_seen, c.events, c.addresses, c.priority, c.tlp, c.reopened, c.country, c.received,
    a.party, a.since
FROM desk_case_also a JOIN desk_case c ON c.id = a.case_id
WHERE c.state NOT IN ('recovered', 'closed') AND c.tlp <> 'RED' AND c.compartment = '' AND a.party <> c.party
    AND (a.case_id > $1 OR a.case_id = $1 AND a.party > $2) AND NOT EXISTS (
    SELECT 1 FROM desk_link l JOIN desk_notice n ON n.id = l.notice
    WHERE l.case_id = c.id AND n.party = a.party AND (n.state IN ('proposed', 'approved', 'sending', 'unclear') OR c.state <> 'reopened' OR n.created >= c.changed))
ORDER BY a.case_id, a.party LIMIT $3

-- name: case_also_add
INSERT INTO desk_case_also (case_id, party, since) VALUES ($1, $2, $3) ON CONFLICT (case_id, party) DO NOTHING

-- name: notice_unmoved
SELECT c.id, n.id FROM desk_case c JOIN desk_link l ON l.case_id = c.id JOIN desk_notice n ON n.id = l.notice
WHERE c.state IN ('new', 'reopened') AND n.party = c.party AND n.state IN ('sent', 'answered') AND n.created >= c.changed ORDER BY c.id, n.id

-- name: notice_last
SELECT tenant, party, recipient, MAX(created) FROM desk_notice WHERE created >= $1 AND state <> 'withdrawn' GROUP BY tenant, party, recipient

-- name: notice_next
SELECT COALESCE(MAX(id), 0) + 1 FROM desk_notice

-- name: notice_of_rule
SELECT COUNT(*) FROM desk_notice WHERE rule = $1 AND state <> 'withdrawn' AND tenant = $2

-- name: notice_case_free
SELECT COUNT(*) FROM desk_case c WHERE c.id = $1 AND (c.state IN ('new', 'reopened') OR c.party <> $2 AND c.state NOT IN ('recovered', 'closed')) AND NOT EXISTS (
    SELECT 1 FROM desk_link l JOIN desk_notice n ON n.id = l.notice
    WHERE l.case_id = c.id AND n.party = $2 AND (n.state IN ('proposed', 'approved', 'sending', 'unclear') OR c.party <> $2 AND c.state <> 'reopened' OR n.created >= c.changed))

-- name: notice_add
INSERT INTO desk_notice (id, tenant, party, recipient, domain, language, rule, state, created, due, claimed, attempts, sent, changed, expires, lines, tlp, subject, decided, failure, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 0, 0, NULL, $9, $10, $11, $12, $13, '', '', $14)

-- name: link_add
INSERT INTO desk_link (notice, case_id, revoked) VALUES ($1, $2, NULL)

-- name: notice_one
SELECT id, tenant, party, recipient, domain, language, rule, state, created, due, attempts, sent, changed, expires, lines, tlp, subject, decided, failure
FROM desk_notice WHERE id = $1

-- name: notice_message
SELECT message FROM desk_notice WHERE id = $1

-- name: notice_list
SELECT n.id, n.tenant, n.party, n.recipient, n.domain, n.language, n.rule, n.state, n.created, n.due, n.attempts, n.sent, n.changed, n.expires, n.lines, n.tlp, n.subject, n.decided, n.failure
FROM desk_notice n
WHERE ($1 = '' OR n.state = $1) AND ($2 = '' OR n.rule = $2) AND ($3 = '' OR n.party = $3) AND ($4 = 0 OR n.id < $4)
    AND ($5 = 0 OR EXISTS (SELECT 1 FROM desk_link l WHERE l.notice = n.id AND l.case_id = $5))

-- name: notice_is
AND n.id = $1

-- A notice is seen by those who see all of its cases.
-- name: notice_seen
AND n.tenant = $1 AND NOT EXISTS (SELECT 1 FROM desk_link l WHERE l.notice = n.id AND NOT EXISTS (SELECT 1 FROM desk_case c WHERE c.id = l.case_id

-- name: notice_newest
ORDER BY n.id DESC LIMIT $1

-- name: notice_links
SELECT case_id, revoked FROM desk_link WHERE notice = $1 ORDER BY case_id

-- name: notice_of_case
SELECT n.id FROM desk_notice n JOIN desk_link l ON l.notice = n.id
WHERE l.case_id = $1 AND n.recipient = $2 AND n.sent IS NOT NULL ORDER BY n.id DESC LIMIT 20

-- name: link_revoke
UPDATE desk_link SET revoked = $2 WHERE notice = $1 AND revoked IS NULL

-- name: notice_decide
UPDATE desk_notice SET state = $2, due = $3, changed = $3, decided = $4, failure = '', claimed = 0 WHERE id = $1 AND state = $5

-- name: notice_proposed
SELECT id FROM desk_notice WHERE state = 'proposed' AND ($1 = '' OR rule = $1) ORDER BY id LIMIT $2

-- name: notice_ready
SELECT MIN(id), domain FROM desk_notice WHERE state = 'approved' AND due <= $1 AND claimed <= $1 GROUP BY domain ORDER BY MIN(id) LIMIT $2

-- name: notice_claim
UPDATE desk_notice SET claimed = $2, attempts = attempts + 1 WHERE id = $1 AND state = 'approved' AND claimed <= $3

-- name: notice_hand
UPDATE desk_notice SET state = 'sending', changed = $2 WHERE id = $1 AND state = 'approved'

-- name: notice_sent
UPDATE desk_notice SET state = 'sent', sent = $2, changed = $2, claimed = 0, failure = '' WHERE id = $1 AND state IN ('approved', 'sending', 'unclear')

-- name: notice_again
UPDATE desk_notice SET state = 'approved', due = $2, changed = $3, claimed = 0, failure = $4 WHERE id = $1 AND state IN ('approved', 'sending')

-- name: notice_failed
UPDATE desk_notice SET state = 'failed', changed = $2, claimed = 0, failure = $3 WHERE id = $1 AND state IN ('approved', 'sending')

-- name: notice_unclear
UPDATE desk_notice SET state = 'unclear', changed = $1, claimed = 0 WHERE state = 'sending' AND changed < $2 AND ($3 = 0 OR id = $3)

-- name: notice_turn
UPDATE desk_notice SET state = $2, changed = $3, failure = $4, sent = COALESCE(sent, $3) WHERE id = $1 AND state IN ('sent', 'unclear', 'sending', 'answered')

-- name: notice_soonest
SELECT MIN(CASE WHEN claimed > due THEN claimed ELSE due END) FROM desk_notice WHERE state = 'approved'

-- name: notice_count
SELECT n.state, COUNT(*) FROM desk_notice n WHERE 1 = 1

-- name: notice_counts
GROUP BY n.state ORDER BY n.state

-- name: reply_add
INSERT INTO desk_reply (id, notice, received, kind, sender, signed, subject, body, status, state, decided)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '') ON CONFLICT (id) DO NOTHING

-- name: reply_list
SELECT id, notice, received, kind, sender, signed, subject, body, status, state, decided FROM desk_reply
WHERE ($1 = '' OR state = $1) AND ($2 = 0 OR notice = $2)
ORDER BY CASE WHEN $1 = 'held' AND notice = 0 THEN 1 ELSE 0 END, received DESC, id LIMIT $3

-- name: reply_one
SELECT id, notice, received, kind, sender, signed, subject, body, status, state, decided FROM desk_reply WHERE id = $1

-- name: reply_decide
UPDATE desk_reply SET state = $2, decided = $3 WHERE id = $1 AND state = 'held'

-- name: notice_party_cases
SELECT id, tenant, party, class, identifier, state, opened, changed, first_seen, last_seen, events, addresses, priority, tlp, reopened, country, received
FROM desk_case WHERE tenant = $1 AND party = $2 AND compartment = '' AND tlp <> 'RED' AND state NOT IN ('recovered', 'closed') ORDER BY priority DESC, id DESC LIMIT $3

-- name: case_list
SELECT c.id, c.tenant, c.party, c.class, c.identifier, c.state, c.opened, c.changed, c.first_seen, c.last_seen, c.events, c.addresses,
    c.priority, c.tlp, c.reopened, c.country, c.received, c.assignee, c.compartment, c.detected, c.noticed, c.notified, c.acknowledged,
    c.gone, c.due, c.replied, c.reminded, c.referred, c.incident, c.met
FROM desk_case c WHERE 1 = 1

-- A case with an event of TLP:RED that is in no compartment is in the one called red. The expression keeps SQLite from
-- choosing an index by it: see case_walk.
-- name: case_seen_by
AND c.tenant || '' = $1 AND (
    CASE WHEN c.tlp = 'RED' AND c.compartment = '' THEN 'red' ELSE c.compartment END = ''
    OR CASE WHEN c.tlp = 'RED' AND c.compartment = '' THEN 'red' ELSE c.compartment END
        IN (SELECT m.name FROM desk_compartment_member m WHERE m.tenant = $1 AND m.account = $2))

-- name: case_seen_by_party
AND c.tenant || '' = $1 AND c.compartment = '' AND c.tlp <> 'RED' AND c.party IN

-- name: case_seen_by_machine
AND c.tenant || '' = $1

-- Has the indexes walked that begin with the tenant.
-- name: case_walk
AND c.tenant = $1

-- name: case_where_id
AND c.id = $1

-- name: case_where_state
AND c.state = $1

-- name: case_where_incident
AND c.incident = $1 AND c.incident <> ''

-- name: case_where_open
AND c.state NOT IN ('recovered', 'closed')

-- name: case_where_class
AND c.class = $1

-- name: case_where_taxonomy
AND c.taxonomy = $1

-- name: case_where_party
AND c.party = $1

-- name: case_where_since
AND c.opened >= $1

-- name: case_where_country
AND c.country = $1

-- name: case_where_assignee
AND c.assignee = $1

-- How many cases have a part of text, up to a bound: it decides which of the following is quicker. The index on the key has
-- all that is looked at.
-- name: case_text_reach
SELECT COUNT(*) FROM (SELECT 1 FROM desk_case x
    WHERE x.tenant = $1 AND (x.party LIKE $2 ESCAPE '\' OR x.class LIKE $2 ESCAPE '\' OR x.identifier LIKE $2 ESCAPE '\') LIMIT $3) few

-- Few: gather them all.
-- name: case_where_text
AND (c.id = $3 OR c.id IN (SELECT x.id FROM desk_case x
    WHERE x.tenant = $1 AND (x.party LIKE $2 ESCAPE '\' OR x.class LIKE $2 ESCAPE '\' OR x.identifier LIKE $2 ESCAPE '\')))

-- Many: walk through the cases in order; one that fits is never far.
-- name: case_where_text_many
AND (c.id = $2 OR c.party LIKE $1 ESCAPE '\' OR c.class LIKE $1 ESCAPE '\' OR c.identifier LIKE $1 ESCAPE '\')

-- name: case_where_overdue
AND c.state <> 'closed' AND c.id IN (SELECT x.id FROM desk_case x WHERE x.tenant = $1 AND x.due <= $2)

-- name: case_where_due
AND c.id IN (SELECT x.id FROM desk_case x WHERE x.tenant = $1 AND x.due <= $2)

-- name: case_where_not_overdue
AND (c.due IS NULL OR c.due > $1)

-- name: case_where_replied
AND c.state <> 'closed' AND c.id IN (SELECT x.id FROM desk_case x WHERE x.tenant = $1 AND x.replied IS NOT NULL)

-- name: case_where_not_replied
AND c.replied IS NULL

-- name: case_where_waiting
AND c.state IN ('notified', 'acknowledged', 'in-progress')

-- name: case_where_after
AND (c.priority < $1 OR (c.priority = $1 AND c.id < $2))

-- name: case_order
ORDER BY c.priority DESC, c.id DESC LIMIT $1

-- Of few: gather them, then sort.
-- name: case_order_few
ORDER BY c.priority + 0 DESC, c.id DESC LIMIT $1

-- name: case_where_beyond
AND c.id > $1

-- name: case_order_number
ORDER BY c.id LIMIT $1

-- name: case_groups
SELECT c.state, COUNT(*), SUM(CASE WHEN c.due <= $1 THEN 1 ELSE 0 END),
    SUM(CASE WHEN c.replied IS NOT NULL AND (c.due IS NULL OR c.due > $1) THEN 1 ELSE 0 END)
FROM desk_case c WHERE c.state IN ('new', 'notified', 'acknowledged', 'in-progress', 'disputed', 'reopened', 'recovered')

-- name: case_groups_end
GROUP BY c.state

-- name: case_set
UPDATE desk_case
SET state = $2, changed = $3, reopened = $4, priority = $5, assignee = $6, compartment = $7, detected = $8, noticed = $9,
    notified = $10, acknowledged = $11, gone = $12, due = $13, replied = $14, reminded = $15,
    last_seen = $16, met = $17
WHERE id = $1

-- name: case_add
INSERT INTO desk_case (id, tenant, party, class, identifier, state, opened, changed, first_seen, last_seen, events, addresses, priority, tlp,
    reopened, country, received, taxonomy, compartment, detected, noticed, referred, incident)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)

-- name: case_next
SELECT 1 + CASE WHEN c.last > b.last THEN c.last ELSE b.last END
FROM (SELECT COALESCE(MAX(id), 0) AS last FROM desk_case) c, (SELECT COALESCE(MAX(high), 0) AS last FROM desk_case_block) b

-- name: case_block
SELECT low, high FROM desk_case_block WHERE owner = $1

-- name: case_block_put
INSERT INTO desk_case_block (owner, low, high) VALUES ($1, $2, $3)
ON CONFLICT (owner) DO UPDATE SET low = excluded.low, high = excluded.high

-- name: case_block_used
SELECT COALESCE(MAX(id), 0) FROM desk_case WHERE id >= $1 AND id <= $2

-- name: case_times
SELECT c.id, c.class, c.state, c.opened, c.changed, c.first_seen, c.last_seen, c.received, c.reopened, c.notified, c.acknowledged, c.gone
FROM desk_case c WHERE 1 = 1

-- name: case_days
SELECT case_id, day, source, events, addresses FROM desk_case_day WHERE case_id = $1 ORDER BY day DESC, source LIMIT $2

-- name: case_log_add
INSERT INTO desk_case_log (seq, case_id, body) VALUES ($1, $2, $3)

-- name: case_log_last
SELECT body FROM desk_case_log ORDER BY seq DESC LIMIT 1

-- name: case_log_of
SELECT body FROM desk_case_log WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3

-- name: case_log_page
SELECT case_id, body FROM desk_case_log WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: case_note_add
INSERT INTO desk_case_note (hash, case_id, kind, name, media, salt, body, made, erased) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)

-- name: case_notes_of
SELECT hash, case_id, kind, name, media, salt, body, made, erased FROM desk_case_note
WHERE case_id = $1 AND kind <> 'attachment' ORDER BY made, hash

-- name: case_note_one
SELECT hash, case_id, kind, name, media, salt, body, made, erased FROM desk_case_note WHERE case_id = $1 AND hash = $2

-- name: case_notes_all
SELECT hash, case_id, kind, name, media, salt, body, made, erased FROM desk_case_note WHERE hash > $1 ORDER BY hash LIMIT $2

-- name: case_undo_add
INSERT INTO desk_undo (id, tenant, account, made, used, body) VALUES ($1, $2, $3, $4, NULL, $5)

-- name: case_undo_take
UPDATE desk_undo SET used = $5 WHERE id = $1 AND tenant = $2 AND account = $3 AND made >= $4 AND used IS NULL

-- name: case_undo_one
SELECT body FROM desk_undo WHERE id = $1

-- name: tenant_put
INSERT INTO desk_tenant (name, title, added) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET title = excluded.title

-- name: tenant_list
SELECT name, title FROM desk_tenant ORDER BY name

-- name: tenant_of
SELECT tenant FROM desk_tenant_account WHERE account = $1

-- name: tenant_account_put
INSERT INTO desk_tenant_account (account, tenant) VALUES ($1, $2)
ON CONFLICT (account) DO UPDATE SET tenant = excluded.tenant

-- name: compartment_name
INSERT INTO desk_compartment_member (tenant, name, account, added) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, name, account) DO NOTHING

-- name: compartment_unname
DELETE FROM desk_compartment_member WHERE tenant = $1 AND name = $2 AND account = $3

-- name: compartment_members
SELECT name, account FROM desk_compartment_member WHERE tenant = $1 ORDER BY name, account

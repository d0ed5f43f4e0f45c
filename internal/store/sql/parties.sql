-- name: desk_party_change_add
INSERT INTO desk_party_change (tenant, version, made, by_whom, what) VALUES ($1, $2, $3, $4, $5)

-- name: desk_party_version
SELECT COALESCE(MAX(version), 0) FROM desk_party_change WHERE tenant = $1

-- name: desk_party_versions
SELECT tenant, MAX(version) FROM desk_party_change GROUP BY tenant

-- name: desk_party_changes
SELECT version, made, by_whom, what FROM desk_party_change WHERE tenant = $1 ORDER BY version DESC LIMIT $2

-- name: desk_constituents
SELECT id, name, sector, criticality, languages, hours, channel, source, valid_from, valid_to, confirmed
FROM desk_constituent WHERE tenant = $1 ORDER BY id

-- name: desk_constituent_facts
SELECT constituent, record, kind, value, name, languages, source, valid_from, valid_to, confirmed
FROM desk_constituent_fact WHERE tenant = $1 ORDER BY constituent, seq

-- name: desk_constituent_put
INSERT INTO desk_constituent (tenant, id, name, sector, criticality, languages, hours, channel, source, valid_from, valid_to, confirmed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant, id) DO UPDATE
SET name = excluded.name, sector = excluded.sector, criticality = excluded.criticality, languages = excluded.languages, hours = excluded.hours,
    channel = excluded.channel, source = excluded.source, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    confirmed = excluded.confirmed

-- name: desk_constituent_facts_drop
DELETE FROM desk_constituent_fact WHERE tenant = $1 AND constituent = $2

-- name: desk_constituent_fact_add
INSERT INTO desk_constituent_fact (tenant, constituent, seq, record, kind, value, name, languages, source, valid_from, valid_to, confirmed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: desk_constituent_drop
DELETE FROM desk_constituent WHERE tenant = $1 AND id = $2

-- name: desk_document_add
INSERT INTO desk_document (tenant, kind, version, made, by_whom, body) VALUES ($1, $2, $3, $4, $5, $6)

-- name: desk_document_version
SELECT COALESCE(MAX(version), 0) FROM desk_document WHERE tenant = $1 AND kind = $2

-- name: desk_documents_of
SELECT d.kind, d.version, d.made, d.by_whom, d.body FROM desk_document d WHERE d.tenant = $1 AND d.kind LIKE $2
    AND d.version = (SELECT MAX(o.version) FROM desk_document o WHERE o.tenant = d.tenant AND o.kind = d.kind) ORDER BY d.kind

-- name: desk_document_last
SELECT version, made, by_whom, body FROM desk_document WHERE tenant = $1 AND kind = $2 ORDER BY version DESC LIMIT 1

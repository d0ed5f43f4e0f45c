-- name: exchange_state
SELECT counter, stopped, reason, actor FROM exchange_state WHERE id = 1

-- name: exchange_count
INSERT INTO exchange_state (id, counter, stopped, reason, actor) VALUES (1, 1, NULL, '', '')
ON CONFLICT (id) DO UPDATE SET counter = exchange_state.counter + 1
RETURNING counter

-- name: exchange_stop
UPDATE exchange_state SET stopped = $1, reason = $2, actor = $3 WHERE id = 1

-- name: exchange_partner_put
INSERT INTO exchange_partner (team, own, name, country, profile, fingerprints, onboarded, actor, suspended, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, '')
ON CONFLICT (team) DO UPDATE SET name = excluded.name, country = excluded.country, profile = excluded.profile,
fingerprints = excluded.fingerprints, onboarded = excluded.onboarded, actor = excluded.actor

-- name: exchange_partners
SELECT team, own, name, country, profile, fingerprints, onboarded, actor, suspended, reason FROM exchange_partner ORDER BY own DESC, team

-- name: exchange_suspend
UPDATE exchange_partner SET suspended = $2, reason = $3 WHERE team = $1 AND own = 0

-- name: exchange_adopt
INSERT INTO exchange_agreement (id, version, partner, document, signatures, adopted, actor) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: exchange_agreements
SELECT id, version, partner, document, signatures, adopted, actor FROM exchange_agreement ORDER BY id, version

-- name: exchange_agreement_others
SELECT COUNT(*) FROM exchange_agreement WHERE id = $1 AND (partner <> $2 OR version >= $3)

-- name: exchange_epoch
INSERT INTO exchange_bond (agreement, epoch, notice, noticed, giver, actor) VALUES ($1, $2, NULL, 0, '', '')
ON CONFLICT (agreement) DO UPDATE SET epoch = excluded.epoch

-- name: exchange_epoch_set
UPDATE exchange_bond SET epoch = $2 WHERE agreement = $1

-- name: exchange_epochs
UPDATE exchange_bond SET epoch = $2 WHERE agreement IN (SELECT id FROM exchange_agreement WHERE partner = $1 OR $3 = 1)

-- name: exchange_notice
UPDATE exchange_bond SET notice = $2, giver = $3, actor = $4,
noticed = (SELECT MAX(version) FROM exchange_agreement WHERE id = $1) WHERE agreement = $1

-- name: exchange_bonds
SELECT agreement, epoch, notice, noticed, giver, actor FROM exchange_bond ORDER BY agreement

-- name: exchange_secret_add
INSERT INTO exchange_secret (agreement, number, sealed, made)
VALUES ($1, (SELECT COUNT(*) FROM exchange_secret WHERE agreement = $1) + 1, $2, $3)

-- name: exchange_secret_first
INSERT INTO exchange_secret (agreement, number, sealed, made) VALUES ($1, 1, $2, $3) ON CONFLICT (agreement, number) DO NOTHING

-- name: exchange_secrets
SELECT agreement, number, sealed, made FROM exchange_secret ORDER BY agreement, number DESC

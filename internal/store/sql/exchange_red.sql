-- name: exchange_red_add
INSERT INTO exchange_red (number, partner, agreement, digest, sealed, name, receivers, reason, proposer, proposed, state, decider, decided, answer, leaf)
VALUES ((SELECT COALESCE(MAX(number), 0) FROM exchange_red) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', '', NULL, '', -1) RETURNING number

-- name: exchange_red_get
SELECT number, partner, agreement, digest, sealed, name, receivers, reason, proposer, proposed, state, decider, decided, answer, leaf FROM exchange_red WHERE number = $1

-- name: exchange_red_list
SELECT number, partner, agreement, digest, sealed, name, receivers, reason, proposer, proposed, state, decider, decided, answer, leaf FROM exchange_red
WHERE number > $1 ORDER BY number LIMIT $2

-- name: exchange_red_set
UPDATE exchange_red SET sealed = $2, receivers = $3, state = $4, decider = $5, decided = $6, answer = $7, leaf = $8 WHERE number = $1

-- What the gate looks up stands in the index whole: whether a member left before, too.
DROP INDEX exchange_decision_member;
CREATE UNIQUE INDEX exchange_decision_member ON exchange_decision (collection, added, item, version, agreement, epoch, until, clauses, released);

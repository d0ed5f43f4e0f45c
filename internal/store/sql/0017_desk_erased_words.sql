-- What was erased beside events, reports and quarantine: of reporters, mails, notices, notes on cases, contacts.
ALTER TABLE desk_erasure ADD COLUMN others BIGINT NOT NULL DEFAULT 0;

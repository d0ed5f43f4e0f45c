-- Deadlines of cases: what the party reported elsewhere, and until when it was reminded.

ALTER TABLE desk_case ADD COLUMN met TEXT NOT NULL DEFAULT ''; -- when something was reported, by the deadline's id: JSON; empty: nothing
ALTER TABLE desk_case ADD COLUMN reminded BIGINT; -- until when reminders of deadlines were given

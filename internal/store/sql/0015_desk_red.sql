-- A report is red if it was given as TLP:RED, or one of its events is: then it is for those who are named.
ALTER TABLE desk_report ADD COLUMN red BIGINT NOT NULL DEFAULT 0;
UPDATE desk_report SET red = 1 WHERE tlp IN ('RED', 'TLP:RED', 'red', 'tlp:red', 'Red');

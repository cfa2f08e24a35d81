-- A take has any number of kept ranges: [[start, end], …] with exact pairs or null for the take's own start or end.
ALTER TABLE review ADD COLUMN ranges TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ranges));
UPDATE review
SET ranges = json_array(json_array(json(coalesce(starts, 'null')), json(coalesce(ends, 'null'))))
WHERE starts IS NOT NULL OR ends IS NOT NULL;
ALTER TABLE review DROP COLUMN starts;
ALTER TABLE review DROP COLUMN ends;

-- Corrections of words, names of speakers and the glossary are files. Their edits are in the journal alone.
CREATE TRIGGER edit_added AFTER INSERT ON edit BEGIN UPDATE change_counters SET reviews = reviews + 1; END;
CREATE TRIGGER edit_changed AFTER UPDATE ON edit BEGIN UPDATE change_counters SET reviews = reviews + 1; END;

-- What decoding all of a recording found: its damaged stretches, [] where it is whole. No row: not checked yet.
-- By content (XXH128), because the same recording may be in two projects, or be a plain file.
CREATE TABLE condition (
    digest      TEXT PRIMARY KEY,
    damage      TEXT NOT NULL CHECK (json_valid(damage)),
    checked_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE pulse ADD COLUMN conditions INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER condition_added AFTER INSERT ON condition BEGIN UPDATE pulse SET conditions = conditions + 1; END;
CREATE TRIGGER condition_changed AFTER UPDATE ON condition BEGIN UPDATE pulse SET conditions = conditions + 1; END;

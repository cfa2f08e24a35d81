-- What the director decides about takes, the journal that takes it back, and what was called out at the teleprompter.
-- Seconds are exact: JSON pairs [numerator, denominator], on the take's own clock.

-- A take without a row is one that nothing was decided about.
CREATE TABLE review (
    take_id   TEXT PRIMARY KEY REFERENCES take(id),
    verdict   TEXT CHECK (verdict IN ('keep', 'retake')),
    star      INTEGER NOT NULL DEFAULT 0 CHECK (star IN (0, 1)),
    retake_of TEXT REFERENCES take(id) CHECK (retake_of IS NULL OR (verdict = 'retake' AND retake_of != take_id)),
    starts    TEXT CHECK (starts IS NULL OR json_valid(starts)),
    ends      TEXT CHECK (ends IS NULL OR json_valid(ends))
) STRICT;

-- AUTOINCREMENT, here and below: what was removed keeps its number, for when it comes back.
CREATE TABLE marker (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    take_id TEXT NOT NULL REFERENCES take(id),
    at      TEXT NOT NULL CHECK (json_valid(at)),
    label   TEXT NOT NULL DEFAULT ''
) STRICT;

-- Each change that undo takes back: the rows as they were and as they became. Undone ones are a project's newest.
CREATE TABLE edit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id TEXT NOT NULL REFERENCES project(id),
    at         TEXT NOT NULL,
    title      TEXT NOT NULL,
    before     TEXT NOT NULL CHECK (json_valid(before)),
    after      TEXT NOT NULL CHECK (json_valid(after)),
    undone     INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;

-- A retake called out while the teleprompter ran: the time of day, in UTC, and the line that was to be said.
CREATE TABLE cue (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id TEXT NOT NULL REFERENCES project(id),
    at         TEXT NOT NULL,
    line       TEXT NOT NULL
) STRICT;

CREATE INDEX marker_by_take ON marker(take_id);
CREATE INDEX edit_by_project ON edit(project_id, undone);
CREATE INDEX cue_by_project ON cue(project_id, at);

-- Sealed folders are verified again in idle time. A folder is relative to the studio, or absolute on another disk.

-- After how many days; 0: never. Without a row: 7.
CREATE TABLE verification_schedule (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    every_days INTEGER NOT NULL CHECK (every_days >= 0)
) STRICT;

-- Copies of offloaded cards on other disks.
CREATE TABLE sealed_copy (
    folder     TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    sealed_at  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last verification of each batch and copy.
CREATE TABLE verification (
    folder      TEXT PRIMARY KEY,
    verified_at TEXT NOT NULL,
    files       INTEGER NOT NULL,
    problems    TEXT NOT NULL CHECK (json_valid(problems))
) STRICT, WITHOUT ROWID;

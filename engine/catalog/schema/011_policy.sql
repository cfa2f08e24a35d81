-- The plan of the studio, what of a project may leave this machine, and each decision of a policy.

CREATE TABLE plan (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL
) STRICT;

-- A project without a row: nothing leaves.
CREATE TABLE privacy (
    project_id TEXT PRIMARY KEY REFERENCES project (id),
    leaves     TEXT NOT NULL CHECK (leaves IN ('nothing', 'deliverables', 'proxies', 'originals')),
    set_at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    id         INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,
    action     TEXT NOT NULL,
    attributes TEXT NOT NULL CHECK (json_valid(attributes)),
    permitted  INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    rule       TEXT,
    file       TEXT,
    line       INTEGER,
    is_error   INTEGER NOT NULL
) STRICT;

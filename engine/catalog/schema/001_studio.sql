-- The studio's first shape: projects, deliveries of footage, sessions, takes, jobs and their journal.
-- Times of day are ISO 8601 with a zone; paths are relative to the studio unless the take is in place.

CREATE TABLE project (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    folder      TEXT NOT NULL UNIQUE,
    created_at  TEXT NOT NULL
) STRICT;

-- One arrival of footage. Open until its last file is in and its ASC MHL seal is written.
CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES project(id),
    folder      TEXT NOT NULL UNIQUE,
    created_at  TEXT NOT NULL,
    sealed_at   TEXT
) STRICT;

CREATE TABLE take (
    id              TEXT PRIMARY KEY,
    project_id      TEXT NOT NULL REFERENCES project(id),
    delivery_id     INTEGER REFERENCES delivery(id),
    number          INTEGER NOT NULL,
    session         INTEGER NOT NULL DEFAULT 0,
    name            TEXT NOT NULL,
    path            TEXT NOT NULL,
    in_place        INTEGER NOT NULL CHECK (in_place IN (0, 1)),
    digest          TEXT NOT NULL,
    size            INTEGER NOT NULL,
    captured_at     TEXT NOT NULL,
    input_transform TEXT,
    probe           TEXT NOT NULL CHECK (json_valid(probe)),
    sidecars        TEXT NOT NULL CHECK (json_valid(sidecars)),
    arrived_at      TEXT NOT NULL,
    UNIQUE (project_id, digest),
    UNIQUE (project_id, number)
) STRICT;

CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    project_id  TEXT REFERENCES project(id),
    kind        TEXT NOT NULL,
    title       TEXT NOT NULL,
    parameters  TEXT NOT NULL CHECK (json_valid(parameters)),
    state       TEXT NOT NULL
                CHECK (state IN ('queued', 'blocked', 'running', 'done', 'failed', 'cancelled')),
    done        INTEGER NOT NULL DEFAULT 0,
    total       INTEGER NOT NULL DEFAULT 0,
    unit        TEXT NOT NULL DEFAULT '',
    message     TEXT NOT NULL DEFAULT '',
    result      TEXT CHECK (result IS NULL OR json_valid(result)),
    error       TEXT CHECK (error IS NULL OR json_valid(error)),
    attempts    INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    started_at  TEXT,
    finished_at TEXT
) STRICT;

CREATE TABLE journal (
    id      INTEGER PRIMARY KEY,
    job_id  TEXT NOT NULL REFERENCES job(id),
    state   TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT;

CREATE INDEX take_by_project ON take(project_id, captured_at);
CREATE INDEX journal_by_job ON journal(job_id);

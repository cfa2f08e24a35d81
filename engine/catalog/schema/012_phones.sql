-- Phones and other devices that may send footage over the local network. Codes and keys are stored as SHA-256.

CREATE TABLE phone_code (
    digest     TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES project (id),
    expires_at TEXT NOT NULL,
    used_at    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE phone_device (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES project (id),
    name         TEXT NOT NULL,
    key_digest   TEXT NOT NULL UNIQUE,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at   TEXT
) STRICT, WITHOUT ROWID;

-- Where the studio listens now. The row counts only while its job runs.
CREATE TABLE phone_listener (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    job_id      TEXT NOT NULL,
    project_id  TEXT NOT NULL REFERENCES project (id),
    interface   TEXT NOT NULL,
    address     TEXT NOT NULL,
    port        INTEGER NOT NULL,
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    since       TEXT NOT NULL,
    until       TEXT NOT NULL
) STRICT;

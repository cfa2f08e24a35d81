-- Other machines that run jobs of this studio, and the leases under which they do.

-- A machine that has joined. `state` is active, draining, quarantined or revoked; `facts` is what it reported last.
CREATE TABLE farm_machine (
    name        TEXT PRIMARY KEY,
    label       TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    joined_at   TEXT NOT NULL,
    seen_at     TEXT,
    facts       TEXT CHECK (facts IS NULL OR json_valid(facts))
) STRICT, WITHOUT ROWID;

-- One attempt at a job on another machine. `state` is offered, claimed, answered or ended; an ended lease is worth
-- nothing, whatever its machine sends later.
CREATE TABLE farm_lease (
    id         TEXT PRIMARY KEY,
    job_id     TEXT NOT NULL,
    attempt    INTEGER NOT NULL,
    machine    TEXT,
    state      TEXT NOT NULL,
    task       TEXT NOT NULL CHECK (json_valid(task)),
    answer     TEXT CHECK (answer IS NULL OR json_valid(answer)),
    offered_at TEXT NOT NULL,
    claimed_at TEXT,
    deadline   TEXT,
    ended_at   TEXT,
    note       TEXT NOT NULL DEFAULT '',
    done       INTEGER NOT NULL DEFAULT 0,
    total      INTEGER NOT NULL DEFAULT 0,
    unit       TEXT NOT NULL DEFAULT '',
    message    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX farm_lease_of_job ON farm_lease (job_id, attempt);

-- What went wrong on a machine, from which it is quarantined.
CREATE TABLE farm_fault (
    id      INTEGER PRIMARY KEY,
    machine TEXT NOT NULL,
    kind    TEXT NOT NULL,
    lease   TEXT,
    at      TEXT NOT NULL,
    reason  TEXT NOT NULL
) STRICT;

-- The code that pairs one machine, and where the farm listens now. The row counts only while its job runs.
CREATE TABLE farm_code (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    code       TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    used_by    TEXT
) STRICT;

CREATE TABLE farm_listener (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    job_id         TEXT NOT NULL,
    interface      TEXT NOT NULL,
    address        TEXT NOT NULL,
    pairing_port   INTEGER NOT NULL,
    content_port   INTEGER NOT NULL,
    scheduler_port INTEGER NOT NULL,
    name           TEXT NOT NULL,
    fingerprint    TEXT NOT NULL,
    since          TEXT NOT NULL
) STRICT;

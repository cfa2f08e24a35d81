-- The durable queue: what a job needs, what it waits for, what the director wishes of it.

-- Resources while it runs (memory in bytes, processor time in seconds), and the key of those it takes turns with.
ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN cpu INTEGER NOT NULL DEFAULT 1;
ALTER TABLE job ADD COLUMN memory INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN cpu_limit INTEGER;
ALTER TABLE job ADD COLUMN gpu INTEGER NOT NULL DEFAULT 0 CHECK (gpu IN (0, 1));
ALTER TABLE job ADD COLUMN network INTEGER NOT NULL DEFAULT 0 CHECK (network IN (0, 1));
ALTER TABLE job ADD COLUMN turn TEXT;
ALTER TABLE job ADD COLUMN wish TEXT CHECK (wish IS NULL OR wish = 'cancel');

-- Faults that may pass: how many in a row, and when to try again.
ALTER TABLE job ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN not_before TEXT;

-- When the running attempt is expected to be done; what the last one took (seconds, bytes).
ALTER TABLE job ADD COLUMN expected_at TEXT;
ALTER TABLE job ADD COLUMN cpu_seconds REAL;
ALTER TABLE job ADD COLUMN peak_memory INTEGER;

-- Why a job came into a state, where there is more to say than the state.
ALTER TABLE journal ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE need (
    job_id   TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
    needs_id TEXT NOT NULL REFERENCES job(id),
    PRIMARY KEY (job_id, needs_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_by_state ON job(state, priority DESC, created_at);
CREATE INDEX job_by_age ON job(created_at);
CREATE INDEX need_of ON need(needs_id);

-- Work of an earlier Cleanwater ran in the process that asked; what still says running was cut off there.
UPDATE job SET state = 'cancelled' WHERE state IN ('queued', 'running');

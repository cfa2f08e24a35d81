-- How fast this machine does each kind of job, and who cancelled a job.

-- The media that a job works on, in seconds, and the class of jobs that take as long for each second of it.
ALTER TABLE job ADD COLUMN workload REAL;
ALTER TABLE job ADD COLUMN speed_class TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN cancelled_by TEXT;

-- Seconds of media for each second of work; bytes for each second where a job counts bytes.
CREATE TABLE job_speed (
    kind        TEXT NOT NULL,
    speed_class TEXT NOT NULL,
    rate        REAL NOT NULL CHECK (rate > 0),
    jobs        INTEGER NOT NULL,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (kind, speed_class)
) STRICT, WITHOUT ROWID;

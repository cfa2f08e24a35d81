-- Tables and columns are called by what they hold: arrivals of footage are batches, so that a delivery is what goes out.

ALTER TABLE delivery RENAME TO ingest_batch;
ALTER TABLE take RENAME COLUMN delivery_id TO batch_id;

-- The result of an ingest holds the takes it brought, as JSON.
UPDATE job SET result = replace(result, '"delivery_id":', '"batch_id":') WHERE kind = 'ingest';

ALTER TABLE cue RENAME TO retake_cue;
DROP INDEX cue_by_project;
CREATE INDEX retake_cue_by_project ON retake_cue(project_id, at);

-- The edit journal names the tables that undo and redo write.
UPDATE edit SET
    before = replace(before, '"table": "cue"', '"table": "retake_cue"'),
    after = replace(after, '"table": "cue"', '"table": "retake_cue"');

ALTER TABLE pulse RENAME TO change_counters;

-- `mutex` is the key of jobs that never run at once, `retries` counts failed attempts in a row.
ALTER TABLE job RENAME COLUMN turn TO mutex;
ALTER TABLE job RENAME COLUMN faults TO retries;
ALTER TABLE job ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1));
UPDATE job SET cancel_requested = 1 WHERE wish = 'cancel';
DROP TRIGGER job_changed;
ALTER TABLE job DROP COLUMN wish;
CREATE TRIGGER job_changed AFTER UPDATE OF state, cancel_requested, priority ON job BEGIN
    UPDATE change_counters SET jobs = jobs + 1;
END;

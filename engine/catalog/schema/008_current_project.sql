-- The project that commands use without -p, and that the console opens. The table has at most one row.

CREATE TABLE current_project (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    project_id  TEXT NOT NULL REFERENCES project(id)
) STRICT;

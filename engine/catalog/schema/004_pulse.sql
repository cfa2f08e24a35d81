-- How often what the console shows has changed: so that a console reads again what changed, and nothing else.
-- A job's progress does not count, its state does.

CREATE TABLE pulse (
    takes   INTEGER NOT NULL DEFAULT 0,
    reviews INTEGER NOT NULL DEFAULT 0,
    jobs    INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO pulse DEFAULT VALUES;

CREATE TRIGGER take_added AFTER INSERT ON take BEGIN UPDATE pulse SET takes = takes + 1; END;
CREATE TRIGGER take_changed AFTER UPDATE ON take BEGIN UPDATE pulse SET takes = takes + 1; END;
CREATE TRIGGER take_removed AFTER DELETE ON take BEGIN UPDATE pulse SET takes = takes + 1; END;
CREATE TRIGGER project_added AFTER INSERT ON project BEGIN UPDATE pulse SET takes = takes + 1; END;

CREATE TRIGGER review_added AFTER INSERT ON review BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER review_changed AFTER UPDATE ON review BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER review_removed AFTER DELETE ON review BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER marker_added AFTER INSERT ON marker BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER marker_changed AFTER UPDATE ON marker BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER marker_removed AFTER DELETE ON marker BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER cue_added AFTER INSERT ON cue BEGIN UPDATE pulse SET reviews = reviews + 1; END;
CREATE TRIGGER cue_removed AFTER DELETE ON cue BEGIN UPDATE pulse SET reviews = reviews + 1; END;

CREATE TRIGGER job_added AFTER INSERT ON job BEGIN UPDATE pulse SET jobs = jobs + 1; END;
CREATE TRIGGER job_changed AFTER UPDATE OF state, wish, priority ON job BEGIN UPDATE pulse SET jobs = jobs + 1; END;
CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN UPDATE pulse SET jobs = jobs + 1; END;

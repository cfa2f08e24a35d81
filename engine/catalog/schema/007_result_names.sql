-- The results of ingest and master jobs are read again, and so are takes. Their values have standard names.

UPDATE job
SET result = json_remove(json_set(result, '$.skipped', json_extract(result, '$.left_alone')), '$.left_alone')
WHERE kind = 'ingest' AND json_type(result, '$.left_alone') IS NOT NULL;

UPDATE job
SET result = json_remove(json_set(result, '$.notes', json_extract(result, '$.told')), '$.told')
WHERE kind = 'master' AND json_type(result, '$.told') IS NOT NULL;

UPDATE job
SET result = json_remove(
    json_set(result, '$.master.repaired', json_extract(result, '$.master.mended')), '$.master.mended'
)
WHERE kind = 'master' AND json_type(result, '$.master.mended') IS NOT NULL;

-- Why a take is no camera original is a value of its own. It was the beginning of a note.
UPDATE take
SET probe = json_set(
    probe,
    '$.copy_reason',
    (
        SELECT substr(value, 18, instr(value || '; copy the camera', '; copy the camera') - 18)
        FROM json_each(probe, '$.notes') WHERE value LIKE 'not an original: %' LIMIT 1
    ),
    '$.notes',
    (
        SELECT json_group_array(
            CASE WHEN value LIKE 'not an original: %'
            THEN 'edited or exported copy: ' || substr(value, 18) ELSE value END
        )
        FROM (SELECT value FROM json_each(probe, '$.notes') ORDER BY key)
    )
)
WHERE EXISTS (SELECT 1 FROM json_each(probe, '$.notes') WHERE value LIKE 'not an original: %');

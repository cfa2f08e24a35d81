-- The results of ingest and master jobs are read again. Their values have standard names.

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

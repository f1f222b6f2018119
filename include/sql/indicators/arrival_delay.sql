-- id: arrival_delay
-- name_vi: Thời gian từ khi kết luận đến khi nhận được hồ sơ
-- name_en: Time from conclusion to arrival
-- unit: hồ sơ
-- numerator: records of examinations in the period that arrived in that time after their conclusion
-- denominator: all records of examinations in the period
-- breakdowns: delay (within_24h, within_48h, within_7d, later)
-- source: record
-- target: none
-- small_cells: suppress
-- repeats: within_24h = timeliness
SELECT
    'delay' AS breakdown,
    d.delay AS key,
    coalesce(sum(r.records), 0) AS numerator,
    (SELECT coalesce(sum(e.records), 0) FROM record AS e WHERE e.in_period) AS denominator
FROM unnest(ARRAY['within_24h', 'within_48h', 'within_7d', 'later']) AS d (delay)
LEFT JOIN record AS r ON d.delay = r.delay AND r.in_period
GROUP BY d.delay

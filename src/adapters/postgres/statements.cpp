#include "adapters/postgres/statements.hpp"

namespace hearth::adapters::postgres {

const Statement find_many_statement{"find_many", R"(
SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
       f.updated_at, f.deleted_at IS NOT NULL
FROM feature_flags f
WHERE f.environment = $1::text AND f.flag_key = ANY ($2::text[]))"};

// One statement for all three cases. The hottest come through the index on heat, which stops after
// $2 live ones; OFFSET 0 keeps the planner, which does not know $2, from joining and sorting
// everything that was ever read (25 times as long where that is a hundredth of the flags). If they
// are too few, others follow. If there are none, no flag that counts was ever read, and all of them
// come, in the table's order: walking the index on keys takes three times as long. There is no
// ORDER BY around the parts: it would sort (and spill) every row although each comes in its order
// and Append keeps it. The caller checks that.
const Statement find_hottest_statement{"find_hottest", R"(
WITH hot AS MATERIALIZED (
  SELECT f.*, a.heat
  FROM feature_flag_access a
  CROSS JOIN LATERAL (
    SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
           f.updated_at
    FROM feature_flags f
    WHERE f.id = a.flag_id
      AND f.environment = $1::text AND f.deleted_at IS NULL AND (f.enabled OR $3::boolean)
    OFFSET 0
  ) f
  ORDER BY a.heat DESC
  LIMIT $2::bigint
)
SELECT * FROM hot
UNION ALL
(SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
        f.updated_at, NULL
 FROM feature_flags f
 WHERE f.environment = $1::text AND f.deleted_at IS NULL AND (f.enabled OR $3::boolean)
   AND NOT EXISTS (SELECT FROM feature_flag_access a WHERE a.flag_id = f.id)
 ORDER BY f.flag_key
 LIMIT (SELECT CASE WHEN count(*) = 0 THEN 0 ELSE $2::bigint - count(*) END FROM hot))
UNION ALL
SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
       f.updated_at, NULL
FROM feature_flags f
WHERE f.environment = $1::text AND f.deleted_at IS NULL AND (f.enabled OR $3::boolean)
  AND (SELECT count(*) = 0 FROM hot))"};

const Statement find_changed_statement{"find_changed", R"(
SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
       f.updated_at, f.deleted_at IS NOT NULL, f.environment
FROM feature_flags f
WHERE f.version > $1::bigint
ORDER BY f.version
LIMIT $2::bigint)"};

// From the greatest version downwards, so that only what is younger is looked at.
const Statement latest_version_statement{"latest_version", R"(
SELECT f.version
FROM feature_flags f
WHERE f.updated_at <= clock_timestamp() - $1::bigint * interval '1 millisecond'
ORDER BY f.version DESC
LIMIT 1)"};

const Statement list_statement{"list", R"(
SELECT f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
       f.updated_at
FROM feature_flags f
WHERE f.environment = $1::text AND f.flag_key > $2::text AND f.deleted_at IS NULL
ORDER BY f.flag_key
LIMIT $3::bigint)"};

const Statement create_statement{"create_flag", R"(
INSERT INTO feature_flags AS f
  (environment, flag_key, enabled, rollout_percentage, description)
VALUES ($1::text, $2::text, $3::boolean, $4::integer, $5::text)
ON CONFLICT (environment, flag_key) DO UPDATE
  SET enabled = excluded.enabled, rollout_percentage = excluded.rollout_percentage,
      description = excluded.description, deleted_at = NULL
  WHERE f.deleted_at IS NOT NULL
RETURNING f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
          f.updated_at)"};

const Statement update_statement{"update_flag", R"(
UPDATE feature_flags f
SET enabled = coalesce($4::boolean, f.enabled),
    rollout_percentage = coalesce($5::integer, f.rollout_percentage),
    description = coalesce($6::text, f.description)
WHERE f.environment = $1::text AND f.flag_key = $2::text AND f.deleted_at IS NULL
  AND ($3::bigint IS NULL OR f.version = $3::bigint)
RETURNING f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
          f.updated_at)"};

const Statement remove_statement{"remove_flag", R"(
UPDATE feature_flags f
SET deleted_at = clock_timestamp()
WHERE f.environment = $1::text AND f.flag_key = $2::text AND f.deleted_at IS NULL
  AND ($3::bigint IS NULL OR f.version = $3::bigint)
RETURNING f.version)"};

const Statement present_version_statement{"present_version", R"(
SELECT f.version
FROM feature_flags f
WHERE f.environment = $1::text AND f.flag_key = $2::text AND f.deleted_at IS NULL)"};

// `live_before` sees the rows as they were when the statement began, its own changes not included.
const Statement import_statement{"import_flags", R"(
WITH live_before AS (
  SELECT f.flag_key FROM feature_flags f
  WHERE f.environment = $1::text AND f.flag_key = ANY ($2::text[]) AND f.deleted_at IS NULL
), changed AS (
  INSERT INTO feature_flags AS f
    (environment, flag_key, enabled, rollout_percentage, description)
  SELECT $1::text, draft.*
  FROM unnest($2::text[], $3::boolean[], $4::integer[], $5::text[]) AS draft
  ON CONFLICT (environment, flag_key) DO UPDATE
    SET enabled = excluded.enabled, rollout_percentage = excluded.rollout_percentage,
        description = excluded.description, deleted_at = NULL
    WHERE f.deleted_at IS NOT NULL
       OR (f.enabled, f.rollout_percentage, f.description)
          IS DISTINCT FROM (excluded.enabled, excluded.rollout_percentage, excluded.description)
  RETURNING f.flag_key, f.enabled, f.rollout_percentage, f.description, f.version, f.created_at,
            f.updated_at
)
SELECT changed.*, live_before.flag_key IS NOT NULL
FROM changed LEFT JOIN live_before USING (flag_key))"};

// domain::combine_heat in SQL; exp() of less than about -745 would be an error here ("underflow"),
// and adds nothing. Rows are locked in the order of their ids, so that processes which count the
// same flags do not deadlock.
const Statement record_statement{"record_accesses", R"(
INSERT INTO feature_flag_access AS a (flag_id, request_count, last_accessed_at, heat)
SELECT f.id, read.request_count, read.last_accessed_at, read.heat
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::double precision[])
  AS read (environment, flag_key, request_count, last_accessed_at, heat)
JOIN feature_flags f ON f.environment = read.environment AND f.flag_key = read.flag_key
WHERE f.deleted_at IS NULL
ORDER BY f.id
ON CONFLICT (flag_id) DO UPDATE
  SET request_count = a.request_count + excluded.request_count,
      last_accessed_at = greatest(a.last_accessed_at, excluded.last_accessed_at),
      heat = greatest(a.heat, excluded.heat)
             + ln(1 + exp(greatest(-700, -abs(a.heat - excluded.heat)))))"};

}  // namespace hearth::adapters::postgres

-- The flags and how often they are asked for.

-- One sequence for all flags: even a row that was physically removed and made again cannot come
-- back with an old version. No CACHE: a session that hoards numbers would hand out old ones later.
CREATE SEQUENCE feature_flag_versions AS bigint;

CREATE TABLE feature_flags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  flag_key text COLLATE "C" NOT NULL
    CONSTRAINT feature_flags_key_is_valid CHECK (flag_key ~ '^[A-Za-z0-9._-]{1,100}$' AND flag_key NOT IN ('.', '..')),
  environment text COLLATE "C" NOT NULL
    CONSTRAINT feature_flags_environment_is_valid CHECK (environment ~ '^[A-Za-z0-9_-]{1,64}$'),
  enabled boolean NOT NULL DEFAULT false,
  rollout_percentage integer NOT NULL DEFAULT 100
    CONSTRAINT feature_flags_rollout_is_valid CHECK (rollout_percentage BETWEEN 0 AND 100),
  description text NOT NULL DEFAULT ''
    CONSTRAINT feature_flags_description_is_valid CHECK (char_length(description) <= 2000),
  version bigint NOT NULL,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL,
  -- The environment first: pages and lookups name it, then go by key.
  CONSTRAINT feature_flags_are_unique UNIQUE (environment, flag_key)
);

COMMENT ON TABLE feature_flags IS
  'hearth: feature flags. Changing rows by hand is fine: triggers set version and updated_at, and a DELETE marks the row as deleted.';

CREATE FUNCTION feature_flags_before_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.flag_key <> OLD.flag_key OR NEW.environment <> OLD.environment OR NEW.id <> OLD.id THEN
      RAISE EXCEPTION 'a flag keeps its id, flag_key and environment'
        USING ERRCODE = 'check_violation',
              HINT = 'Create a new flag and delete this one.';
    END IF;
  END IF;
  NEW.version := nextval('feature_flag_versions');
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER feature_flags_before_write
  BEFORE INSERT OR UPDATE ON feature_flags
  FOR EACH ROW EXECUTE FUNCTION feature_flags_before_write();

-- The version of a deletion must survive it, so a DELETE keeps the row.
CREATE FUNCTION feature_flags_before_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.deleted_at IS NULL THEN
    UPDATE feature_flags SET deleted_at = clock_timestamp() WHERE id = OLD.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER feature_flags_before_delete
  BEFORE DELETE ON feature_flags
  FOR EACH ROW EXECUTE FUNCTION feature_flags_before_delete();

CREATE FUNCTION feature_flags_before_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'feature_flags cannot be truncated: the versions of deleted flags must survive'
    USING HINT = 'Use DELETE, which marks the rows as deleted.';
END
$$;

CREATE TRIGGER feature_flags_before_truncate
  BEFORE TRUNCATE ON feature_flags
  FOR EACH STATEMENT EXECUTE FUNCTION feature_flags_before_truncate();

-- A hint to whoever listens: 'environment:flag_key version'.
CREATE FUNCTION feature_flags_after_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('feature_flags',
                    NEW.environment || ':' || NEW.flag_key || ' ' || NEW.version);
  RETURN NULL;
END
$$;

CREATE TRIGGER feature_flags_after_write
  AFTER INSERT OR UPDATE ON feature_flags
  FOR EACH ROW EXECUTE FUNCTION feature_flags_after_write();

-- Its own table, so that counting reads never touches a flag's version or updated_at.
CREATE TABLE feature_flag_access (
  flag_id uuid PRIMARY KEY REFERENCES feature_flags (id) ON DELETE CASCADE,
  request_count bigint NOT NULL,
  last_accessed_at timestamptz NOT NULL,
  heat double precision NOT NULL
);

COMMENT ON COLUMN feature_flag_access.heat IS
  'ln of the request count, decayed forwards: ln(count) + lambda (seconds since 2020-01-01). Compare as it stands.';

CREATE INDEX feature_flag_access_by_heat ON feature_flag_access (heat DESC);

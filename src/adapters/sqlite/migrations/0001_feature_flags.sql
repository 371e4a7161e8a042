-- The flags and how often they are asked for: what PostgreSQL's first migration makes, in SQLite's
-- words. Moments are milliseconds since 1970-01-01 UTC.

-- One row: the latest version given to any flag.
CREATE TABLE feature_flag_revision (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version INTEGER NOT NULL
) STRICT;

INSERT INTO feature_flag_revision VALUES (1, 0);

CREATE TABLE feature_flags (
  id INTEGER PRIMARY KEY,
  flag_key TEXT NOT NULL
    CHECK (length(flag_key) BETWEEN 1 AND 100 AND flag_key NOT GLOB '*[^A-Za-z0-9._-]*'
      AND flag_key NOT IN ('.', '..') AND instr(flag_key, char(0)) = 0),
  environment TEXT NOT NULL
    CHECK (length(environment) BETWEEN 1 AND 64 AND environment NOT GLOB '*[^A-Za-z0-9_-]*'
      AND instr(environment, char(0)) = 0),
  enabled INTEGER NOT NULL DEFAULT 0 CHECK (enabled IN (0, 1)),
  rollout_percentage INTEGER NOT NULL DEFAULT 100 CHECK (rollout_percentage BETWEEN 0 AND 100),
  -- instr: length() would stop counting at a NUL character.
  description TEXT NOT NULL DEFAULT ''
    CHECK (length(description) <= 2000 AND instr(description, char(0)) = 0),
  version INTEGER NOT NULL DEFAULT 0,  -- 0: the trigger has yet to set it
  deleted_at INTEGER,
  created_at INTEGER NOT NULL
    DEFAULT (CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (environment, flag_key)
) STRICT;

-- Triggers here cannot change the row that is about to be written, so they change it afterwards.
-- That fires feature_flags_after_update once more where recursive triggers are on: it stops when
-- it finds the revision that was just given.
CREATE TRIGGER feature_flags_after_insert AFTER INSERT ON feature_flags
BEGIN
  UPDATE feature_flag_revision SET version = version + 1;
  UPDATE feature_flags
  SET version = (SELECT version FROM feature_flag_revision),
      updated_at = CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE id = NEW.id;
END;

CREATE TRIGGER feature_flags_after_update AFTER UPDATE ON feature_flags
WHEN NEW.version IS NOT (SELECT version FROM feature_flag_revision)
  OR NEW.version IS OLD.version
BEGIN
  UPDATE feature_flag_revision SET version = version + 1;
  UPDATE feature_flags
  SET version = (SELECT version FROM feature_flag_revision),
      updated_at = CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE id = NEW.id;
END;

CREATE TRIGGER feature_flags_before_update BEFORE UPDATE ON feature_flags
WHEN NEW.flag_key IS NOT OLD.flag_key OR NEW.environment IS NOT OLD.environment
  OR NEW.id IS NOT OLD.id
BEGIN
  SELECT RAISE(ABORT, 'a flag keeps its id, flag_key and environment; create a new flag and delete this one');
END;

-- The version of a deletion must survive it, so a DELETE keeps the row.
CREATE TRIGGER feature_flags_before_delete BEFORE DELETE ON feature_flags
BEGIN
  UPDATE feature_flags
  SET deleted_at = CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE id = OLD.id AND deleted_at IS NULL;
  SELECT RAISE(IGNORE);
END;

-- Its own table, so that counting reads never touches a flag's version or updated_at.
CREATE TABLE feature_flag_access (
  flag_id INTEGER PRIMARY KEY REFERENCES feature_flags (id) ON DELETE CASCADE,
  request_count INTEGER NOT NULL,
  last_accessed_at INTEGER NOT NULL,
  heat REAL NOT NULL
) STRICT;

CREATE INDEX feature_flag_access_by_heat ON feature_flag_access (heat DESC);

-- A connection of a hearth that announces its changes itself says so with the setting
-- hearth.announces_changes. Everybody would be woken a second time by its notifications.
DROP TRIGGER feature_flags_after_write ON feature_flags;

CREATE TRIGGER feature_flags_after_write
  AFTER INSERT OR UPDATE ON feature_flags
  FOR EACH ROW
  WHEN (current_setting('hearth.announces_changes', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION feature_flags_after_write();

-- Changes are followed in the order of their versions (find_changed).
CREATE INDEX feature_flags_by_version ON feature_flags (version);

#pragma once

namespace hearth::adapters::postgres {

/// A statement that a connection prepares when it first needs it.
struct Statement {
  const char* name;
  const char* sql;
};

/// A flag's row comes as flag_key, enabled, rollout_percentage, description, version, created_at,
/// updated_at, in this order, and before any further columns.
inline constexpr int flag_columns = 7;

/// $1 environment, $2 keys text[]. A flag, then whether it is deleted.
extern const Statement find_many_statement;
/// $1 environment, $2 limit bigint, $3 include disabled. A flag, then its heat (NULL: never read).
extern const Statement find_hottest_statement;
/// $1 version to start after, $2 limit bigint. A flag, then whether it is deleted, its environment.
extern const Statement find_changed_statement;
/// $1 age in milliseconds, bigint. The version, or no row.
extern const Statement latest_version_statement;
/// $1 environment, $2 key to start after (may be ''), $3 limit bigint. A flag.
extern const Statement list_statement;
/// $1 environment, $2 key, $3 enabled, $4 rollout, $5 description. A flag, or no row if there is
/// a live one already.
extern const Statement create_statement;
/// $1 environment, $2 key, $3 expected version or NULL, $4 enabled, $5 rollout, $6 description
/// (NULL: stays). A flag, or no row.
extern const Statement update_statement;
/// $1 environment, $2 key, $3 expected version or NULL. The version of the deletion, or no row.
extern const Statement remove_statement;
/// $1 environment, $2 key. The version of the live flag, or no row.
extern const Statement present_version_statement;
/// $1 environment, $2 keys, $3 enabled, $4 rollouts, $5 descriptions: arrays of one length. The
/// flags that changed, then whether they were live before.
extern const Statement import_statement;
/// $1 environments, $2 keys, $3 counts, $4 last accesses, $5 heats: arrays of one length. No rows.
extern const Statement record_statement;

}  // namespace hearth::adapters::postgres

#!/bin/sh
# Shows that check_includes.sh sees what it is there to see: each bad line alone makes it fail,
# and good lines do not.
set -eu

check=$(dirname "$0")/check_includes.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# judge EXPECTED FILE LINE: EXPECTED is good, or words of the complaint.
judge() {
  rm -rf "$tree/src"
  mkdir -p "$tree/src/$(dirname "$2")"
  printf '#pragma once\n%s\n' "$3" > "$tree/src/$2"
  if output=$(sh "$check" "$tree" 2>&1); then verdict=good; else verdict=bad; fi
  case $1 in
    good) [ "$verdict" = good ] && return ;;
    *) case $verdict:$output in bad:*"$1"*) return ;; esac ;;
  esac
  echo "src/$2 with '$3': expected '$1', got $verdict: $output"
  failures=$((failures + 1))
}

judge good domain/flag.hpp '#include <string>'
judge good domain/flag.hpp '#include "domain/names.hpp"'
judge good application/warmer.hpp '#include <boost/asio/awaitable.hpp>'
judge good application/warmer.hpp '#include "domain/flag.hpp"'
judge good adapters/redis/cache.cpp '#include "application/ports/cache_adapter.hpp"'
judge good adapters/redis/cache.cpp '#include "adapters/redis/resp.hpp"'
judge good adapters/postgres/pool.cpp '#include <libpq-fe.h>'
judge good bootstrap/wiring.cpp '#include "adapters/redis/cache.hpp"'
judge good cli/main.cpp '#include "bootstrap/wiring.hpp"'
judge good cli/main.cpp '#include <CLI/CLI.hpp>'
judge good precompiled.hpp '#include <boost/asio/awaitable.hpp>'

judge 'further out' domain/flag.hpp '#include "application/task.hpp"'
judge 'further out' application/warmer.cpp '#include "adapters/redis/cache.hpp"'
judge 'further out' adapters/redis/cache.cpp '#include "bootstrap/wiring.hpp"'
judge 'further out' bootstrap/wiring.cpp '#include "cli/main.hpp"'
judge 'further out' bootstrap/wiring.cpp '  #  include "cli/main.hpp"'
judge 'does not know another' adapters/redis/cache.cpp '#include "adapters/postgres/pool.hpp"'
judge 'standard library alone' domain/flag.hpp '#include <boost/json.hpp>'
judge 'standard library alone' domain/flag.hpp '#include <unistd.h>'
judge 'standard library and Asio' application/warmer.cpp '#include <boost/json.hpp>'
judge 'standard library and Asio' application/warmer.cpp '#include <openssl/sha.h>'
judge 'belongs to adapters/postgres' adapters/sqlite/a.cpp '#include <libpq-fe.h>'
judge 'belongs to adapters/sqlite' bootstrap/wiring.cpp '#include <sqlite3.h>'
judge 'belongs to adapters/http' adapters/redis/a.cpp '#include <boost/beast/core.hpp>'
judge 'belongs to adapters/auth' adapters/http/a.cpp '#include <jwt.h>'
judge 'belongs to nowhere' adapters/redis/a.cpp '#include <hiredis/hiredis.h>'
judge 'does not begin with a layer' domain/flag.cpp '#include "flag.hpp"'
judge 'does not begin with a layer' domain/flag.cpp '#include "../application/task.hpp"'
judge 'is no layer' helpers/strings.hpp '#include <string>'

[ "$failures" = 0 ] && echo "check_includes.sh judges all samples rightly"
exit "$((failures > 0))"

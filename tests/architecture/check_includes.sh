#!/bin/sh
# Fails on an #include that points outwards or sideways.
#
#   check_includes.sh [folder that holds src/]
#
# Arrows point inwards only: domain <- application <- adapters/X <- bootstrap <- cli. The domain
# knows the standard library alone, and a driver's header stays in the folder of its adapter.
set -eu

root=${1:-.}
[ -d "$root/src" ] || { echo "check_includes: no folder $root/src" >&2; exit 2; }
cd "$root"

# shellcheck disable=SC2016  # awk's dollars, not the shell's
find src -type f \( -name '*.hpp' -o -name '*.cpp' -o -name '*.h' \) | sort | xargs awk '
BEGIN {
  rank["domain"] = 0; rank["application"] = 1; rank["adapters"] = 2
  rank["bootstrap"] = 3; rank["cli"] = 4

  # Where the headers of a driver may be included: header pattern -> folders, blank-separated.
  home["^libpq"] = "adapters/postgres"
  home["^sqlite3"] = "adapters/sqlite"
  home["^hiredis"] = "nowhere"
  home["^jwt"] = "adapters/auth"
  home["^curl/"] = "adapters/aws"
  home["^boost/beast"] = "adapters/http adapters/lambda"
  home["^spdlog"] = "adapters/telemetry"
  home["^CLI/"] = "cli"
}

# domain, application, adapters/redis, ...: the first folders of a path below src/.
function layer_of(path,    parts) {
  split(path, parts, "/")
  return parts[1] == "adapters" ? parts[1] "/" parts[2] : parts[1]
}

function rank_of(layer,    parts) {
  split(layer, parts, "/")
  return parts[1] in rank ? rank[parts[1]] : -1
}

function report(why) {
  printf "%s:%d: %s\n", FILENAME, FNR, why
  failures++
}

function check_own(layer, header,    target) {
  target = layer_of(header)
  if (rank_of(target) < 0) {
    report("\"" header "\" does not begin with a layer below src/")
  } else if (rank_of(target) > rank_of(layer)) {
    report(layer " includes " header ", which is further out")
  } else if (layer ~ /^adapters\// && target ~ /^adapters\// && target != layer) {
    report(layer " includes " header ": an adapter does not know another")
  }
}

function check_foreign(layer, header,    pattern) {
  if (layer == "domain" && header !~ /^[a-z_0-9]+$/) {
    report("the domain includes <" header ">; it knows the standard library alone")
  } else if (layer == "application" && header ~ /[.\/]/ && header !~ /^boost\/asio/) {
    report("the application includes <" header ">; it knows the standard library and Asio")
  }
  for (pattern in home) {
    if (header ~ pattern && index(" " home[pattern] " ", " " layer " ") == 0) {
      report("<" header "> belongs to " home[pattern] ", not to " layer)
    }
  }
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
  path = FILENAME
  sub(/^src\//, "", path)
  if (path !~ /\//) next  # src/precompiled.hpp belongs to no layer
  layer = layer_of(path)
  if (rank_of(layer) < 0) { report(layer " is no layer"); next }
  header = $0
  sub(/^[^<"]*[<"]/, "", header)
  sub(/[>"].*$/, "", header)
  if ($0 ~ /include[ \t]*"/) check_own(layer, header); else check_foreign(layer, header)
}

END { exit failures > 0 }
'

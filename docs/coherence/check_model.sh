#!/usr/bin/env bash
# Checks the models of the coherence protocol with spin, exhaustively, and that they have teeth:
#   holds    the whole protocol: no violation in any state, and no state left out
#   broken   a control, one rule taken out: spin must find a violation
#   reached  a control of the model itself: what it is about does happen in it
# Prints one line per case. With arguments, only the cases whose description contains one of them.
# MODEL_TRACES=folder keeps the shortest violation of each control there, step by step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

memory_limit_mb=2000
depth_limit=5000000

# expectation | model | definitions | description
cases() {
  cat <<'TABLE'
holds|grouped_misses||grouped misses
broken|grouped_misses|-DJOINS_WHAT_WAS_SENT|rule 5: a read joins a query that was sent
holds|shared_cache|-DRESTORERS=1|shared cache, with time
broken|shared_cache|-DRESTORERS=1 -DWITHOUT_FENCE|rule 2: no fence
broken|shared_cache|-DRESTORERS=1 -DWITHOUT_SNAPSHOT_AGE|rule 3: no snapshot age
broken|shared_cache|-DRESTORERS=1 -DWITHOUT_EPOCH_IN_WRITES|rule 4: no epoch in writes
broken|shared_cache|-DRESTORERS=1 -DEVICTS_EARLY|limit: entries are evicted before they are max_age old
holds|shared_cache|-DWITHOUT_CLOCK|shared cache, two restorers
broken|shared_cache|-DWITHOUT_CLOCK -DWITHOUT_EPOCH_IN_READS|rule 4: reads do not ask whose the epoch is
broken|shared_cache|-DWITHOUT_CLOCK -DWITHOUT_RUN_ID_IN_READS|rule 4: reads on a connection to whatever server
broken|shared_cache|-DWITHOUT_CLOCK -DWITHOUT_COMPARISON|rule 4: restoration without comparison
broken|shared_cache|-DWITHOUT_CLOCK -DWITHOUT_CLAIM|rule 4: restoration without a claim
broken|shared_cache|-DWITHOUT_CLOCK -DRESTORERS=1 -DRUN_ID_AFTER_COMPARISON|rule 4: run id of the new epoch read after the comparison
holds|near_copies||near copies
broken|near_copies|-DWITHOUT_LEASE -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: no lease
broken|near_copies|-DWITHOUT_PING -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: the script does not wait for the PING's answer
broken|near_copies|-DLEASE_FROM_PONG -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: lease from the PING's answer
broken|near_copies|-DWITHOUT_SESSION_ON_RESUMPTION -DWITHOUT_FLUSHES|rule 6: a resumed subscription keeps copies
broken|near_copies|-DSESSION_FROM_SUBSCRIBING -DWITHOUT_FLUSHES|rule 6: the session begins before SUBSCRIBE is in force
broken|near_copies|-DWITHOUT_SESSION_ON_OWN_LAPSE -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: own lapse
broken|near_copies|-DSESSIONS_KEEP_FILLS -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: a new session keeps fills
broken|near_copies|-DLEASE_BEFORE_SESSION -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: lease renewed before the new session begins
broken|near_copies|-DCOPY_BEFORE_LEASE -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 6: a read looks at the copy before the lease
broken|near_copies|-DWITHOUT_CONFIRMATIONS -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: no confirmations
broken|near_copies|-DWITHOUT_VOIDING_FILLS -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: a change does not void fills
broken|near_copies|-DCONFIRMS_BEFORE_VOIDING -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: confirmed before copies are void
broken|near_copies|-DCONFIRMATION_OF_ANY_CHANGE -DVERSIONS=3 -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: any confirmation counts
broken|near_copies|-DWITHOUT_WAIT_ON_YOUNG_EPOCH -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: no wait on a young epoch
broken|near_copies|-DMEMBERS_WITHOUT_EPOCH -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: members read without the epoch
broken|near_copies|-DFIRST_OTHER=1 -DOWN_COPIES_DROPPED_AT_COMMIT -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|rule 7: own copies dropped before the write
broken|near_copies|-DMEMBERS_EVICTED -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|limit: members evicted alone
reached|near_copies|-DREACH_CONFIRMED -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|reached: acknowledged by confirmation
reached|near_copies|-DREACH_WHOLE_LEASE -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|reached: acknowledged after a whole lease
reached|near_copies|-DREACH_YOUNG_EPOCH -DWITHOUT_LOST_SUBSCRIPTIONS|reached: acknowledged when a young epoch has become a lease old
reached|near_copies|-DREACH_NEW_COPY_USED -DWITHOUT_FLUSHES -DWITHOUT_LOST_SUBSCRIPTIONS|reached: the new version is read from a copy
holds|near_copies|-DFIRST_OTHER=1|near copies, the writer's own
TABLE
}

# check_case "expectation|model|definitions|description": fails when spin does not find as expected.
check_case() {
  local expectation model definitions description folder verdict=FAILED stored elapsed
  IFS='|' read -r expectation model definitions description <<< "$1"
  local flags=(-DSAFETY "-DMEMLIM=$memory_limit_mb") limits=("-m$depth_limit" -w22)
  # Breadth first finds the shortest violation; depth first needs less memory to find none.
  if [ "$expectation" != holds ]; then flags+=(-DBFS); fi
  read -r -a definitions <<< "$definitions"
  folder=$(mktemp -d)
  cp "$model.pml" "$folder"
  (
    cd "$folder"
    spin -a "${definitions[@]}" "$model.pml" > spin.txt
    gcc -O2 -w "${flags[@]}" -o pan pan.c
    ./pan -E "${limits[@]}" > pan.txt 2>&1 || true
    if [ -n "${MODEL_TRACES:-}" ] && [ -f "$model.pml.trail" ]; then
      spin -t -p -g -l "${definitions[@]}" "$model.pml" > "$MODEL_TRACES/${description//[ :]/_}.txt"
    fi
  ) || true
  stored=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$folder/pan.txt")
  elapsed=$(sed -n 's/^pan: elapsed time \([0-9.]*\) seconds.*/\1/p' "$folder/pan.txt")
  if [ "$expectation" = holds ]; then
    if grep -q 'errors: 0$' "$folder/pan.txt" &&
      ! grep -Eq 'too small|not completed|out of memory|aborting' "$folder/pan.txt"; then
      verdict="holds in every state"
    fi
  elif grep -q '^pan:.*assertion violated' "$folder/pan.txt"; then
    verdict="$expectation in $(sed -n 's/^pan:.*(at depth \([0-9]*\)).*/\1/p' "$folder/pan.txt") steps"
  fi
  printf '%-62s %9s states %7s s   %s\n' "$description" "${stored:-?}" "${elapsed:-?}" "$verdict"
  if [ "$verdict" = FAILED ]; then tail -n 20 "$folder/pan.txt" >&2; fi
  rm -rf "$folder"
  [ "$verdict" != FAILED ]
}

if [ "${1:-}" = --case ]; then
  check_case "$2"
  exit
fi
chosen=$(cases)
if [ "$#" -gt 0 ]; then
  chosen=$(printf '%s\n' "$chosen" | grep -F -f <(printf '%s\n' "$@")) || true
fi
[ -n "$chosen" ] || { echo "no such case" >&2; exit 1; }
if printf '%s\n' "$chosen" | tr '\n' '\0' |
  xargs -0 -P "${MODEL_JOBS:-$(nproc)}" -n 1 ./check_model.sh --case; then
  echo "the model holds, and every control is found"
else
  echo "the model check FAILED" >&2
  exit 1
fi

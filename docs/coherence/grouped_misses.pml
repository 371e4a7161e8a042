/*
 * Rule 5, grouped misses: reads that miss travel together in one database query.
 *
 * Proved here: a read that starts after a change was acknowledged does not get an older version from
 * a query that it shares. A read joins only a query that has not been sent.
 */

#define READERS 2
#define VERSIONS 3

byte database = 1;
byte acknowledged = 1;

mtype = { collecting, sent, answered };
mtype query = collecting;
byte value = 0;
bit joined[READERS];

proctype writer() {
  do
  :: database < VERSIONS ->
    database++;
    acknowledged = database
  :: else -> break
  od
}

/* The one query that is under way; the next one collects when its answer was handed out. */
proctype queries() {
  do
  :: atomic { query == collecting && (joined[0] || joined[1]) -> query = sent };
    value = database;
    query = answered;
    atomic { !joined[0] && !joined[1] -> query = collecting; value = 0 }
  od
}

proctype reader(byte me) {
  byte required = 0;
  do
  :: required = acknowledged;
#ifdef JOINS_WHAT_WAS_SENT
    atomic { query == collecting || query == sent -> joined[me] = true };
#else
    atomic { query == collecting -> joined[me] = true };
#endif
    atomic { query == answered ->
      assert(value >= required);
      joined[me] = false; required = 0 }
  od
}

init {
  atomic {
    run writer();
    run queries();
    run reader(0);
    run reader(1)
  }
}

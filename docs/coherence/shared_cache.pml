/*
 * The shared cache under rules 1 to 4: versions, fence, snapshot age, epoch and its restoration.
 *
 * Proved here: a value that Redis gives to a process which may serve it is never older than a change
 * whose write Redis has taken (`promised`), through flushes, restarts with an old file or with none,
 * expiry, and writers and restorers that stop at any point for any time.
 * near_copies.pml takes that for granted and proves the rest. See model.md.
 *
 * One key. Each statement or d_step is one step: what one script does in Redis, one statement
 * in PostgreSQL, or what a process does between two of these. Time passes in ticks, between any two
 * steps and in any number. Durations are counted as ages and remainders, so the model has no last
 * moment.
 */

#define MAX_AGE 1           /* ticks after which a snapshot is refused */
#define TTL 2               /* ticks for which an entry lives; more than MAX_AGE */
#define OVER (MAX_AGE + 1)  /* any age that is refused */

#ifndef VERSIONS
#define VERSIONS 2
#endif
#ifndef RESTORERS
#define RESTORERS 2
#endif
#ifndef FILLERS
#define FILLERS 1
#endif

#define NONE 0

/* PostgreSQL */
byte database = 1;         /* the version that is committed */

/* Redis */
byte entry = 1;            /* the version that the key holds, NONE when it is not there */
byte entry_left = TTL;     /* ticks until it expires */

/*
 * A content of the epoch key is unique, because it holds a random number; so one that is neither in
 * Redis nor in its file never comes back. That leaves few to tell apart, however many were made.
 */
#define PRESENT 1          /* what the epoch key holds now */
#define FILED 2            /* what the file holds, when that is another one */
#define GONE 3             /* anything else that a writer saw */
byte epoch = PRESENT;      /* PRESENT, or NONE when the key is not there */
bit epoch_valid = true;    /* it is no claim, and the run id in it is the server's */

/* The file that a restart may load, saved at any time. */
byte file_entry = 1;
byte file_epoch = PRESENT;

/* What writes: the change writer, fillers, restorers. Each holds one snapshot at a time. */
#define WRITERS (1 + FILLERS + RESTORERS)
byte seen[WRITERS];          /* the epoch's content that it saw before it read the database */
byte snapshot_age[WRITERS];
bit same_server[WRITERS];    /* the server has not restarted since */

byte promised = 1;         /* the newest version whose write by a change Redis has taken */

/*
 * A process serves from Redis when a heartbeat showed it a valid epoch of the server that its
 * connection leads to. This bit says that some process does: it is set as soon as any heartbeat
 * could have shown that, and never taken back while the server lives. So it needs no lease.
 */
bit served = true;

/* --- Rules, each with its switch ------------------------------------------------------------- */

#ifdef WITHOUT_FENCE
#define FENCE_ALLOWS(version) true
#else
#define FENCE_ALLOWS(version) (entry <= version)
#endif

#ifdef WITHOUT_SNAPSHOT_AGE
#define AGE_ALLOWS(who) true
#else
#define AGE_ALLOWS(who) (snapshot_age[who] <= MAX_AGE)
#endif

#ifdef WITHOUT_EPOCH_IN_WRITES
#define EPOCH_ALLOWS(who) true
#else
#define EPOCH_ALLOWS(who) (epoch == seen[who])
#endif

/* A process writes only on a connection to the server that its epoch names. */
#ifdef WITHOUT_RUN_ID_IN_WRITES
#define CONNECTION_ALLOWS(who) true
#else
#define CONNECTION_ALLOWS(who) (same_server[who])
#endif

/* The script `fenced_set`, run by Redis in one step. */
inline fenced_set(who, version, taken) {
  taken = (EPOCH_ALLOWS(who) && AGE_ALLOWS(who));
  if
  :: taken && FENCE_ALLOWS(version) -> entry = version; entry_left = TTL
  :: else -> skip
  fi
}

inline take_snapshot(who) {
  seen[who] = epoch;
  snapshot_age[who] = 0;
  same_server[who] = true
}

inline drop_snapshot(who) {
  seen[who] = NONE;
  snapshot_age[who] = OVER;
  same_server[who] = false
}

/* Every writer that saw content `old` has now seen `new`. */
byte i = 0;
inline rename(old, new) {
  do
  :: i < WRITERS ->
    if
    :: seen[i] == old -> seen[i] = new
    :: else -> skip
    fi;
    i++
  :: else -> break
  od;
  i = 0
}

/* What the epoch key held is no longer there; perhaps it is in the file. */
inline lose_epoch() {
  if
  :: epoch == PRESENT && file_epoch == PRESENT -> file_epoch = FILED; rename(PRESENT, FILED)
  :: epoch == PRESENT && file_epoch != PRESENT -> rename(PRESENT, GONE)
  :: else -> skip
  fi;
  epoch = NONE;
  epoch_valid = false
}

inline set_epoch(valid) {
  lose_epoch();
  epoch = PRESENT;
  epoch_valid = valid;
  served = (served || epoch_valid)
}

/* --- Processes ------------------------------------------------------------------------------- */

/* Changes: snapshot, commit, write. What Redis refuses is answered with 202 and promises nothing. */
proctype change_writer() {
  bit taken = false;
  byte version = 1;
  do
  :: version < VERSIONS ->
    d_step { epoch_valid -> take_snapshot(0); version++ }
    database = version;
    if
    :: d_step { CONNECTION_ALLOWS(0) ->
        fenced_set(0, version, taken);
        if
        :: taken && version > promised -> promised = version
        :: else -> skip
        fi;
        drop_snapshot(0); taken = false
      }
    :: d_step { drop_snapshot(0) }      /* cannot reach Redis: 202 */
    fi
  :: else -> break
  od
}

/* Lazy fills, warm runs and reconcilers: snapshot, SELECT, write. */
proctype filler(byte who) {
  byte version = NONE;
  bit taken = false;
  do
  :: d_step { epoch_valid -> take_snapshot(who) };
    version = database;
    if
    :: d_step { CONNECTION_ALLOWS(who) -> fenced_set(who, version, taken) }
    :: skip
    fi;
    d_step { drop_snapshot(who); version = NONE; taken = false }
  od
}

/*
 * Restoration: claim the epoch key by compare-and-set, compare the entries with the database under
 * that claim, make an epoch of the claim by compare-and-set. It may reach another life of the server
 * than the one in which it began: it only ever goes by the content of the key.
 */
proctype restorer(byte who) {
  byte version = NONE;
  bit taken = false;
  do
  :: d_step { !epoch_valid -> take_snapshot(who) };
#ifndef WITHOUT_CLAIM
    if
    :: d_step { epoch == seen[who] -> set_epoch(false); seen[who] = PRESENT }
    :: atomic { epoch != seen[who] -> goto given_up }
    fi;
#endif
#ifndef WITHOUT_COMPARISON
    if
    :: entry != NONE ->
      /* Each batch has a snapshot time of its own, or a long restoration would be refused. */
      snapshot_age[who] = 0;
      version = database;
      d_step { fenced_set(who, version, taken); version = NONE };
      if
      :: taken -> taken = false
      :: atomic { !taken -> goto given_up }
      fi
    :: entry == NONE -> skip
    fi;
#endif
    d_step {
#ifdef RUN_ID_AFTER_COMPARISON
      same_server[who] = true;
#endif
      if
#ifdef WITHOUT_COMPARE_AND_SET
      :: true -> set_epoch(same_server[who])
#else
      :: epoch == seen[who] -> set_epoch(same_server[who])
      :: else -> skip
#endif
      fi
    };
given_up:
    atomic { drop_snapshot(who); taken = false }
  od
}

/* A read through Redis, by a process that may serve what it finds. */
proctype reader() {
  do
  :: d_step { served && entry != NONE -> assert(entry >= promised) }
  od
}

inline restart() {
  lose_epoch();
  do
  :: i < WRITERS -> same_server[i] = false; i++
  :: else -> break
  od;
  i = 0;
#ifdef WITHOUT_EPOCH_IN_READS
  served = true                       /* whatever the epoch says */
#else
#ifndef WITHOUT_RUN_ID_IN_READS
  served = false                      /* each process must hear of an epoch of this server first */
#endif
#endif
}

inline load_file() {
  restart();
  if
  :: file_epoch != NONE -> rename(FILED, PRESENT); file_epoch = PRESENT; epoch = PRESENT
  :: else -> skip
  fi
}

/* What befalls Redis. */
proctype fate() {
  do
  :: d_step { epoch != NONE || entry != NONE ->        /* FLUSHALL */
      lose_epoch(); entry = NONE; entry_left = 0 }
  :: d_step { epoch != NONE -> lose_epoch() }          /* the epoch key alone is lost */
  :: d_step { true ->                                  /* a restart, or a fail-over, without a file */
      restart(); entry = NONE; entry_left = 0 }
  /* A restart with the file. Some of the entry's life was spent in it, or all of that. */
  :: d_step { file_entry != NONE -> load_file(); entry = file_entry; entry_left = TTL }
#ifndef WITHOUT_CLOCK
  :: d_step { file_entry != NONE -> load_file(); entry = file_entry; entry_left = 1 }
#endif
  :: d_step { true -> load_file(); entry = NONE; entry_left = 0 }
#ifndef WITHOUT_SAVES
  :: d_step { file_entry != entry || file_epoch != epoch ->
      if
      :: file_epoch == FILED -> rename(FILED, GONE)
      :: else -> skip
      fi;
      file_entry = entry; file_epoch = epoch }
#endif
#ifdef EVICTS_EARLY
  :: d_step { entry != NONE -> entry = NONE; entry_left = 0 }
#endif
  od
}

/* A tick: entries expire, snapshots grow old. */
proctype clock() {
  do
  :: d_step {
      if :: entry_left > 0 -> entry_left-- :: else -> skip fi;
      if :: entry_left == 0 -> entry = NONE :: else -> skip fi;
      do
      :: i < WRITERS ->
        if
        :: snapshot_age[i] <= MAX_AGE -> snapshot_age[i]++
        :: else -> skip
        fi;
        i++
      :: else -> break
      od;
      i = 0
    }
  od
}

init {
  atomic {
    do
    :: i < WRITERS -> snapshot_age[i] = OVER; i++
    :: else -> break
    od;
    run change_writer();
    i = 0;
    do
    :: i < FILLERS -> run filler(1 + i); i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < RESTORERS -> run restorer(1 + FILLERS + i); i++
    :: else -> break
    od;
    i = 0;
    run reader();
    run fate();
#ifndef WITHOUT_CLOCK
    run clock()
#endif
  }
}

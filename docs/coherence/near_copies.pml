/*
 * Near copies under rules 4, 6 and 7: epoch, leases, heartbeats, sessions, changes, confirmation.
 *
 * Proved here: a read of a near copy that starts after a change was acknowledged does not return an
 * older version. Taken for granted, since shared_cache.pml proves it: what Redis answers is not older
 * than the newest change that it has taken (`promised`), nor newer than the database.
 *
 * One key. Each statement or d_step is one step: what one script does in Redis, or what one
 * thread of a process does without being seen half-way by another. Time passes in ticks, between any
 * two steps and in any number: that is what pauses are. Durations count down, so the model has no
 * last moment; flushes, lost connections and restarts are unlimited in number.
 */

#ifndef LEASE
#define LEASE 2
#endif
#ifndef VERSIONS
#define VERSIONS 2
#endif
#ifndef MEMBERS
#define MEMBERS 1           /* processes that keep near copies */
#endif
#ifndef FIRST_OTHER
#define FIRST_OTHER 0       /* 1: the writer runs in process 0 and keeps copies there; 0: it keeps none */
#endif
#define NONE 0

/* PostgreSQL, and the values in Redis */
byte database = 1;
byte promised = 1;          /* the newest version whose write by a change Redis has taken */
byte acknowledged = 1;

bit running = true;         /* false: there is nothing more to look at */

/* Redis */
bit epoch_there = true;
byte epoch_young = 0;       /* ticks until the epoch is a lease old */
byte member_left[MEMBERS];  /* ticks until the registration ends */

/* A subscription is a queue from Redis to the process, in order; what is in it is lost with it. */
#define PONG 255
chan subscription[MEMBERS] = [VERSIONS] of { byte };
bit subscribed[MEMBERS];    /* Redis has it */
bit listening[MEMBERS];     /* the process has the confirmation of it, and believes in it */

/* What the threads of a process share. */
byte lease_left[MEMBERS];   /* ticks for which near copies may be used */
byte copy[MEMBERS];         /* the version of the near copy, NONE for no copy or a void one */
byte fill[MEMBERS];         /* the fill that is under way: its value once it has one; NONE also when void */
#define ASKED 254
bit knows_epoch[MEMBERS];   /* the last heartbeat showed the epoch that is there now */

/* The heartbeat that is under way. */
mtype = { idle, ping_sent, ping_at_redis, ponged, answered, decided };
mtype heartbeat[MEMBERS];
byte ping_age[MEMBERS];     /* ticks since the PING was sent, LEASE for longer */
bit begins_session[MEMBERS];  /* its answer shows another epoch, or that the registration had ended */
bit shows_this[MEMBERS];      /* its answer shows the epoch that is there now */

/* The change that is under way. */
bit writer_knows_epoch;     /* the epoch is the one that the writer saw before its commit */
bit awaited[MEMBERS];       /* the writer read it among the members */
byte confirmed[MEMBERS];    /* the version that it has confirmed to the writer */
byte wait_left = 0;         /* ticks until a whole lease has passed since the pipeline's answer */
byte young_left = 0;        /* ticks until the epoch is a lease old that the writer read with the members */

inline begin_session(me) {
  copy[me] = NONE;
#ifndef SESSIONS_KEEP_FILLS
  fill[me] = NONE
#endif
}

inline end_heartbeat(me) {
  heartbeat[me] = idle;
  ping_age[me] = LEASE;
  begins_session[me] = false; shows_this[me] = false
}

/* --- A process that keeps near copies -------------------------------------------------------- */

/* When a heartbeat's answer begins a new session. */
#ifdef WITHOUT_SESSION_ON_OWN_LAPSE
#define OWN_LAPSE(me) false
#else
#define OWN_LAPSE(me) (lease_left[me] == 0)
#endif
#ifdef WITHOUT_SESSION_ON_LOST_MEMBERSHIP
#define LOST_MEMBERSHIP(me) false
#else
#define LOST_MEMBERSHIP(me) (member_left[me] == 0)
#endif
#ifdef WITHOUT_SESSION_ON_NEW_EPOCH
#define NEW_EPOCH(me) false
#else
#define NEW_EPOCH(me) (!knows_epoch[me])
#endif

inline hear(me) {
  copy[me] = NONE;
#ifndef WITHOUT_VOIDING_FILLS
  fill[me] = NONE
#endif
}

/* The engine thread: the subscription and the heartbeats. */
proctype engine(byte me) provided (running) {
  byte message = NONE;
  byte to_confirm = NONE;
  do
  /* Messages, in the order in which Redis sent them. */
  :: d_step { listening[me] && to_confirm == NONE && nempty(subscription[me]) ->
      subscription[me]?message;
      if
      :: message == PONG && heartbeat[me] == ping_at_redis ->
        heartbeat[me] = ponged;
#ifdef LEASE_FROM_PONG
        ping_age[me] = 0
#endif
      :: message == PONG && heartbeat[me] != ping_at_redis -> skip
      :: message != PONG ->
        to_confirm = message;
#ifndef CONFIRMS_BEFORE_VOIDING
        hear(me)
#endif
      fi;
      message = NONE }
  :: d_step { to_confirm != NONE ->
      confirmed[me] = to_confirm;
#ifdef CONFIRMS_BEFORE_VOIDING
      message = to_confirm;
#endif
      to_confirm = NONE }
  :: d_step { to_confirm != NONE -> to_confirm = NONE }        /* the confirmation is lost */
#ifdef CONFIRMS_BEFORE_VOIDING
  :: d_step { message != NONE -> hear(me); message = NONE }
#endif

  /* The subscription is lost, with what it held, and made anew. */
  :: d_step { listening[me] && !subscribed[me] ->
      listening[me] = false;
      do
      :: subscription[me]?message
      :: empty(subscription[me]) -> break
      od;
      message = NONE;
      if
      :: heartbeat[me] == ping_sent || heartbeat[me] == ping_at_redis -> end_heartbeat(me)
      :: else -> skip
      fi;
#ifdef SESSION_FROM_SUBSCRIBING
      begin_session(me) }
  :: d_step { !listening[me] && !subscribed[me] -> subscribed[me] = true }
#else
      subscribed[me] = true }
#endif
  :: d_step { !listening[me] && subscribed[me] ->
      listening[me] = true;
#ifndef WITHOUT_SESSION_ON_RESUMPTION
#ifndef SESSION_FROM_SUBSCRIBING
      begin_session(me)
#endif
#endif
    }

  /* A heartbeat: PING and its answer on the subscription, then the script. */
#ifdef WITHOUT_PING
  :: d_step { heartbeat[me] == idle -> heartbeat[me] = ponged; ping_age[me] = 0 }
#else
  :: d_step { heartbeat[me] == idle && listening[me] -> heartbeat[me] = ping_sent; ping_age[me] = 0 }
  :: d_step { heartbeat[me] == ping_sent && subscribed[me] ->
      subscription[me]!PONG; heartbeat[me] = ping_at_redis }
#endif
  :: d_step { heartbeat[me] == ponged ->              /* the script, in Redis */
      begins_session[me] = (LOST_MEMBERSHIP(me) || NEW_EPOCH(me));
      member_left[me] = LEASE;
      shows_this[me] = epoch_there;
      if
      :: epoch_there -> heartbeat[me] = answered
      :: else -> end_heartbeat(me)                    /* no epoch: no lease */
      fi }
  :: d_step { heartbeat[me] == answered -> end_heartbeat(me) }    /* the answer is lost */
  /* The new session begins before the new lease, for a reader looks at the lease first. */
  :: d_step { heartbeat[me] == answered ->
      begins_session[me] = (begins_session[me] || OWN_LAPSE(me));
      knows_epoch[me] = shows_this[me];
      heartbeat[me] = decided;
#ifdef LEASE_BEFORE_SESSION
      lease_left[me] = LEASE - ping_age[me]
#else
      if
      :: begins_session[me] -> begin_session(me)
      :: else -> skip
      fi
#endif
    }
  :: d_step { heartbeat[me] == decided ->
#ifdef LEASE_BEFORE_SESSION
      if
      :: begins_session[me] -> begin_session(me)
      :: else -> skip
      fi;
#else
      lease_left[me] = LEASE - ping_age[me];
#endif
      end_heartbeat(me) }
  od
}

/* Fills: a value is asked for, read, and becomes the near copy unless the fill was made void. */
proctype filler(byte me) provided (running) {
  do
  :: d_step { fill[me] == NONE -> fill[me] = ASKED }
  /* Anything from the newest promise to the newest commit: hits, misses, evictions, late fills. */
  :: d_step { fill[me] == ASKED -> fill[me] = promised }
  :: d_step { fill[me] == ASKED -> fill[me] = database }
  :: d_step { fill[me] != NONE && fill[me] != ASKED -> copy[me] = fill[me]; fill[me] = NONE }
  od
}

/* Reads by the worker threads: first the lease, then whether the copy is void. */
proctype reader(byte me) provided (running) {
  byte required = NONE;    /* what had been acknowledged when the read started */
  byte found = NONE;
  do
#ifdef COPY_BEFORE_LEASE
  :: d_step { copy[me] != NONE -> required = acknowledged; found = copy[me] };
    d_step {
      if
      :: lease_left[me] > 0 -> assert(found >= required)
      :: else -> skip
      fi;
      required = NONE; found = NONE }
#else
#ifdef WITHOUT_LEASE
  :: d_step { true -> required = acknowledged };
#else
  :: d_step { lease_left[me] > 0 -> required = acknowledged };
#endif
    d_step {
      if
      :: copy[me] != NONE ->
#ifdef REACH_NEW_COPY_USED
        assert(!(required == VERSIONS));
#endif
        assert(copy[me] >= required)
      :: else -> skip
      fi;
      required = NONE }
#endif
  od
}

#ifdef CONFIRMATION_OF_ANY_CHANGE
#define HAS_CONFIRMED(member, version) (!awaited[member] || confirmed[member] != NONE)
#else
#define HAS_CONFIRMED(member, version) (!awaited[member] || confirmed[member] == version)
#endif
#if MEMBERS == 1
#define EVERYBODY_CONFIRMED(version) HAS_CONFIRMED(0, version)
#else
#define EVERYBODY_CONFIRMED(version) (HAS_CONFIRMED(0, version) && HAS_CONFIRMED(1, version))
#endif

/* --- The change ------------------------------------------------------------------------------- */

proctype writer() {
  byte version = 1;
  byte i = 0;
#ifdef REACH_YOUNG_EPOCH
  bit began_young = false;
#endif
  do
  :: version < VERSIONS ->
    d_step { epoch_there -> writer_knows_epoch = true; version++ };
    database = version;
#ifdef OWN_COPIES_DROPPED_AT_COMMIT
    d_step { hear(0) };
#endif
    if                                                /* fenced_set */
    :: d_step { writer_knows_epoch ->
        promised = version
#ifdef MEMBERS_WITHOUT_EPOCH
        ; young_left = epoch_young
#endif
      }
    :: atomic { !writer_knows_epoch -> goto not_everywhere }      /* 202 */
    fi;
    d_step {                                          /* the members and the epoch */
      do
      :: i < MEMBERS ->
        awaited[i] = (i >= FIRST_OTHER && member_left[i] > 0);
        i++
      :: else -> break
      od;
      i = 0;
#ifndef WITHOUT_WAIT_ON_YOUNG_EPOCH
#ifndef MEMBERS_WITHOUT_EPOCH
      if
      :: writer_knows_epoch -> young_left = epoch_young
#ifdef REACH_YOUNG_EPOCH
        ; began_young = (epoch_young > 0)
#endif
      :: else -> young_left = LEASE
      fi
#endif
#endif
    };
    d_step {                                          /* PUBLISH */
      do
      :: i < MEMBERS ->
        if
        :: subscribed[i] -> subscription[i]!version
        :: else -> skip
        fi;
        i++
      :: else -> break
      od;
      i = 0
    };
    d_step {                                          /* the pipeline's answer */
      wait_left = LEASE;
#ifndef OWN_COPIES_DROPPED_AT_COMMIT
      if
      :: FIRST_OTHER == 1 -> hear(0)
      :: else -> skip
      fi
#endif
    };
#ifndef WITHOUT_CONFIRMATIONS
    if
    :: d_step { wait_left == 0 -> skip
#ifdef REACH_WHOLE_LEASE
        ; assert(false)
#endif
      }
    :: d_step { young_left == 0 && EVERYBODY_CONFIRMED(version) -> skip
#ifdef REACH_CONFIRMED
        ; assert(!awaited[FIRST_OTHER])
#endif
#ifdef REACH_YOUNG_EPOCH
        ; assert(!began_young || wait_left == 0)
#endif
      }
    fi;
#endif
    acknowledged = version;
not_everywhere:
    atomic { writer_knows_epoch = false; young_left = 0; wait_left = 0;
      do
      :: i < MEMBERS -> awaited[i] = false; i++
      :: else -> break
      od;
      i = 0 }
  :: else -> break
  od;
  /* Nothing was promised last, so nothing more can be broken. */
  running = (acknowledged == VERSIONS)
}

/* --- What befalls them ------------------------------------------------------------------------ */

inline lose_epoch() {
  epoch_there = false; epoch_young = 0; writer_knows_epoch = false;
  do
  :: which < MEMBERS -> knows_epoch[which] = false; shows_this[which] = false; which++
  :: else -> break
  od;
  which = 0
}

inline lose_members() {
  do
  :: which < MEMBERS -> member_left[which] = 0; which++
  :: else -> break
  od;
  which = 0
}

/* A restart is a lost epoch and lost subscriptions; its file may bring registrations back. */
proctype fate() provided (running) {
  byte which = 0;
  do
  :: false -> which = 0
#ifndef WITHOUT_FLUSHES
  :: d_step { epoch_there -> lose_epoch(); lose_members() }      /* a flush */
  :: d_step { epoch_there -> lose_epoch() }                      /* a file, or the epoch key alone */
  :: d_step { !epoch_there -> epoch_there = true; epoch_young = LEASE }      /* restoration */
#endif
#ifdef MEMBERS_EVICTED
  :: d_step { true -> lose_members() }
#endif
#ifndef WITHOUT_LOST_SUBSCRIPTIONS
  :: d_step { subscribed[0] -> subscribed[0] = false }
#if MEMBERS > 1
  :: d_step { subscribed[1] -> subscribed[1] = false }
#endif
#endif
  od
}

proctype clock() provided (running) {
  byte i = 0;
  do
  :: d_step {
      if :: epoch_young > 0 -> epoch_young-- :: else -> skip fi;
      if :: wait_left > 0 -> wait_left-- :: else -> skip fi;
      if :: young_left > 0 -> young_left-- :: else -> skip fi;
      do
      :: i < MEMBERS ->
        if :: lease_left[i] > 0 -> lease_left[i]-- :: else -> skip fi;
        if :: member_left[i] > 0 -> member_left[i]-- :: else -> skip fi;
        if :: ping_age[i] < LEASE -> ping_age[i]++ :: else -> skip fi;
        i++
      :: else -> break
      od;
      i = 0
    }
  od
}

init {
  atomic {
    byte i = 0;
    do
    :: i < MEMBERS ->
      subscribed[i] = true;
      listening[i] = true;
      end_heartbeat(i);
      /* It has just had a heartbeat and holds a copy. */
      knows_epoch[i] = true;
      member_left[i] = LEASE;
      lease_left[i] = LEASE;
      copy[i] = 1;
      run engine(i);
      run filler(i);
      run reader(i);
      i++
    :: else -> break
    od;
    i = 0;
    run writer();
    run fate();
    run clock()
  }
}

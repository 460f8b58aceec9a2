/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT
 *
 * The protocol of resile::spinlock: ownership in the word, one look per wait, owners read between waits, no line.
 *
 * Claims, checked for every interleaving of the configuration:
 *  1. Mutual exclusion (assert at each release: the word names the releaser).
 *  2. No undetected deadlock: no invalid end state. There are no timeouts here: whoever waits for what never
 *     comes stays blocked, and spin reports it.
 *  3. No verdict without a cycle: at every verdict, a cycle through the caller existed in the true wait-for graph
 *     (ghosts `truly_waits`, `existed`) at a moment while it waited.
 *  4. All zero in the end.
 *
 * Steps are single accesses to shared memory. Rules of docs/lock.md:
 *   R1, R2  take or refuse at the first look   R3  deeper, publish      R4  the walk, a read at a time
 *   R5      confirm                            R6, R7  withdraw, shallower   R8  take when free, whatever
 * Abstracted away: the pauses before announcing (a context that has not announced is one that has not begun),
 * sleeping and the two flags (they delay and never decide), how a walk guesses (here it reads any waits of others, in
 * any order, or none, before it reads an owner), the width of the sequence (0..255 here), timeouts.
 *
 * A context is a process (slot, level). Only the top context of a slot runs: every step is guarded by it. A handler
 * may interrupt at every step, once in each life of the context below, and runs to completion.
 *
 * -DSLOTS -DLOCKS -DLEVELS (contexts per slot), -DINTERRUPTIBLE (slots 0 .. n-1 have handlers), -DRING (slot s takes
 * lock s, then s + 1), -DHANDLER_LOCKS (1 or 2), -DNO_GUESS (walks guess nothing: owners are always read twice).
 * Broken on purpose: -DSLOT_ONLY -DNO_COLLECT -DOWNERS_ONLY -DWAITS_ONLY -DEARLY_TARGET -DNO_FENCE -DSTRICT_LINE
 * -DLATE_DEPTH
 */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef LOCKS
#define LOCKS 2
#endif
#ifndef LEVELS
#define LEVELS 2
#endif
#ifndef INTERRUPTIBLE
#define INTERRUPTIBLE SLOTS
#endif
#ifndef HANDLER_LOCKS
#define HANDLER_LOCKS 1
#endif

#define NONE 255
#ifdef NO_FENCE
#define EXTRA 1
#else
#define EXTRA 0
#endif
#define AT(s, j) ((s) * LEVELS + (j))

byte owner[LOCKS];        /* slot + 1, 0 = free */
byte owner_depth[LOCKS];  /* part of the same word */
byte depth[SLOTS];
byte wait[SLOTS * LEVELS];      /* lock + 1, 0 = not waiting; one word with: */
byte sequence[SLOTS * LEVELS];

byte top[SLOTS];                /* which context runs */
bool over[SLOTS * LEVELS];      /* the context has ended */
byte truly_waits[SLOTS * LEVELS]; /* ghost: lock + 1 from publishing to taking or withdrawing */
bool existed[SLOTS * LEVELS];     /* ghost: a cycle through this wait has existed since it was published */

#ifdef NO_FENCE
byte buffered[SLOTS];           /* a publication still in the store buffer: lock + 1 */
byte buffered_at[SLOTS];
#endif
#ifdef STRICT_LINE
chan line[LOCKS] = [SLOTS * LEVELS] of { byte };
#endif

/* Ghost: is there, in truth, a cycle through slot s waiting for lock l? */
inline true_cycle(s, l, answer) {
    reach = 1 << (l);
    n = 0;
    answer = false;
    do
    :: n < LOCKS ->
        k = 0;
        do
        :: k < LOCKS ->
            if
            :: (reach & (1 << k)) && owner[k] == (s) + 1 -> answer = true
            :: (reach & (1 << k)) && owner[k] != 0 && owner[k] != (s) + 1 ->
                j = owner_depth[k];
                do
                :: j < LEVELS ->
                    if
                    :: truly_waits[AT(owner[k] - 1, j)] -> reach = reach | (1 << (truly_waits[AT(owner[k] - 1, j)] - 1))
                    :: else
                    fi;
                    j++
                :: else -> break
                od
            :: else
            fi;
            k++
        :: else -> break
        od;
        n++
    :: else -> break
    od;
    reach = 0; n = 0; k = 0; j = 0
}

/* Ghost: a published wait may have closed cycles, through this context and through others. */
inline note_cycles() {
    existed[AT(s, level)] = false;
    x = 0;
    do
    :: x < SLOTS * LEVELS ->
        if
        :: truly_waits[x] ->
            true_cycle(x / LEVELS, truly_waits[x] - 1, truth);
            existed[x] = existed[x] || truth
        :: else
        fi;
        x++
    :: else -> break
    od;
    x = 0; truth = false
}

#define RUN top[s] == v

inline publish(l) {
#ifdef NO_FENCE
    atomic { RUN -> buffered[s] = l + 1; buffered_at[s] = AT(s, level); truly_waits[AT(s, level)] = l + 1; note_cycles() }
#else
    atomic { RUN -> wait[AT(s, level)] = l + 1; sequence[AT(s, level)]++; truly_waits[AT(s, level)] = l + 1; note_cycles() }
#endif
}

inline withdraw() {
#ifdef NO_FENCE
    atomic { RUN && buffered[s] == 0 -> wait[AT(s, level)] = 0; sequence[AT(s, level)]++; truly_waits[AT(s, level)] = 0 }
#else
    atomic { RUN -> wait[AT(s, level)] = 0; sequence[AT(s, level)]++; truly_waits[AT(s, level)] = 0 }
#endif
}

#include "lock_walk.pml"

inline try_take(l) {
    owner[l] == 0 -> owner[l] = s + 1; owner_depth[l] = mine; truly_waits[AT(s, level)] = 0; got_it = true
}

/* Sets got_it. */
inline acquire(l) {
    got_it = false;
    atomic {
        RUN;
        mine = depth[s];
        level = depth[s];
        if
        :: owner[l] == 0 -> owner[l] = s + 1; owner_depth[l] = mine; got_it = true   /* R1 */
        :: owner[l] == s + 1 -> refused = true                                        /* R2 */
        :: else
        fi
    };
    if
    :: !got_it && !refused ->
#ifdef LATE_DEPTH
        publish(l);
        atomic { RUN -> depth[s]++ };
#else
        atomic { RUN -> depth[s]++ };                                                 /* R3 */
        publish(l);
#endif
        walk(l);
        if
        :: verdict ->
            assert(existed[AT(s, level)]);
            refused = true
#ifdef STRICT_LINE
        :: else ->
            atomic { RUN -> line[l]!AT(s, level) };
            atomic { RUN && line[l]?[eval(AT(s, level))] && owner[l] == 0 -> line[l]?eval(AT(s, level)); try_take(l) }
#else
        :: else -> atomic { RUN && owner[l] == 0 -> try_take(l) }                     /* R8 */
#endif
        fi;
        verdict = false;
        withdraw();                                                                   /* R6, R7 */
        atomic { RUN -> depth[s]-- }
    :: else
    fi;
    mine = 0; level = 0
}

inline release(l) {
    atomic { RUN -> assert(owner[l] == s + 1); owner[l] = 0; owner_depth[l] = 0 }
}

proctype context(byte s; byte v) {
    byte l1, l2, mine, level, at, todo, seen, early, w, got, last, reach, n, k, j, x;
    byte own[LOCKS], own_depth[LOCKS], via[LOCKS], sq[LOCKS], parent[LOCKS];
    bool got_it, refused, verdict, changed, truth, has1, has2;

    if
    :: v > 0 ->
        if
        :: atomic { top[s] == v - 1 && !over[AT(s, v - 1)] -> top[s] = v }  /* the interrupt arrives */
        :: atomic { over[AT(s, v - 1)] -> over[AT(s, v)] = true; goto done }  /* or never does */
        fi
    :: else
    fi;

#ifdef RING
    d_step { l1 = s % LOCKS; l2 = (s + 1) % LOCKS };
    if
    :: v > 0 -> select(l1 : 0 .. LOCKS - 1)
    :: else
    fi;
#else
    select(l1 : 0 .. LOCKS - 1);
    select(l2 : 0 .. LOCKS - 1);
#endif
    acquire(l1);
    has1 = got_it;
    if
    :: has1 && (v == 0 || HANDLER_LOCKS == 2) && l1 != l2 -> acquire(l2); has2 = got_it
    :: else
    fi;
    if
    :: has1 && has2 -> if :: release(l1); release(l2) :: release(l2); release(l1) fi
    :: has1 && !has2 -> release(l1)
    :: else
    fi;
    /* A context ends on top, like all it does: one that was interrupted goes on first. */
    atomic {
        RUN -> over[AT(s, v)] = true;
        if :: v > 0 -> top[s] = v - 1 :: else fi
    };
done:
    skip
}

#ifdef NO_FENCE
active proctype memory() {  /* store buffers drain when they like */
    byte s;
end:
    do
    :: atomic { buffered[0] != 0 -> wait[buffered_at[0]] = buffered[0]; sequence[buffered_at[0]]++; buffered[0] = 0 }
    :: atomic { buffered[1] != 0 -> wait[buffered_at[1]] = buffered[1]; sequence[buffered_at[1]]++; buffered[1] = 0 }
    od
}
#endif

init {
    byte s, v;
    atomic {
        do
        :: s < SLOTS ->
            v = 0;
            do
            :: v < LEVELS && (v == 0 || s < INTERRUPTIBLE) -> run context(s, v); v++
            :: v < LEVELS && v > 0 && s >= INTERRUPTIBLE -> v++
            :: else -> break
            od;
            s++
        :: else -> break
        od
    };
    s = 0; v = 0;
    _nr_pr <= 1 + EXTRA;
    do
    :: s < LOCKS -> assert(owner[s] == 0); s++
    :: else -> break
    od
}

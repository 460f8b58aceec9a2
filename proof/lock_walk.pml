/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT
 *
 * The walk of lock_protocol.pml: who waits for whom, a read at a time, and when it is believed.
 */

/* What a walk guesses from hints: waits of others, any of them, in any order, before it reads an owner. */
inline guess(l) {
    do
    :: break
    :: atomic {
           RUN -> select(w : 0 .. SLOTS * LEVELS - 1);
           got = wait[w];
           if
           :: w / LEVELS != s && got != 0 && got != l + 1 && !(early & (1 << (got - 1))) ->
               got--;
               early = early | (1 << got);
               via[got] = w; sq[got] = sequence[w]
           :: else
           fi;
           got = 0; w = 0
       }
    od
}

inline read_owner(lock) {
    atomic { RUN -> own[lock] = owner[lock]; own_depth[lock] = owner_depth[lock] }
}

/* The wait at an entry: the guessed one if there is one, else what is read now. */
inline follow(entry) {
    d_step {
        k = 0;
        do
        :: k < LOCKS && !((early & (1 << k)) && via[k] == entry) -> k++
        :: else -> break
        od;
        got = k;
        k = 0;
    };
    if
    :: got < LOCKS -> /* known, be it reached or not */
        d_step {
            if
            :: !(seen & (1 << got)) -> seen = seen | (1 << got); todo = todo | (1 << got); parent[got] = at
            :: else
            fi;
            got = 0
        }
    :: else ->
        atomic {
            RUN -> got = wait[entry];
            if
            :: got != 0 && !(seen & (1 << (got - 1))) ->
                got--;
                seen = seen | (1 << got); todo = todo | (1 << got);
                early = early & ~(1 << got);
                via[got] = entry; sq[got] = sequence[entry]; parent[got] = at
            :: else
            fi;
            got = 0
        }
    fi
}

/* R4, R5. Sets verdict. */
inline walk(l) {
    do
    :: true ->
    todo = 1 << l; seen = 1 << l; verdict = false; at = NONE;
#ifdef EARLY_TARGET
    read_owner(l);
#endif
#ifndef NO_GUESS
    guess(l);
#endif
    do
    :: todo != 0 && !verdict ->
        d_step { at = 0; do :: at < LOCKS && !(todo & (1 << at)) -> at++ :: else -> break od; todo = todo & ~(1 << at) };
#ifdef EARLY_TARGET
        if :: at != l -> read_owner(at) :: else fi;
#else
        read_owner(at);
#endif
        if
        :: own[at] == 0
        :: own[at] == s + 1 -> verdict = true
        :: else ->
#ifdef SLOT_ONLY
            /* follow the top wait only, whoever of the slot owns the lock */
            w = LEVELS;
            do
            :: w > 0 && (w == LEVELS || wait[AT(own[at] - 1, w)] == 0) -> w--
            :: else -> break
            od;
#else
            w = own_depth[at];
#endif
            do
            :: w < LEVELS ->
                follow(AT(own[at] - 1, w));
#ifdef SLOT_ONLY
                break
#else
                w++
#endif
            :: else -> break
            od;
            w = 0
        fi
    :: else -> break
    od;
    todo = 0; seen = 0;
    changed = false;
    if
    :: verdict ->
#if !defined(NO_COLLECT) && !defined(WAITS_ONLY)
        /* Owners need no second reading if each wait on the path was read before the first of them. */
        d_step {
            last = at;
            do :: last != l && (early & (1 << last)) -> last = parent[last] :: else -> break od
        };
        if
#ifdef OWNERS_ONLY
        :: true ->
#else
        :: last != l ->
#endif
            /* Does each lead on to the next, as read now? w is the lock behind. */
            last = at; w = NONE;
            do
            :: atomic {
                   RUN -> changed = changed || (last == at -> owner[last] != s + 1 :
                       owner[last] != via[w] / LEVELS + 1 || owner_depth[last] > via[w] % LEVELS)
               };
                if :: last == l -> break :: else -> w = last; last = parent[last] fi
            od;
            w = 0
#ifndef OWNERS_ONLY
        :: else
#endif
        fi;
#endif
#if !defined(NO_COLLECT) && !defined(OWNERS_ONLY)
        last = at;
        do
        :: last == l -> break
        :: else ->
            atomic { RUN -> changed = changed || wait[via[last]] != last + 1 || sequence[via[last]] != sq[last] };
            last = parent[last]
        od;
#endif
        last = 0
    :: else
    fi;
    /* nothing of the walk is remembered */
    d_step {
        k = 0;
        do :: k < LOCKS -> own[k] = 0; own_depth[k] = 0; via[k] = 0; sq[k] = 0; parent[k] = 0; k++ :: else -> break od;
        k = 0; at = 0; early = 0
    };
    if :: changed -> skip :: else -> break fi
    od;
    changed = false
}

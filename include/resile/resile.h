/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT
 *
 * The C face of resile's LRU map: the same operations on bytes, for C and for whatever can call C.
 *
 * Every function but create and destroy may be called from any context, signal handlers in the middle of any
 * other call on the same map included; none waits, allocates or changes errno. Functions return 0 or a
 * positive count where they succeed, and a negative resile_error where they do not. A null map or key is
 * RESILE_BAD_ARGUMENT.
 */
#ifndef RESILE_RESILE_H
#define RESILE_RESILE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define RESILE_NOEXCEPT noexcept
#else
#define RESILE_NOEXCEPT
#endif

typedef struct resile_lru resile_lru; /* a map */

enum resile_error {
    RESILE_OK = 0,
    RESILE_INSERTED = 1, /* of writes: the key was absent */
    RESILE_REPLACED = 2, /* of writes: the key was present */
    RESILE_ABSENT = -1,  /* the key is not in the map */
    RESILE_EXISTS = -2,  /* insert: the key is in the map */
    RESILE_NO_MEMORY =
        -3, /* create: the system has none; writes: more contexts are inside than the map was told of */
    RESILE_BAD_ARGUMENT = -4, /* a null pointer, or 0 where something is needed */
    RESILE_TOO_LARGE = -5     /* create: beyond the limits */
};

/* What an error means and what to do about it, in English. Never null. */
const char* resile_error_text(int error) RESILE_NOEXCEPT;

struct resile_lru_options {
    uint32_t struct_bytes; /* sizeof(struct resile_lru_options) */
    uint32_t per_cpu;      /* 1: prefer entries of the inserting CPU as victims */
    uint64_t contexts;     /* threads and handlers that may be inside at a time; 0: 256 */
    uint64_t seed;         /* of the hash; 0: random */
    /* Sees each entry that had to go for want of room; async-signal-safe; may be null. */
    void (*on_eviction)(void* context, const void* key, const void* value);
    void* eviction_context;
};

/* Makes a map of fixed sizes; options may be null. Contexts: the task. */
int resile_lru_create(resile_lru** map, size_t key_bytes, size_t value_bytes, size_t max_entries,
                      const struct resile_lru_options* options) RESILE_NOEXCEPT;
/* Null is allowed. Contexts: the task, when nobody uses the map. */
void resile_lru_destroy(resile_lru* map) RESILE_NOEXCEPT;

/* RESILE_OK or RESILE_ABSENT. `value` may be null. get counts as a use, peek does not. */
int resile_lru_get(const resile_lru* map, const void* key, void* value) RESILE_NOEXCEPT;
int resile_lru_peek(const resile_lru* map, const void* key, void* value) RESILE_NOEXCEPT;

/* RESILE_INSERTED, RESILE_REPLACED, RESILE_EXISTS (insert), RESILE_ABSENT (replace), RESILE_NO_MEMORY. */
int resile_lru_put(resile_lru* map, const void* key, const void* value) RESILE_NOEXCEPT;
int resile_lru_insert(resile_lru* map, const void* key, const void* value) RESILE_NOEXCEPT;
int resile_lru_replace(resile_lru* map, const void* key, const void* value) RESILE_NOEXCEPT;
/* put that hands back the entry that had to go: *evicted is 1 and the rooms are filled, or 0. */
int resile_lru_put_evicting(resile_lru* map, const void* key, const void* value, void* victim_key,
                            void* victim_value, int* evicted) RESILE_NOEXCEPT;
/* change(context, value, present) changes the value in place, atomically; it may be called more than once. */
int resile_lru_upsert(resile_lru* map, const void* key,
                      void (*change)(void* context, void* value, int present), void* context) RESILE_NOEXCEPT;

/* The same, only if the key is present: RESILE_REPLACED, RESILE_ABSENT. */
int resile_lru_update(resile_lru* map, const void* key,
                      void (*change)(void* context, void* value, int present), void* context) RESILE_NOEXCEPT;
/* Inserts `initial` if the key is absent, and copies the value that it has from now on: RESILE_INSERTED,
 * RESILE_EXISTS, RESILE_NO_MEMORY. */
int resile_lru_get_or_insert(resile_lru* map, const void* key, const void* initial,
                             void* value) RESILE_NOEXCEPT;

/* RESILE_OK or RESILE_ABSENT. take copies the value that it erases. */
int resile_lru_erase(resile_lru* map, const void* key) RESILE_NOEXCEPT;
int resile_lru_take(resile_lru* map, const void* key, void* value) RESILE_NOEXCEPT;
int resile_lru_clear(resile_lru* map) RESILE_NOEXCEPT;

/* A handle on an entry: until it is released the entry is not evicted, and its memory stays the entry's.
 * `value` is the value in place, aligned to 8 bytes; others read and write it at the same time: use atomic
 * operations. */
typedef struct resile_lru_handle {
    void* value;
    resile_lru* map;   /* private */
    uint64_t reserved; /* private */
} resile_lru_handle;
/* RESILE_OK; RESILE_ABSENT (also if the key has 32,768 handles), and then value is null. */
int resile_lru_find(resile_lru* map, const void* key, resile_lru_handle* handle) RESILE_NOEXCEPT;
/* Once for each handle found; a handle whose value is null is allowed. */
int resile_lru_release(resile_lru_handle* handle) RESILE_NOEXCEPT;

/* visit for every entry; an entry that is there all the while is visited once. Recency stays as it is. */
int resile_lru_for_each(const resile_lru* map,
                        void (*visit)(void* context, const void* key, const void* value),
                        void* context) RESILE_NOEXCEPT;
size_t resile_lru_size(const resile_lru* map) RESILE_NOEXCEPT;
size_t resile_lru_max_size(const resile_lru* map) RESILE_NOEXCEPT;

struct resile_lru_counts {
    uint64_t hits, misses, insertions, replacements, evictions, erasures, retries, no_memory;
};
/* Sums over all depths of contexts. */
int resile_lru_statistics(const resile_lru* map, struct resile_lru_counts* counts) RESILE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif

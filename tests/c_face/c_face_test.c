/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT
 *
 * Every function and every error of resile.h, from C; and a signal handler that updates the map while main
 * does. Says what did not hold; exits with 0 if everything did.
 */
#define _XOPEN_SOURCE 700

#include <resile/resile.h>

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static int failures;

#define CHECK(what)                                                                   \
    do {                                                                              \
        if (!(what)) {                                                                \
            ++failures;                                                               \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
        }                                                                             \
    } while (0)

#define CHECK_RESULT(call, wanted)                                                                \
    do {                                                                                          \
        const int result_ = (call);                                                               \
        if (result_ != (wanted)) {                                                                \
            ++failures;                                                                           \
            fprintf(stderr, "%s:%d: %s is %d (%s), not %s\n", __FILE__, __LINE__, #call, result_, \
                    resile_error_text(result_), #wanted);                                         \
        }                                                                                         \
    } while (0)

enum { key_bytes = 5, value_bytes = 11, entries = 4 };
typedef struct {
    char bytes[key_bytes];
} key;
typedef struct {
    char bytes[value_bytes];
} value;

static key key_of(unsigned number) {
    key made;
    memset(&made, 'k', sizeof(made));
    memcpy(made.bytes + 1, &number, sizeof(number));
    return made;
}
static value value_of(unsigned number) {
    value made;
    memset(&made, 'v', sizeof(made));
    memcpy(made.bytes + 3, &number, sizeof(number));
    return made;
}
static int is_value(const value* seen, unsigned number) {
    const value wanted = value_of(number);
    return memcmp(seen, &wanted, sizeof(wanted)) == 0;
}

static struct resile_lru_options default_options(void) {
    struct resile_lru_options options;
    memset(&options, 0, sizeof(options));
    options.struct_bytes = sizeof(options);
    return options;
}

static resile_lru* new_map(const struct resile_lru_options* options) {
    resile_lru* map = NULL;
    CHECK_RESULT(resile_lru_create(&map, key_bytes, value_bytes, entries, options), RESILE_OK);
    CHECK(map != NULL);
    return map;
}

static void every_error_has_a_text_of_its_own(void) {
    for (int error = RESILE_TOO_LARGE; error <= RESILE_REPLACED; ++error) {
        CHECK(resile_error_text(error) != NULL && strlen(resile_error_text(error)) > 5);
        CHECK(strcmp(resile_error_text(error), resile_error_text(4711)) != 0);
        for (int other = RESILE_TOO_LARGE; other < error; ++other)
            CHECK(strcmp(resile_error_text(error), resile_error_text(other)) != 0);
    }
    CHECK(resile_error_text(-4711) != NULL && resile_error_text(4711) != NULL);
}

static void impossible_maps_are_refused(void) {
    resile_lru* map = (resile_lru*)&map;
    CHECK_RESULT(resile_lru_create(NULL, 8, 8, 8, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_create(&map, 0, 8, 8, NULL), RESILE_BAD_ARGUMENT);
    CHECK(map == NULL);
    CHECK_RESULT(resile_lru_create(&map, 8, 0, 8, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_create(&map, 8, 8, 0, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_create(&map, 4097, 8, 8, NULL), RESILE_TOO_LARGE);
    CHECK_RESULT(resile_lru_create(&map, 8, 65537, 8, NULL), RESILE_TOO_LARGE);
    CHECK_RESULT(resile_lru_create(&map, 8, 8, SIZE_MAX, NULL), RESILE_TOO_LARGE);
    CHECK_RESULT(resile_lru_create(&map, SIZE_MAX, SIZE_MAX, 8, NULL), RESILE_TOO_LARGE);
    /* 136 TiB: more than an address space */
    CHECK_RESULT(resile_lru_create(&map, 4096, 65536, (size_t)2147000000, NULL), RESILE_NO_MEMORY);
    struct resile_lru_options options = default_options();
    options.struct_bytes = 4;
    CHECK_RESULT(resile_lru_create(&map, 8, 8, 8, &options), RESILE_BAD_ARGUMENT);
    options = default_options();
    options.contexts = UINT64_MAX;
    CHECK_RESULT(resile_lru_create(&map, 8, 8, 8, &options), RESILE_TOO_LARGE);
    CHECK(map == NULL);
    resile_lru_destroy(NULL);
}

static void change_nothing(void* context, void* at, int present) {
    (void)context, (void)at, (void)present;
}
static void visit_nothing(void* context, const void* a_key, const void* a_value) {
    (void)context, (void)a_key, (void)a_value;
}

static void null_pointers_are_refused(void) {
    resile_lru* map = new_map(NULL);
    const key k = key_of(1);
    value v = value_of(1);
    int evicted = 5;
    struct resile_lru_counts counts;
    CHECK_RESULT(resile_lru_get(NULL, &k, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_get(map, NULL, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_peek(NULL, &k, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_peek(map, NULL, &v), RESILE_BAD_ARGUMENT);
    int (*const writes[])(resile_lru*, const void*, const void*) = {resile_lru_put, resile_lru_insert,
                                                                    resile_lru_replace};
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); ++i) {
        CHECK_RESULT(writes[i](NULL, &k, &v), RESILE_BAD_ARGUMENT);
        CHECK_RESULT(writes[i](map, NULL, &v), RESILE_BAD_ARGUMENT);
        CHECK_RESULT(writes[i](map, &k, NULL), RESILE_BAD_ARGUMENT);
    }
    CHECK_RESULT(resile_lru_put_evicting(NULL, &k, &v, NULL, NULL, &evicted), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_put_evicting(map, NULL, &v, NULL, NULL, &evicted), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_put_evicting(map, &k, NULL, NULL, NULL, &evicted), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_put_evicting(map, &k, &v, NULL, NULL, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_upsert(NULL, &k, change_nothing, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_upsert(map, NULL, change_nothing, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_upsert(map, &k, NULL, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_update(NULL, &k, change_nothing, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_update(map, NULL, change_nothing, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_update(map, &k, NULL, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_get_or_insert(NULL, &k, &v, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_get_or_insert(map, NULL, &v, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_get_or_insert(map, &k, NULL, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_get_or_insert(map, &k, &v, NULL), RESILE_BAD_ARGUMENT);
    resile_lru_handle handle;
    CHECK_RESULT(resile_lru_find(NULL, &k, &handle), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_find(map, NULL, &handle), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_find(map, &k, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_release(NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_erase(NULL, &k), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_erase(map, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_take(NULL, &k, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_take(map, NULL, &v), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_take(map, &k, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_clear(NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_for_each(NULL, visit_nothing, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_for_each(map, NULL, NULL), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_statistics(NULL, &counts), RESILE_BAD_ARGUMENT);
    CHECK_RESULT(resile_lru_statistics(map, NULL), RESILE_BAD_ARGUMENT);
    CHECK(resile_lru_size(NULL) == 0 && resile_lru_max_size(NULL) == 0);
    CHECK(resile_lru_size(map) == 0);
    resile_lru_destroy(map);
}

static void count_up(void* context, void* at, int present) {
    *(int*)context += present ? 1 : 100;
    value* now = at;
    if (present) {
        unsigned number;
        memcpy(&number, now->bytes + 3, sizeof(number));
        *now = value_of(number + 1);
    } else {
        const value zeros = {{0}};
        CHECK(memcmp(now, &zeros, sizeof(zeros)) == 0);
        *now = value_of(1);
    }
}
static void collect(void* context, const void* a_key, const void* a_value) {
    unsigned number, of_value, *seen = context;
    memcpy(&number, (const char*)a_key + 1, sizeof(number));
    memcpy(&of_value, (const char*)a_value + 3, sizeof(of_value));
    CHECK(number < 32 && of_value == 10 * number);
    if (number < 32) ++seen[number];
}

static void operations_do_what_they_say(void) {
    struct resile_lru_options options = default_options();
    options.per_cpu = 1;
    options.contexts = 3;
    options.seed = 1;
    resile_lru* map = new_map(&options);
    key k = key_of(1);
    value v = value_of(10), seen;
    CHECK(resile_lru_max_size(map) == entries);
    CHECK_RESULT(resile_lru_get(map, &k, &seen), RESILE_ABSENT);
    CHECK_RESULT(resile_lru_peek(map, &k, &seen), RESILE_ABSENT);
    CHECK_RESULT(resile_lru_replace(map, &k, &v), RESILE_ABSENT);
    CHECK_RESULT(resile_lru_erase(map, &k), RESILE_ABSENT);
    CHECK_RESULT(resile_lru_take(map, &k, &seen), RESILE_ABSENT);
    CHECK_RESULT(resile_lru_insert(map, &k, &v), RESILE_INSERTED);
    CHECK_RESULT(resile_lru_insert(map, &k, &v), RESILE_EXISTS);
    CHECK_RESULT(resile_lru_get(map, &k, &seen), RESILE_OK);
    CHECK(is_value(&seen, 10));
    v = value_of(11);
    CHECK_RESULT(resile_lru_put(map, &k, &v), RESILE_REPLACED);
    CHECK_RESULT(resile_lru_peek(map, &k, &seen), RESILE_OK);
    CHECK(is_value(&seen, 11));
    v = value_of(12);
    CHECK_RESULT(resile_lru_replace(map, &k, &v), RESILE_REPLACED);
    CHECK_RESULT(resile_lru_get(map, &k, NULL), RESILE_OK);
    CHECK_RESULT(resile_lru_take(map, &k, &seen), RESILE_OK);
    CHECK(is_value(&seen, 12));
    int calls = 0;
    CHECK_RESULT(resile_lru_upsert(map, &k, count_up, &calls), RESILE_INSERTED);
    CHECK_RESULT(resile_lru_upsert(map, &k, count_up, &calls), RESILE_REPLACED);
    CHECK(calls == 101);
    CHECK_RESULT(resile_lru_get(map, &k, &seen), RESILE_OK);
    CHECK(is_value(&seen, 2));
    CHECK_RESULT(resile_lru_erase(map, &k), RESILE_OK);
    CHECK(resile_lru_size(map) == 0);

    key gone_key;
    value gone;
    int evicted = 7;
    for (unsigned number = 1; number <= entries; ++number) {
        k = key_of(number), v = value_of(10 * number);
        CHECK_RESULT(resile_lru_put_evicting(map, &k, &v, &gone_key, &gone, &evicted), RESILE_INSERTED);
        CHECK(evicted == 0);
    }
    k = key_of(entries + 1), v = value_of(10 * (entries + 1));
    CHECK_RESULT(resile_lru_put_evicting(map, &k, &v, &gone_key, &gone, &evicted), RESILE_INSERTED);
    CHECK(evicted == 1 && resile_lru_size(map) == entries);
    CHECK_RESULT(resile_lru_peek(map, &gone_key, NULL), RESILE_ABSENT);
    unsigned visits[32] = {0};
    collect(visits, &gone_key, &gone);
    CHECK_RESULT(resile_lru_for_each(map, collect, visits), RESILE_OK);
    for (unsigned number = 1; number <= entries + 1; ++number) CHECK(visits[number] == 1);
    CHECK_RESULT(resile_lru_put_evicting(map, &k, &v, NULL, NULL, &evicted), RESILE_REPLACED);
    CHECK(evicted == 0);

    struct resile_lru_counts counts;
    CHECK_RESULT(resile_lru_statistics(map, &counts), RESILE_OK);
    CHECK(counts.hits == 3 && counts.misses == 1);
    CHECK(counts.insertions == 2 + entries + 1 && counts.replacements == 4);
    CHECK(counts.evictions == 1 && counts.erasures == 2);
    CHECK(counts.retries == 0 && counts.no_memory == 0);
    CHECK_RESULT(resile_lru_clear(map), RESILE_OK);
    CHECK(resile_lru_size(map) == 0);
    resile_lru_destroy(map);
}

static void get_or_insert_and_update_tell_what_they_found(void) {
    resile_lru* map = new_map(NULL);
    const key k = key_of(1);
    const value one = value_of(1), two = value_of(2);
    value seen;
    int calls = 0;
    CHECK_RESULT(resile_lru_update(map, &k, count_up, &calls), RESILE_ABSENT);
    CHECK(calls == 0 && resile_lru_size(map) == 0);
    CHECK_RESULT(resile_lru_get_or_insert(map, &k, &one, &seen), RESILE_INSERTED);
    CHECK(is_value(&seen, 1));
    CHECK_RESULT(resile_lru_get_or_insert(map, &k, &two, &seen), RESILE_EXISTS);
    CHECK(is_value(&seen, 1));
    CHECK_RESULT(resile_lru_update(map, &k, count_up, &calls), RESILE_REPLACED);
    CHECK(calls == 1);
    CHECK_RESULT(resile_lru_get(map, &k, &seen), RESILE_OK);
    CHECK(is_value(&seen, 2));
    struct resile_lru_counts counts;
    CHECK_RESULT(resile_lru_statistics(map, &counts), RESILE_OK);
    CHECK(counts.hits == 2 && counts.misses == 1);
    resile_lru_destroy(map);
}

static void an_entry_with_a_handle_stays(void) {
    resile_lru* map = new_map(NULL);
    const key k = key_of(1);
    const value one = value_of(1);
    value seen;
    resile_lru_handle handle, second;
    CHECK_RESULT(resile_lru_find(map, &k, &handle), RESILE_ABSENT);
    CHECK(handle.value == NULL);
    CHECK_RESULT(resile_lru_release(&handle), RESILE_OK);
    CHECK_RESULT(resile_lru_put(map, &k, &one), RESILE_INSERTED);
    CHECK_RESULT(resile_lru_find(map, &k, &handle), RESILE_OK);
    CHECK_RESULT(resile_lru_find(map, &k, &second), RESILE_OK);
    CHECK(handle.value == second.value && (uintptr_t)handle.value % 8 == 0 && is_value(handle.value, 1));
    CHECK_RESULT(resile_lru_release(&second), RESILE_OK);
    for (unsigned number = 2; number < 50; ++number) {
        const key other = key_of(number);
        CHECK_RESULT(resile_lru_put(map, &other, &one), RESILE_INSERTED);
    }
    CHECK_RESULT(resile_lru_peek(map, &k, &seen), RESILE_OK);
    CHECK_RESULT(resile_lru_erase(map, &k), RESILE_OK);
    for (unsigned number = 50; number < 99; ++number) {
        const key other = key_of(number);
        const value another = value_of(number);
        CHECK_RESULT(resile_lru_put(map, &other, &another), RESILE_INSERTED);
    }
    CHECK(is_value(handle.value, 1));
    CHECK_RESULT(resile_lru_release(&handle), RESILE_OK);
    CHECK(handle.value == NULL);
    CHECK_RESULT(resile_lru_release(&handle), RESILE_OK);
    /* Its memory is room for an entry again. */
    CHECK(resile_lru_size(map) == entries - 1);
    CHECK_RESULT(resile_lru_put(map, &k, &one), RESILE_INSERTED);
    CHECK(resile_lru_size(map) == entries);
    resile_lru_destroy(map);
}

/* Four writers inside each other, in a map of one entry that was told of one context: that one, the node that
 * a thread may keep, and the entry itself make three. */
struct nested {
    resile_lru* map;
    unsigned depth;
    int results[4];
};
static void write_inside(void* context, void* at, int present) {
    struct nested* all = context;
    (void)present;
    *(value*)at = value_of(all->depth);
    if (all->depth == 3) return;
    const key k = key_of(++all->depth);
    const unsigned mine = all->depth;
    all->results[mine] = resile_lru_upsert(all->map, &k, write_inside, all);
}
static void more_contexts_than_the_map_was_told_of_are_told_no(void) {
    struct resile_lru_options options = default_options();
    options.contexts = 1;
    struct nested all = {NULL, 0, {0, 0, 0, 0}};
    CHECK_RESULT(resile_lru_create(&all.map, key_bytes, value_bytes, 1, &options), RESILE_OK);
    const key k = key_of(0);
    all.results[0] = resile_lru_upsert(all.map, &k, write_inside, &all);
    CHECK_RESULT(all.results[3], RESILE_NO_MEMORY);
    CHECK_RESULT(all.results[2], RESILE_INSERTED);
    CHECK_RESULT(all.results[1], RESILE_INSERTED);
    CHECK_RESULT(all.results[0], RESILE_INSERTED);
    CHECK(resile_lru_size(all.map) == 1);
    struct resile_lru_counts counts;
    CHECK_RESULT(resile_lru_statistics(all.map, &counts), RESILE_OK);
    CHECK(counts.no_memory == 1 && counts.insertions == 3 && counts.evictions == 2);
    resile_lru_destroy(all.map);
}

/* --- a handler that updates the map while main does --- */

static resile_lru* shared;
static const uint64_t counter = 1;
static volatile sig_atomic_t handled, wrong_in_handler;
static uint64_t evicted_counts; /* of the counter: nothing that was counted may get lost */

static void add_one(void* context, void* at, int present) {
    (void)context, (void)present;
    uint64_t now;
    memcpy(&now, at, sizeof(now));
    ++now;
    memcpy(at, &now, sizeof(now));
}
static void note_victim(void* context, const void* a_key, const void* a_value) {
    uint64_t number, count;
    memcpy(&number, a_key, sizeof(number));
    memcpy(&count, a_value, sizeof(count));
    if (number == counter) __atomic_fetch_add((uint64_t*)context, count, __ATOMIC_RELAXED);
}
static void on_alarm(int signal_number) {
    static uint64_t next = 1u << 20;
    (void)signal_number;
    errno = 4711;
    const int result = resile_lru_upsert(shared, &counter, add_one, NULL);
    if (result != RESILE_INSERTED && result != RESILE_REPLACED) wrong_in_handler = result;
    const uint64_t other = ++next;
    if (resile_lru_put(shared, &other, &other) != RESILE_INSERTED) wrong_in_handler = 100;
    if (errno != 4711) wrong_in_handler = 101;
    handled = handled + 1;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void a_handler_and_main_count_together(void) {
    struct resile_lru_options options = default_options();
    options.on_eviction = note_victim;
    options.eviction_context = &evicted_counts;
    CHECK_RESULT(resile_lru_create(&shared, 8, 8, 8, &options), RESILE_OK);
    if (shared == NULL) return;
    struct sigaction action, before;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_alarm;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, &before);
    const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    uint64_t counted = 0, wrong = 0;
    const double start = seconds();
    while (handled < 1000 && seconds() - start < 5) {
        for (int i = 0; i < 200; ++i) {
            const int result = resile_lru_upsert(shared, &counter, add_one, NULL);
            if (result == RESILE_INSERTED || result == RESILE_REPLACED)
                ++counted;
            else
                ++wrong;
            const uint64_t other = 2 + counted % 20;
            if (resile_lru_put(shared, &other, &other) < 0) ++wrong;
            uint64_t copy = other;
            if (resile_lru_get(shared, &other, &copy) == RESILE_OK && copy != other) ++wrong;
        }
    }
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    CHECK(wrong == 0);
    CHECK(wrong_in_handler == 0);
    CHECK(handled > 0);
    uint64_t left = 0;
    (void)resile_lru_get(shared, &counter, &left);
    CHECK(left + evicted_counts == counted + (uint64_t)handled);
    CHECK(resile_lru_size(shared) == 8);
    struct resile_lru_counts counts;
    CHECK_RESULT(resile_lru_statistics(shared, &counts), RESILE_OK);
    CHECK(counts.insertions - counts.evictions - counts.erasures == 8);
    printf("%d handlers and %llu updates of main: every count is there\n", (int)handled,
           (unsigned long long)counted);
    resile_lru_destroy(shared);
}

int main(void) {
    every_error_has_a_text_of_its_own();
    impossible_maps_are_refused();
    null_pointers_are_refused();
    operations_do_what_they_say();
    get_or_insert_and_update_tell_what_they_found();
    an_entry_with_a_handle_stays();
    more_contexts_than_the_map_was_told_of_are_told_no();
    a_handler_and_main_count_together();
    if (failures != 0) fprintf(stderr, "%d checks did not hold\n", failures);
    return failures == 0 ? 0 : 1;
}

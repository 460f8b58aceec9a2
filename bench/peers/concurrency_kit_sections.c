/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT */

#include "bench/peers/concurrency_kit_sections.h"

#include <ck_spinlock.h>

_Static_assert(sizeof(ck_spinlock_mcs_t) == sizeof(void*), "the end of a queue");
_Static_assert(sizeof(ck_spinlock_ticket_t) <= sizeof(uint64_t), "two counters");

void resile_bench_ck_mcs_sections(void** lock, uint64_t* counter, uint64_t times) {
    ck_spinlock_mcs_context_t place;
    ck_spinlock_mcs_t* const mcs = (ck_spinlock_mcs_t*)lock;
    for (uint64_t i = 0; i < times; ++i) {
        ck_spinlock_mcs_lock(mcs, &place);
        ++*(volatile uint64_t*)counter;
        ck_spinlock_mcs_unlock(mcs, &place);
    }
}

void resile_bench_ck_ticket_sections(uint64_t* lock, uint64_t* counter, uint64_t times) {
    ck_spinlock_ticket_t* const ticket = (ck_spinlock_ticket_t*)lock;
    for (uint64_t i = 0; i < times; ++i) {
        ck_spinlock_ticket_lock(ticket);
        ++*(volatile uint64_t*)counter;
        ck_spinlock_ticket_unlock(ticket);
    }
}

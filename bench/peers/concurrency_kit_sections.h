/* Copyright (c) 2026 The resile authors
 * SPDX-License-Identifier: MIT
 *
 * Concurrency Kit's headers are C and no C++, so its loops are compiled as C: its locks are inlined there, as
 * they are meant to be. */
#ifndef RESILE_BENCH_CONCURRENCY_KIT_SECTIONS_H
#define RESILE_BENCH_CONCURRENCY_KIT_SECTIONS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each does `times` sections: lock, add 1, unlock. A lock is a word of zeros before its first use: the end of the
 * queue, or a ticket counter. */
void resile_bench_ck_mcs_sections(void** lock, uint64_t* counter, uint64_t times);
void resile_bench_ck_ticket_sections(uint64_t* lock, uint64_t* counter, uint64_t times);

#ifdef __cplusplus
}
#endif
#endif

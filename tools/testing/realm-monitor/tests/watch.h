/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expectations about the monitor's page-table watch. What it must find is
 * announced for the runner to compare with its report, and counted here, to
 * compare with what the monitor says it has found by now. All of it goes
 * without the watch, too: then nothing is announced.
 */
#ifndef WATCH_H
#define WATCH_H

#include "pgtable.h"

#define WATCH_AUDIT	0xc6000001UL

/* Is the watch on? As the command line says; the monitor must agree. */
void watch_init(void);
/* The same in the format of arg=. Skips, and is false, if the CPU lacks it. */
bool watch_start(void);
bool watched(void);

/* Write @value to @entry; with an @lr of its own, by which findings differ. */
void watch_store(u64 *entry, u64 value);
void watch_store_lr(u64 *entry, u64 value, u64 lr);

/* Announce @count findings of @rule at @p, by @cpu, with @lr unless 0. */
void expect(const char *rule, struct place p, u64 cpu, u64 count, u64 lr);
/* The same where level, VA and entry are not of one place. */
void expect_somewhere(const char *rule, u64 cpu, u64 count);
/* A link register value that no finding had yet. */
u64 next_lr(void);
/* Announce a finding of @rule, write @value to @p and judge it. */
void plant(const char *rule, struct place p, u64 value);
/* The same, between a block and a table, which differ first at @differs. */
void plant_difference(const char *rule, struct place p, u64 value,
		      const u64 *differs);

/*
 * Has the monitor found all that was announced, nothing else, and no table
 * unprotected?
 */
void judge(const char *what);
/* Does the monitor track @n tables? */
void judge_tables(u64 n, const char *what);

/*
 * A second and further CPU, MMU off at first, that does one thing at a time.
 * worker_do() waits for it; worker_start() and worker_wait() are its halves.
 */
void workers_start(void);
void workers_stop(void);
void worker_start(unsigned int cpu, void (*fn)(u64), u64 arg);
void worker_wait(unsigned int cpu);
void worker_do(unsigned int cpu, void (*fn)(u64), u64 arg);

/* A worker's part: the MMU functions, for worker_do(). */
void work_mmu_on(u64 root);
void work_mmu_root(u64 root);
void work_flush(u64 unused);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* How a run ends. */
#ifndef END_H
#define END_H

#include "types.h"

/* The guest is about to run: what the end line's ticks count from. */
void end_start_clock(void);

/*
 * Stop all CPUs of the guest, so that nothing but the caller prints any more.
 * Only the first CPU returns from it.
 */
void end_stop_guest(void);

/* Stop the guest, print the end line and power the machine off. */
void __noreturn end(const char *result, const char *reason);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Output on the PL011 UART, which the monitor shares with the guest. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "types.h"

/*
 * Use the UART at address @base, and enable its transmitter, whatever the guest
 * left it like.
 */
void console_init(u64 base);

/* Print; conversions are %s, %c, %lu and %lx. "\n" gets its "\r". */
void __printf(1, 2) print(const char *fmt, ...);

#endif

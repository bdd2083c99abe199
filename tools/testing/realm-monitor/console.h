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

/*
 * Print with %s, %c, %u (u64, decimal) and %x (u64, hexadecimal with 0x):
 * integer arguments are always 64 bits wide. "\n" gets its "\r".
 */
void print(const char *fmt, ...);

#endif

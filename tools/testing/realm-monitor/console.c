// SPDX-License-Identifier: GPL-2.0-only
/* Output on the PL011 UART. */

#include <stdarg.h>

#include "console.h"

#define UART_DR		0x00
#define UART_FR		0x18
#define UART_FR_TXFF	BIT(5)
#define UART_CR		0x30
#define UART_CR_ENABLE	(BIT(0) | BIT(8) | BIT(9))	/* UART, TX, RX */

static u64 uart_base;

static volatile u32 *uart(unsigned int reg)
{
	return (volatile u32 *)(uart_base + reg);
}

static void put_char(char c)
{
	if (c == '\n')
		put_char('\r');
	while (*uart(UART_FR) & UART_FR_TXFF)
		;
	*uart(UART_DR) = (u8)c;
}

static void put_string(const char *s)
{
	while (*s)
		put_char(*s++);
}

static void put_number(u64 v, unsigned int base)
{
	char buf[21], *p = buf + sizeof(buf);

	*--p = 0;
	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	put_string(p);
}

void console_init(u64 base)
{
	uart_base = base;
	*uart(UART_CR) = UART_CR_ENABLE;
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put_char(*fmt);
			continue;
		}
		if (*++fmt == 'l')
			fmt++;
		switch (*fmt) {
		case 's':
			put_string(va_arg(ap, const char *));
			break;
		case 'c':
			put_char(va_arg(ap, int));
			break;
		case 'u':
			put_number(va_arg(ap, u64), 10);
			break;
		case 'x':
			put_number(va_arg(ap, u64), 16);
			break;
		}
	}
	va_end(ap);
}

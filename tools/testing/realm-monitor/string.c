// SPDX-License-Identifier: GPL-2.0-only
/* The part of string.h that a freestanding program has to bring along. */

#include "types.h"

/* The compiler calls them for every large structure: by words where it can. */
void *memset(void *dst, int c, size_t n)
{
	u64 word = 0x0101010101010101 * (u8)c;
	u8 *d = dst;

	if (ALIGNED((u64)d, 8))
		for (; n >= 8; n -= 8, d += 8)
			*(u64 *)d = word;
	while (n--)
		*d++ = c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	const u8 *s = src;
	u8 *d = dst;

	if (ALIGNED((u64)d | (u64)s, 8))
		for (; n >= 8; n -= 8, d += 8, s += 8)
			*(u64 *)d = *(const u64 *)s;
	while (n--)
		*d++ = *s++;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool streq(const char *a, const char *b)
{
	return !memcmp(a, b, strlen(b) + 1);
}

bool starts_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

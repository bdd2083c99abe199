// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's fw_cfg device by its plain registers (docs/specs/fw_cfg in QEMU). */

#include "fwcfg.h"
#include "layout.h"

#define REG_DATA	0
#define REG_SELECTOR	8

#define FILE_DIRECTORY	0x19

/* Directory: a count, then these, all big-endian. */
struct entry {
	u32 size;
	u16 select;
	u16 reserved;
	char name[56];
};

static void select(u16 key)
{
	*(volatile u16 *)(FW_CFG_BASE + REG_SELECTOR) = __builtin_bswap16(key);
}

static void get(void *dst, u32 n)
{
	u8 *d = dst;

	while (n--)
		*d++ = *(volatile u8 *)(FW_CFG_BASE + REG_DATA);
}

int fwcfg_find(const char *name, u32 *size)
{
	struct entry entry;
	u32 count;

	select(FILE_DIRECTORY);
	get(&count, sizeof(count));
	for (count = __builtin_bswap32(count); count; count--) {
		get(&entry, sizeof(entry));
		if (streq(entry.name, name)) {
			*size = __builtin_bswap32(entry.size);
			return __builtin_bswap16(entry.select);
		}
	}
	return -1;
}

void fwcfg_read(int file, void *dst, u32 n)
{
	select(file);
	get(dst, n);
}

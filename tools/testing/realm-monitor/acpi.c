// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's ACPI tables. They come as files of fw_cfg, and one file of commands
 * that says where the files go and which of their fields hold addresses of
 * others and checksums (bios-linker-loader in QEMU).
 */

#include "acpi.h"
#include "config.h"
#include "fwcfg.h"

#define NAME_SIZE	56
#define MAX_FILES	4

/* Offsets in ACPI's structures. */
#define RSDP_XSDT		24
#define TABLE_LENGTH		4
#define TABLE_CHECKSUM		9
#define TABLE_HEADER		36
#define FADT_ARM_BOOT_ARCH	129
#define PSCI_USE_HVC		2

enum {
	COMMAND_ALLOCATE = 1,
	COMMAND_ADD_POINTER = 2,
	COMMAND_ADD_CHECKSUM = 3,
};

struct command {
	u32 command;

	union {
		struct {
			char file[NAME_SIZE];
			u32 align;
			u8 zone;
		} allocate;
		struct {
			char file[NAME_SIZE];
			char target[NAME_SIZE];
			u32 offset;
			u8 size;
		} add_pointer;
		struct {
			char file[NAME_SIZE];
			u32 offset;
			u32 start;
			u32 length;
		} add_checksum;
		u8 pad[124];
	};
};
_Static_assert(sizeof(struct command) == 128, "linker-loader command");

static struct file {
	char name[NAME_SIZE];
	u64 address;
	u32 size;
} files[MAX_FILES];
static unsigned int nr_files;

static struct file *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_files; i++)
		if (streq(files[i].name, name))
			return &files[i];
	return NULL;
}

static bool allocate(const struct command *c, u64 *next, u64 top)
{
	struct file *file = &files[nr_files];
	u64 address = ALIGN_UP(*next, c->allocate.align);
	int id = fwcfg_find(c->allocate.file, &file->size);

	if (id < 0 || nr_files == MAX_FILES || address + file->size > top)
		return false;
	memcpy(file->name, c->allocate.file, NAME_SIZE);
	file->address = address;
	fwcfg_read(id, (void *)address, file->size);
	*next = address + file->size;
	nr_files++;
	return true;
}

/* The field holds an offset into the target: make it an address. */
static bool add_pointer(const struct command *c)
{
	struct file *file = find(c->add_pointer.file);
	struct file *target = find(c->add_pointer.target);
	u32 size = c->add_pointer.size;
	u64 value = 0;

	if (!file || !target || size > sizeof(value) ||
	    c->add_pointer.offset + (u64)size > file->size)
		return false;
	memcpy(&value, (u8 *)file->address + c->add_pointer.offset, size);
	value += target->address;
	memcpy((u8 *)file->address + c->add_pointer.offset, &value, size);
	return true;
}

static bool add_checksum(const struct command *c)
{
	struct file *file = find(c->add_checksum.file);
	u64 start = c->add_checksum.start, i;
	u8 *p, sum = 0;

	if (!file || c->add_checksum.offset >= file->size ||
	    start + c->add_checksum.length > file->size)
		return false;
	p = (u8 *)file->address;
	for (i = 0; i < c->add_checksum.length; i++)
		sum += p[start + i];
	p[c->add_checksum.offset] -= sum;
	return true;
}

/* Commands that we do not know are for devices that we do not have. */
static bool execute(const struct command *c, u64 *next, u64 top)
{
	switch (c->command) {
	case COMMAND_ALLOCATE:
		return allocate(c, next, top);
	case COMMAND_ADD_POINTER:
		return add_pointer(c);
	case COMMAND_ADD_CHECKSUM:
		return add_checksum(c);
	}
	return true;
}

static u64 get(u64 address, unsigned int size)
{
	u64 value = 0;

	memcpy(&value, (void *)address, size);
	return value;
}

/* Say in the FADT that PSCI is called by HVC. */
static bool set_conduit_hvc(u64 rsdp)
{
	u64 xsdt = get(rsdp + RSDP_XSDT, 8);
	u64 end = xsdt + get(xsdt + TABLE_LENGTH, 4), entry;

	for (entry = xsdt + TABLE_HEADER; entry < end; entry += 8) {
		u8 *table = (u8 *)get(entry, 8);

		if (memcmp(table, "FACP", 4))
			continue;
		if (!(table[FADT_ARM_BOOT_ARCH] & PSCI_USE_HVC)) {
			table[FADT_ARM_BOOT_ARCH] |= PSCI_USE_HVC;
			table[TABLE_CHECKSUM] -= PSCI_USE_HVC;
		}
		return true;
	}
	return false;
}

u64 acpi_load(u64 *next, u64 top)
{
	static struct command commands[64];
	struct file *rsdp;
	unsigned int i;
	u32 size;
	int id = fwcfg_find("etc/table-loader", &size);

	if (id < 0 || size > sizeof(commands))
		return 0;
	fwcfg_read(id, commands, size);
	for (i = 0; i < size / sizeof(commands[0]); i++)
		if (!execute(&commands[i], next, top))
			return 0;
	rsdp = find("etc/acpi/rsdp");
	if (!rsdp || (config.hvc && !set_conduit_hvc(rsdp->address)))
		return 0;
	return rsdp->address;
}

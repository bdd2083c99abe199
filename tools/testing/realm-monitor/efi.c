// SPDX-License-Identifier: GPL-2.0-only
/*
 * An arm64 kernel uses ACPI only if UEFI tells it of it: the system table,
 * whose configuration tables have the RSDP, and the memory map, which replaces
 * /memory, are named in /chosen (Documentation/arch/arm/uefi.rst). A tree
 * without other nodes makes the kernel prefer ACPI. There are no runtime
 * services, and a configuration table that says so.
 */

#include "efi.h"
#include "acpi.h"
#include "fdt.h"
#include "layout.h"

#define EFI_PAGE_SIZE		4096
#define EFI_CONVENTIONAL	7
#define EFI_ACPI_RECLAIM	9
#define EFI_MEMORY_WB		8
#define SECURE_BOOT_DISABLED	2

struct guid {
	u32 a;
	u16 b, c;
	u8 d[8];
};

struct config_table {
	struct guid guid;
	u64 table;
};

struct memory_desc {
	u32 type;
	u32 pad;
	u64 physical;
	u64 virtual;
	u64 pages;
	u64 attribute;
};

/* All that the guest reads by physical address, in one place. */
struct efi {
	struct {
		u64 signature;
		u32 revision;
		u32 size;
		u32 crc32;
		u32 reserved;
		u64 vendor;
		u32 vendor_revision;
		u32 pad;
		u64 console[6];
		u64 runtime;
		u64 boot;
		u64 nr_tables;
		u64 tables;
	} system;
	struct config_table tables[3];
	struct memory_desc map[2];
	struct {
		u16 version;
		u16 length;
		u32 supported;
	} rt_properties;
	/* Root of a list of reservations, struct linux_efi_memreserve. */
	struct {
		u32 size;
		u32 count;
		u64 next;
	} memreserve;
	u16 vendor[100];	/* the kernel maps that many characters */
};

static const struct guid acpi_20 = {
	0x8868e871, 0xe4f1, 0x11d3,
	{ 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 }
};

static const struct guid rt_properties = {
	0xeb66918a, 0x7eef, 0x402a,
	{ 0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9 }
};

/* The ITS driver wants to reserve its tables for the next kernel. */
static const struct guid linux_memreserve = {
	0x888eb0c6, 0x8ede, 0x4ff5,
	{ 0xa8, 0xf0, 0x9a, 0xee, 0x5c, 0xb9, 0x77, 0xc2 }
};

static const u16 vendor[] = u"realm monitor";

static void fill(struct efi *efi, u64 rsdp, u64 base, u64 reclaim, u64 top)
{
	memset(efi, 0, sizeof(*efi));
	memcpy(efi->vendor, vendor, sizeof(vendor));
	efi->system.signature = 0x5453595320494249;	/* "IBI SYST" */
	efi->system.revision = 2 << 16 | 100;
	efi->system.size = sizeof(efi->system);
	efi->system.vendor = (u64)efi->vendor;
	efi->system.nr_tables = ARRAY_SIZE(efi->tables);
	efi->system.tables = (u64)efi->tables;

	efi->tables[0] = (struct config_table){ acpi_20, rsdp };
	efi->tables[1] = (struct config_table){
		rt_properties, (u64)&efi->rt_properties
	};
	efi->tables[2] = (struct config_table){
		linux_memreserve, (u64)&efi->memreserve
	};
	efi->rt_properties.version = 1;
	efi->rt_properties.length = sizeof(efi->rt_properties);

	efi->map[0] = (struct memory_desc){
		.type = EFI_CONVENTIONAL,
		.physical = base,
		.pages = (reclaim - base) / EFI_PAGE_SIZE,
		.attribute = EFI_MEMORY_WB,
	};
	efi->map[1] = (struct memory_desc){
		.type = EFI_ACPI_RECLAIM,
		.physical = reclaim,
		.pages = (top - reclaim) / EFI_PAGE_SIZE,
		.attribute = EFI_MEMORY_WB,
	};
}

static void prop32(struct fdt_writer *w, const char *name, u32 v)
{
	v = __builtin_bswap32(v);
	fdt_write_prop(w, name, &v, sizeof(v));
}

static void prop64(struct fdt_writer *w, const char *name, u64 v)
{
	v = __builtin_bswap64(v);
	fdt_write_prop(w, name, &v, sizeof(v));
}

/* The tree at @tree: QEMU's /chosen, but for the console, and @efi. */
static bool write_tree(void *tree, struct efi *efi)
{
	static struct fdt_writer w;
	struct fdt_iter it = { 0 };

	fdt_write_start(&w, tree);
	fdt_write_node(&w, "");
	prop32(&w, "#address-cells", 2);
	prop32(&w, "#size-cells", 2);
	fdt_write_node(&w, "chosen");
	while (fdt_next_prop(&it))
		if (streq(it.prop.node, "chosen") &&
		    !streq(it.prop.name, "stdout-path"))
			fdt_write_prop(&w, it.prop.name, it.prop.data,
				       it.prop.len);
	prop64(&w, "linux,uefi-system-table", (u64)&efi->system);
	prop64(&w, "linux,uefi-mmap-start", (u64)efi->map);
	prop32(&w, "linux,uefi-mmap-size", sizeof(efi->map));
	prop32(&w, "linux,uefi-mmap-desc-size", sizeof(efi->map[0]));
	prop32(&w, "linux,uefi-mmap-desc-ver", 1);
	prop32(&w, "linux,uefi-secure-boot", SECURE_BOOT_DISABLED);
	fdt_write_end_node(&w);
	fdt_write_end_node(&w);
	return fdt_write_finish(&w);
}

u64 efi_hand_over(u64 base, u64 top)
{
	u64 reclaim = top - BLOCK_SIZE, next = reclaim;
	u64 rsdp = acpi_load(&next, top);
	struct efi *efi;
	u64 tree;

	if (!rsdp)
		return 0;
	efi = (struct efi *)ALIGN_UP(next, EFI_PAGE_SIZE);
	tree = ALIGN_UP((u64)(efi + 1), EFI_PAGE_SIZE);
	if (tree + BLOCK_SIZE / 8 > top)
		return 0;
	fill(efi, rsdp, base, reclaim, top);
	return write_tree((void *)tree, efi) ? tree : 0;
}

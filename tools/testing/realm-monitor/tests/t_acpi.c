// SPDX-License-Identifier: GPL-2.0-only
/* monitor.acpi=1: from the device tree's /chosen to every ACPI table. */

#include "guest.h"
#include "fdt.h"

/* Offsets in UEFI's and ACPI's structures. */
#define SYSTEM_NR_TABLES	104
#define SYSTEM_TABLES		112
#define CONFIG_TABLE		16
#define CONFIG_SIZE		24
#define RSDP_SIZE		36
#define RSDP_XSDT		24
#define TABLE_LENGTH		4
#define TABLE_HEADER		36
#define FADT_ARM_BOOT_ARCH	129
#define FADT_DSDT		140

static u64 get64(u64 address)
{
	u64 v;

	memcpy(&v, (void *)address, sizeof(v));
	return v;
}

static u32 get32(u64 address)
{
	return get64(address);
}

static u64 chosen(const char *name)
{
	struct fdt_prop prop;

	if (!fdt_find("chosen", name, &prop))
		return 0;
	return prop.len == 8 ? fdt_cell64(&prop, 0) : fdt_cell(&prop, 0);
}

static u8 sum(u64 address, u32 n)
{
	u8 v = 0;

	while (n--)
		v += *(u8 *)address++;
	return v;
}

static void check_table(u64 table)
{
	char name[5] = { 0 };

	memcpy(name, (void *)table, 4);
	print("# %s at 0x%lx\n", name, table);
	check_eq(sum(table, get32(table + TABLE_LENGTH)), 0, "checksum");
}

static void memory_map(void)
{
	u64 map = chosen("linux,uefi-mmap-start");
	u64 size = chosen("linux,uefi-mmap-desc-size");
	u64 end = map + chosen("linux,uefi-mmap-size");
	u64 next = GUEST_BASE;

	check(map && size, "memory map");
	for (; map < end; map += size) {
		check_eq(get64(map + 8), next, "no hole");
		next += get64(map + 24) * GRANULE_SIZE;
	}
	check(next > PLAYGROUND, "all memory");
	/* Its last granule is there, and what is behind is not: see touch-end. */
	get64(next - 8);
}

static void acpi(void)
{
	u64 system = chosen("linux,uefi-system-table");
	u64 config = get64(system + SYSTEM_TABLES);
	u64 rsdp = 0, xsdt, table, i;

	check_eq(get64(system), 0x5453595320494249, "system table");
	for (i = 0; i < get64(system + SYSTEM_NR_TABLES); i++)
		if (get32(config + i * CONFIG_SIZE) == 0x8868e871)
			rsdp = get64(config + i * CONFIG_SIZE + CONFIG_TABLE);
	check(rsdp && !memcmp((void *)rsdp, "RSD PTR ", 8), "RSDP");
	check_eq(sum(rsdp, RSDP_SIZE), 0, "its checksum");
	xsdt = get64(rsdp + RSDP_XSDT);
	check_table(xsdt);
	for (i = TABLE_HEADER; i < get32(xsdt + TABLE_LENGTH); i += 8) {
		table = get64(xsdt + i);
		check_table(table);
		if (get32(table) == 0x50434146) {	/* "FACP" */
			check_table(get64(table + FADT_DSDT));
			check_eq(*(u8 *)(table + FADT_ARM_BOOT_ARCH),
				 hvc_conduit ? 3 : 1, "the conduit of PSCI");
		}
	}
	memory_map();
}

const struct scenario acpi_scenarios[] = {
	{ "acpi", acpi },
	{ }
};

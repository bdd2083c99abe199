// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ACPI says about PSCI, before ACPICA can be asked
 *
 * ACPICA reads the tables in acpi_boot_table_init(), after paging_init(), as
 * acpi_table_upgrade() stores its tables through the linear map. But how the
 * linear map is made depends on whether this is a realm, and the way to ask is
 * described in the FADT. So go from the RSDP through the XSDT to the FADT here,
 * with one table mapped at a time, and leave nothing mapped or recorded.
 *
 * ACPICA warns about a wrong checksum and goes on. This walk ends there: its
 * result says whether SMC may be used, and whoever gets no answer here can
 * still ask ACPICA later.
 */

#include <linux/acpi.h>
#include <linux/arm-smccc.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/sizes.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/unaligned.h>

#include <asm/early_ioremap.h>

/* early_memremap() warns beyond NR_FIX_BTMAPS, which is made for this much. */
#define ACPI_EARLY_MAX_LENGTH	SZ_256K

static bool __init checksum_ok(const void *table, u32 length)
{
	const u8 *byte = table;
	u8 sum = 0;

	while (length--)
		sum += *byte++;

	return sum == 0;
}

/* The address of the XSDT, 0 if there is none */
static phys_addr_t __init find_xsdt(void)
{
	phys_addr_t pa = acpi_os_get_root_pointer();
	struct acpi_table_rsdp *rsdp;
	phys_addr_t xsdt = 0;

	if (!pa)
		return 0;

	rsdp = early_memremap_ro(pa, sizeof(*rsdp));
	if (!rsdp)
		return 0;

	if (ACPI_VALIDATE_RSDP_SIG(rsdp->signature) &&
	    checksum_ok(rsdp, ACPI_RSDP_CHECKSUM_LENGTH) &&
	    rsdp->revision >= 2 && rsdp->length >= sizeof(*rsdp) &&
	    checksum_ok(rsdp, ACPI_RSDP_XCHECKSUM_LENGTH))
		xsdt = rsdp->xsdt_physical_address;

	early_memunmap(rsdp, sizeof(*rsdp));

	return xsdt;
}

/*
 * Map the table at @pa if it is a sound one with this signature and at least
 * @min_length bytes. To be unmapped with its own length.
 */
static void *__init map_table(phys_addr_t pa, const char *signature,
			      u32 min_length)
{
	struct acpi_table_header *table;
	u32 length = 0;

	table = early_memremap_ro(pa, sizeof(*table));
	if (!table)
		return NULL;

	if (ACPI_COMPARE_NAMESEG(table->signature, signature))
		length = table->length;

	early_memunmap(table, sizeof(*table));

	if (length < min_length || length > ACPI_EARLY_MAX_LENGTH)
		return NULL;

	table = early_memremap_ro(pa, length);
	if (table && !checksum_ok(table, length)) {
		early_memunmap(table, length);
		return NULL;
	}

	return table;
}

static u32 __init xsdt_nr_entries(phys_addr_t xsdt)
{
	struct acpi_table_header *table;
	u32 length;

	table = map_table(xsdt, ACPI_SIG_XSDT, sizeof(*table));
	if (!table)
		return 0;

	length = table->length;
	early_memunmap(table, length);

	return (length - sizeof(*table)) / ACPI_XSDT_ENTRY_SIZE;
}

static phys_addr_t __init xsdt_entry(phys_addr_t xsdt, u32 i)
{
	phys_addr_t pa = xsdt + sizeof(struct acpi_table_header) +
			 i * ACPI_XSDT_ENTRY_SIZE;
	u64 *entry = early_memremap_ro(pa, sizeof(*entry));
	u64 val;

	if (!entry)
		return 0;

	val = get_unaligned(entry);
	early_memunmap(entry, sizeof(*entry));

	return val;
}

static u16 __init fadt_arm_boot_flags(void)
{
	const u32 min_length = offsetofend(struct acpi_table_fadt,
					   arm_boot_flags);
	phys_addr_t xsdt = find_xsdt();
	struct acpi_table_fadt *fadt;
	u32 i, nr;

	nr = xsdt ? xsdt_nr_entries(xsdt) : 0;

	for (i = 0; i < nr; i++) {
		phys_addr_t pa = xsdt_entry(xsdt, i);

		fadt = pa ? map_table(pa, ACPI_SIG_FADT, min_length) : NULL;
		if (fadt) {
			u16 flags = fadt->arm_boot_flags;

			early_memunmap(fadt, fadt->header.length);
			return flags;
		}
	}

	return 0;
}

/**
 * acpi_early_psci_conduit() - The PSCI conduit, from the FADT
 *
 * Context: boot CPU, after efi_init() and parse_early_param(), and before
 * acpi_boot_table_init()
 * Return: the conduit that psci_acpi_init() is going to use,
 * SMCCC_CONDUIT_NONE if ACPI is not going to be used or has no PSCI
 */
enum arm_smccc_conduit __init acpi_early_psci_conduit(void)
{
	u16 flags;

	if (!acpi_is_preferred())
		return SMCCC_CONDUIT_NONE;

	flags = fadt_arm_boot_flags();
	if (!(flags & ACPI_FADT_PSCI_COMPLIANT))
		return SMCCC_CONDUIT_NONE;

	return flags & ACPI_FADT_PSCI_USE_HVC ? SMCCC_CONDUIT_HVC :
						SMCCC_CONDUIT_SMC;
}

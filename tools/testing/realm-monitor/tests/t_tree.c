// SPDX-License-Identifier: GPL-2.0-only
/* The device tree that the monitor hands on. */

#include "guest.h"
#include "fdt.h"

/* Memory is all of the guest's and nothing else; see also violations. */
static void memory(void)
{
	struct smc s = { .x = { RSI_IPA_STATE_GET, GUEST_BASE, SHARED } };
	struct fdt_prop prop;
	u64 base, end;

	check(fdt_find("memory", "reg", &prop) && prop.len == 16, "/memory");
	base = fdt_cell64(&prop, 0);
	end = base + fdt_cell64(&prop, 2);
	check_eq(base, GUEST_BASE, "its base");
	check(ALIGNED(end, BLOCK_SIZE), "its end is that of a block");
	*(volatile u64 *)(end - 8) = 1;
	if (is_realm()) {
		smc_call(&s);
		check_eq(end, s.x[1], "its end is that of RAM");
	}
}

/* A realm has no window above bit 39. */
static void pci(void)
{
	struct fdt_prop prop;
	unsigned int i, high = 0;

	check(fdt_find("pcie", "ranges", &prop), "PCI ranges");
	for (i = 0; i < prop.len / 4; i += 7)
		high += fdt_cell64(&prop, i + 3) >= SHARED;
	check_eq(high, is_realm() ? 0 : 1, "ranges above bit 39");
	check_eq(i, is_realm() ? 14 : 21, "cells");
}

/* The monitor's options are gone, the guest's words are all there. */
static void bootargs(void)
{
	static const char expected[] = "test=device-tree";
	struct fdt_prop prop;

	check(fdt_find("chosen", "bootargs", &prop), "bootargs");
	check_eq(prop.len, strlen((char *)prop.data) + 1, "its length");
	check(starts_with((char *)prop.data, expected), "its first word");
	check(find_arg("x=\"a  b\"") && find_arg("-- last"), "the others");
}

static void conduit(void)
{
	struct fdt_prop prop;

	check(fdt_find("psci", "method", &prop) && prop.len == 4 &&
	      streq((char *)prop.data, hvc_conduit ? "hvc" : "smc"),
	      "the conduit of PSCI");
}

static void device_tree(void)
{
	conduit();
	memory();
	pci();
	bootargs();
}

const struct scenario tree_scenarios[] = {
	{ "device-tree", device_tree },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from QEMU's boot stub to the guest: look at the device tree, take
 * the options, narrow what the guest sees, set up stage 2 and enter.
 */

#include "arm64.h"
#include "config.h"
#include "console.h"
#include "cpu.h"
#include "efi.h"
#include "end.h"
#include "fdt.h"
#include "finding.h"
#include "mmu.h"
#include "psci.h"
#include "stage2.h"
#include "start.h"
#include "watch.h"

#define MPIDR_AFFINITY		0xff00ffffffUL

/* Offsets in the header of an arm64 Image. */
#define IMAGE_TEXT_OFFSET	8
#define IMAGE_SIZE		16
#define IMAGE_MAGIC		56

/* Something is not as README.md demands: say what, and end. */
static void __noreturn setup_error(const char *what, const char *wanted)
{
	print("monitor: error: %s: %s\n", what, wanted);
	end("error", "setup");
}

/* End of RAM, from the one memory node there may be. */
static u64 find_ram(struct fdt_prop *memory)
{
	struct fdt_iter it = { 0 };
	unsigned int nodes = 0;
	u64 size;

	while (fdt_next_prop(&it)) {
		if (starts_with(it.prop.node, "memory@") &&
		    streq(it.prop.name, "reg")) {
			*memory = it.prop;
			nodes++;
		}
	}
	if (nodes != 1 || memory->len != 16 ||
	    fdt_cell64(memory, 0) != RAM_BASE)
		setup_error("-machine", "must be virt, with one memory node");
	size = fdt_cell64(memory, 2);
	if (size > HIGH_DEVICES - RAM_BASE)
		setup_error("-m", "must be at most 255G");
	return RAM_BASE + size;
}

/* MPIDR affinities of the CPUs, in the tree's order. Returns how many. */
static unsigned int find_cpus(u64 *mpidr)
{
	struct fdt_iter it = { 0 };
	unsigned int n = 0;

	while (fdt_next_prop(&it)) {
		if (!streq(it.prop.parent, "cpus") ||
		    !starts_with(it.prop.node, "cpu@") ||
		    !streq(it.prop.name, "reg"))
			continue;
		if (n == MAX_CPUS)
			setup_error("-smp", "must be 1 to 8");
		mpidr[n++] = it.prop.len == 8 ? fdt_cell64(&it.prop, 0) :
						fdt_cell(&it.prop, 0);
	}
	if (!n || mpidr[0] != (read_sysreg(mpidr_el1) & MPIDR_AFFINITY))
		setup_error("-machine", "must be virt, with the boot CPU first");
	return n;
}

/*
 * Drop the ranges of the PCI host above bit 39: in a realm an address with
 * that bit is the shared alias of the one without it.
 */
static void cut_pci_ranges(void)
{
	struct fdt_prop ranges;
	unsigned int i, cells = 7, kept = 0;

	if (!fdt_find("pcie", "ranges", &ranges))
		return;
	for (i = 0; i < ranges.len / 4; i += cells) {
		u64 cpu_address = fdt_cell64(&ranges, i + 3);
		u64 size = fdt_cell64(&ranges, i + 5);

		if (cpu_address + size > BIT(SHARED_BIT))
			continue;
		memcpy(ranges.data + 4 * kept, ranges.data + 4 * i, 4 * cells);
		kept += cells;
	}
	fdt_shrink(&ranges, 4 * kept);
}

/* Tell the guest that PSCI is called by HVC; ACPI has its own flag. */
static void set_conduit_hvc(void)
{
	struct fdt_prop method;

	if (fdt_find("psci", "method", &method) &&
	    streq((char *)method.data, "smc"))
		memcpy(method.data, "hvc", 3);
}

/* Are the Image and what QEMU loaded apart from each other and below @top? */
static void check_images(u64 top)
{
	u64 image_end = GUEST_BASE + *(u64 *)(GUEST_BASE + IMAGE_SIZE);
	u64 tree = (u64)fdt_base();
	struct fdt_prop start, end;
	u64 initrd = tree, initrd_end = tree;

	if (memcmp((void *)(GUEST_BASE + IMAGE_MAGIC), "ARM\x64", 4) ||
	    *(u64 *)(GUEST_BASE + IMAGE_TEXT_OFFSET))
		setup_error("-device loader",
			    "must put an arm64 Image, force-raw=on, at the address in README.md");

	if (fdt_find("chosen", "linux,initrd-start", &start) &&
	    fdt_find("chosen", "linux,initrd-end", &end)) {
		initrd = start.len == 8 ? fdt_cell64(&start, 0) :
					  fdt_cell(&start, 0);
		initrd_end = end.len == 8 ? fdt_cell64(&end, 0) :
					    fdt_cell(&end, 0);
	}
	if (image_end > initrd || image_end > tree)
		setup_error("-m", "too small, or the Image longer than 126 MiB: initrd or device tree overlap it");
	if (initrd_end > top || tree + fdt_size() > top)
		setup_error("-m", "too small for the initrd");
}

void monitor_main(void *fdt)
{
	struct fdt_prop memory, bootargs;
	char no_args[1] = "";
	u64 mpidr[MAX_CPUS];
	u64 tree = (u64)fdt;
	u64 ram_end, top, guest_end;
	unsigned int n;

	console_init(UART_BASE);
	if (!fdt_init(fdt))
		setup_error("-kernel", "must be the monitor, for QEMU to make a device tree");
	ram_end = find_ram(&memory);
	mmu_init(ram_end);

	n = find_cpus(mpidr);
	if (fdt_find("chosen", "bootargs", &bootargs)) {
		config_parse((char *)bootargs.data, n);
		fdt_shrink(&bootargs, strlen((char *)bootargs.data) + 1);
	} else {
		config_parse(no_args, n);
	}

	top = config.watch ? watch_layout(ram_end) : ram_end;
	guest_end = stage2_layout(top);
	if (!guest_end)
		setup_error("-m", "too small");
	check_images(config.acpi ? guest_end - BLOCK_SIZE : guest_end);
	if (config.plant != PLANT_WHOLE_MEMORY) {
		fdt_set_cell64(&memory, 0, GUEST_BASE);
		fdt_set_cell64(&memory, 2, guest_end - GUEST_BASE);
	}
	if (config.realm)
		cut_pci_ranges();
	if (config.hvc)
		set_conduit_hvc();
	if (config.acpi) {
		tree = efi_hand_over(GUEST_BASE, guest_end);
		if (!tree)
			setup_error("-machine",
				    "must not have acpi=off where monitor.acpi=1");
	}
	/* The guest reads it with its MMU off. */
	fdt_init((void *)tree);
	dcache_clean_inval(fdt_base(), fdt_size());

	finding_init(*(u64 *)(GUEST_BASE + IMAGE_SIZE));
	cpu_init_all(mpidr, n);
	if (config.spin && (config.spin < GUEST_BASE || config.spin >= guest_end))
		setup_error("monitor.spin", "must be the guest's RAM");
	write_sysreg(&cpus[0], tpidr_el2);
	/* As booting.rst wants it: all RAM that the tree describes is RAM. */
	stage2_init();
	if (config.plant == PLANT_START_EMPTY)
		stage2_set_ripas(ALIGN_UP((u64)fdt + fdt_size(), BLOCK_SIZE),
				 guest_end, RIPAS_EMPTY);
	if (config.plant == PLANT_FAULT)
		*(volatile u64 *)HIGH_DEVICES = 0;

	print("monitor: realm=%lu cpus=%lu ram=0x%lx-0x%lx\n", (u64)config.realm,
	      (u64)n, (u64)GUEST_BASE, guest_end);
	end_start_clock();
	if (config.spin)
		psci_power_on_all();
	cpu_enter_guest(&cpus[0], GUEST_BASE, tree);
}

/* The CPUs of monitor.together= enter the guest when all of them are here. */
static void wait_together(const struct cpu *cpu)
{
	static u32 here;

	if (!(config.together & BIT(cpu->index)))
		return;
	__atomic_fetch_or(&here, BIT(cpu->index), __ATOMIC_RELAXED);
	while (__atomic_load_n(&here, __ATOMIC_RELAXED) != config.together)
		asm volatile("yield");
}

void secondary_main(struct cpu *cpu)
{
	if (config.spin) {
		volatile u64 *release = (u64 *)config.spin + cpu->index;

		while (!*release)
			cpu_spin(1);
		cpu->entry = *release;
	}
	if (config.late_cpu == cpu->index) {
		cpu_spin(config.late_ms * 1000UL);
		config.late_ms = 0;
	}
	wait_together(cpu);
	__atomic_store_n(&cpu->power, POWER_ON, __ATOMIC_RELEASE);
	cpu_enter_guest(cpu, cpu->entry, cpu->context);
}

/* Not at EL2: without an EL2, QEMU's PSCI is called by HVC. */
void wrong_el(void)
{
	console_init(UART_BASE);
	print("monitor: error: -machine: must be virt,virtualization=on\n");
	print("monitor: end result=error reason=setup smc=0 rsi=0 granules=0 ticks=0 findings=0\n");
	/* SYSTEM_OFF */
	asm volatile("mov x0, %0; hvc #0" : : "r"(0x84000008UL) : "x0");
	halt();
}

// SPDX-License-Identifier: GPL-2.0-only
/* PSCI, on all CPUs. */

#include "guest.h"

#define ON		0
#define OFF		1

static void psci_features(void)
{
	static const u64 there[] = {
		PSCI(0), PSCI(1), PSCI64(1), PSCI(2), PSCI(3), PSCI64(3),
		PSCI(4), PSCI64(4), PSCI(6), PSCI(8), PSCI(9), PSCI(10),
		PSCI(0x12), PSCI64(0x12), 0x80000000,
	};
	static const u64 missing[] = {
		PSCI(5), PSCI64(5), PSCI(7), PSCI(0xe), PSCI64(0xe), PSCI64(0),
		PSCI64(2), PSCI(0x1f), 0x80000001, RSI_VERSION,
	};
	u64 version = call(PSCI(0), 0, 0, 0, 0);
	unsigned int i;

	check(version >= 0x10001 && version < 0x20000, "PSCI 1.1 or later");
	check_eq(call(PSCI(6), 0, 0, 0, 0), 2, "MIGRATE_INFO_TYPE: no need");
	for (i = 0; i < ARRAY_SIZE(there); i++) {
		print("# 0x%lx\n", there[i]);
		check_eq(call(PSCI(10), there[i], 0, 0, 0), 0, "there");
	}
	for (i = 0; i < ARRAY_SIZE(missing); i++) {
		print("# 0x%lx\n", missing[i]);
		check_eq(call(PSCI(10), missing[i], 0, 0, 0), NOT_SUPPORTED,
			 "not there");
	}
	for (i = 0; i < ARRAY_SIZE(missing); i++)
		if (missing[i] >> 24 != 0x80 && missing[i] != RSI_VERSION)
			check_eq(call(missing[i], 0, 0, 0, 0), NOT_SUPPORTED,
				 "and cannot be called");
}

static struct {
	volatile u64 mpidr, midr, el, context, go, when;
} seen[MAX_CPUS];

static void report(u64 context)
{
	unsigned int cpu = cpu_index();

	seen[cpu].when = read_sysreg(cntpct_el0);
	seen[cpu].mpidr = read_sysreg(mpidr_el1);
	seen[cpu].midr = read_sysreg(midr_el1);
	seen[cpu].el = read_sysreg(CurrentEL) >> 2;
	seen[cpu].context = context;
	while (!seen[cpu].go)
		asm volatile("yield");
}

static u64 affinity(u64 mpidr)
{
	return call(PSCI_AFFINITY_INFO, mpidr, 0, 0, 0);
}

/* Twice, so that a CPU is seen to come back after CPU_OFF. */
static void cpus_on_off(void)
{
	unsigned int cpu, round;

	for (round = 0; round < 2; round++) {
		for (cpu = 1; cpu < cpu_count(); cpu++) {
			u64 context = 0x1000 * cpu + round;

			print("# CPU %lu\n", (u64)cpu);
			seen[cpu].context = seen[cpu].go = 0;
			check_eq(affinity(cpu), OFF, "AFFINITY_INFO: off");
			check_eq(cpu_start(cpu, report, context), 0, "CPU_ON");
			check(affinity(cpu) != OFF, "not off from then on");
			while (seen[cpu].context != context)
				;
			check_eq(affinity(cpu), ON, "AFFINITY_INFO: on");
			check_eq(call(PSCI_CPU_ON, cpu, GUEST_BASE, 0, 0),
				 ALREADY_ON, "CPU_ON again");
			check_eq(seen[cpu].mpidr & 0xff00ffffff, cpu, "MPIDR");
			check_eq(seen[cpu].el, 1, "exception level");
			seen[cpu].go = 1;
			cpu_wait_off(cpu);
		}
	}
	check_eq(affinity(0), ON, "AFFINITY_INFO of the boot CPU");
}

/* Two CPUs turn each other's successor on at the same time. */
static void start_next(u64 cpu)
{
	if (cpu + 1 < cpu_count())
		seen[cpu].context = cpu_start(cpu + 1, start_next, cpu + 1);
}

static void cpus_chain(void)
{
	unsigned int cpu;

	start_next(0);
	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_wait_off(cpu);
	for (cpu = 0; cpu + 1 < cpu_count(); cpu++)
		check_eq(seen[cpu].context, 0, "each CPU started the next");
}

static void psci_errors(void)
{
	u64 entry = GUEST_BASE;

	check_eq(call(PSCI_CPU_ON, cpu_count(), entry, 0, 0),
		 INVALID_PARAMETERS, "CPU_ON: no such CPU");
	check_eq(call(PSCI_CPU_ON, 0x100000001, entry, 0, 0),
		 INVALID_PARAMETERS, "CPU_ON: other cluster");
	check_eq(call(PSCI_CPU_ON, 1, MONITOR_BASE, 0, 0), INVALID_ADDRESS,
		 "CPU_ON: entry in the monitor");
	check_eq(call(PSCI_CPU_ON, 1, UART_BASE, 0, 0), INVALID_ADDRESS,
		 "CPU_ON: entry in a device");
	check_eq(call(PSCI_CPU_ON, 1, entry | SHARED, 0, 0), INVALID_ADDRESS,
		 "CPU_ON: entry in the shared half");
	check_eq(affinity(1), OFF, "and the CPU is off");
	check_eq(affinity(cpu_count()), INVALID_PARAMETERS,
		 "AFFINITY_INFO: no such CPU");
	check_eq(call(PSCI64(0x12), 1, 0, 0, 0), INVALID_PARAMETERS,
		 "SYSTEM_RESET2: unknown type");
	check_eq(call(PSCI(4) | 0xf00000000, 0xf00000000, 0, 0, 0), ON,
		 "SMC32: the upper halves are ignored");
}

static void system_off(void)
{
	skip("the end line tells");
	print("1..1\n");
	call(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
	check(false, "SYSTEM_OFF came back");
}

static void system_reset(void)
{
	skip("the end line tells");
	print("1..1\n");
	call(PSCI(9), 0, 0, 0, 0);
	check(false, "SYSTEM_RESET came back");
}

static void system_reset2(void)
{
	skip("the end line tells");
	print("1..1\n");
	call(PSCI64(0x12), 0, 0, 0, 0);
	check(false, "SYSTEM_RESET2 came back");
}

static void off(u64 context)
{
	(void)context;
	call(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
}

/* SYSTEM_OFF of a CPU that is not the boot CPU, while all others are busy. */
static void system_off_secondary(void)
{
	skip("the end line tells");
	print("1..1\n");
	cpu_start(cpu_count() - 1, off, 0);
	for (;;)
		print("# still here\n");
}

#define ON_PENDING	2
#define LATE_MS		20

/* monitor.late: CPU_ON succeeds, and the CPU comes when it is time. */
static void cpu_late(void)
{
	u64 began = read_sysreg(cntpct_el0);
	u64 ticks = read_sysreg(cntfrq_el0) * LATE_MS / 1000;

	check_eq(cpu_start(1, report, 1), 0, "CPU_ON");
	check_eq(affinity(1), ON_PENDING, "AFFINITY_INFO: on its way");
	check_eq(call(PSCI_CPU_ON, 1, GUEST_BASE, 0, 0), (u64)-5, "ON_PENDING");
	while (!seen[1].context)
		;
	check(read_sysreg(cntpct_el0) - began >= ticks, "as late as it was told");
	check_eq(affinity(1), ON, "AFFINITY_INFO: on");
	seen[1].go = 1;
	cpu_wait_off(1);
}

/* monitor.deny-off=cpu1,cpu2: CPU_OFF fails, and the CPU goes on. */
static void stay(u64 cpu)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (call(PSCI_CPU_OFF, 0, 0, 0, 0) != DENIED)
			return;
	seen[cpu].context = 1;
	while (!seen[cpu].go)
		;
	seen[cpu].context = 2;
	for (;;)
		;
}

static void deny_off(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < 3; cpu++) {
		check_eq(cpu_start(cpu, stay, cpu), 0, "CPU_ON");
		while (seen[cpu].context != 1)
			;
		check_eq(affinity(cpu), ON, "AFFINITY_INFO: on");
		check_eq(call(PSCI_CPU_ON, cpu, GUEST_BASE, 0, 0), ALREADY_ON,
			 "CPU_ON again");
		seen[cpu].go = 1;
		while (seen[cpu].context != 2)
			;
	}
	check_eq(cpu_start(3, report, 1), 0, "CPU_ON");
	seen[3].go = 1;
	cpu_wait_off(3);
	check_eq(affinity(3), OFF, "a CPU that may turn itself off");
}

/* monitor.together=cpu1,cpu3: the first one waits for the other, once. */
static void cpus_together(void)
{
	u64 ms = read_sysreg(cntfrq_el0) / 1000, began, apart;
	unsigned int cpu;

	check_eq(cpu_start(1, report, 1), 0, "CPU_ON of the first");
	check_eq(cpu_start(2, report, 1), 0, "CPU_ON of another CPU");
	while (!seen[2].context)
		asm volatile("yield");
	began = read_sysreg(cntpct_el0);
	while (read_sysreg(cntpct_el0) - began < LATE_MS * ms)
		asm volatile("yield");
	check_eq(seen[1].context, 0, "the first waits");
	check_eq(affinity(1), ON_PENDING, "AFFINITY_INFO: on its way");
	check_eq(call(PSCI_CPU_ON, 1, GUEST_BASE, 0, 0), (u64)-5, "ON_PENDING");
	check_eq(cpu_start(3, report, 1), 0, "CPU_ON of the last");
	while (!seen[1].context || !seen[3].context)
		asm volatile("yield");
	apart = seen[1].when > seen[3].when ? seen[1].when - seen[3].when :
					      seen[3].when - seen[1].when;
	print("# %lu ticks apart\n", apart);
	check(!find_arg("exact-time") || apart < ms, "both at the same moment");
	for (cpu = 1; cpu < cpu_count(); cpu++) {
		seen[cpu].go = 1;
		cpu_wait_off(cpu);
	}
	seen[1].context = seen[3].go = 0;
	check_eq(cpu_start(1, report, 1), 0, "CPU_ON of the first, again");
	while (!seen[1].context)
		asm volatile("yield");
	cpu_wait_off(1);
	check_eq(affinity(3), OFF, "but not the other one");
}

/* monitor.stray=cpu2: the CPU that comes says that it is another one. */
static void cpu_stray(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++) {
		check_eq(cpu_start(cpu, report, 1), 0, "CPU_ON");
		while (!seen[cpu].context)
			;
		check_eq(seen[cpu].mpidr & 0xff00ffffff,
			 cpu == 2 ? cpu | 1 << 16 : cpu, "MPIDR");
		seen[cpu].go = 1;
		cpu_wait_off(cpu);
	}
}

/* monitor.spin: a CPU comes when there is an address to come to. */
static void spin_table(void)
{
	volatile u64 *release = (u64 *)0x41000000;
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++) {
		check_eq(cpu_start(cpu, report, 1), (u64)-5, "CPU_ON: ON_PENDING");
		check_eq(seen[cpu].context, 0, "not yet");
		release[cpu] = (u64)spin_start;
		while (!seen[cpu].context)
			;
		check_eq(seen[cpu].mpidr & 0xff00ffffff, cpu, "MPIDR");
	}
}

/* monitor.targets=v3,0x411fd0c1 */
static void targets(void)
{
	struct smc r;

	r = (struct smc) { .x = { 0x8600ff01, 0 } };
	smc_call(&r);
	check(r.x[0] == 0xb66fb428 && r.x[1] == 0xe911c52e &&
	      r.x[2] == 0x564bcaa9 && r.x[3] == 0x743a004d, "KVM's UID");
	r = (struct smc) { .x = { 0x86000000, 0 } };
	smc_call(&r);
	check(r.x[0] == 1 && r.x[1] == 0 && r.x[2] == 3 && r.x[3] == 0, "features");
	r = (struct smc) { .x = { 0xc6000040, 0 } };
	smc_call(&r);
	check(r.x[0] == 0 && r.x[1] == 0x10000 && r.x[2] == 2, "version 1.0, two");
	r = (struct smc) { .x = { 0xc6000041, 0 } };
	smc_call(&r);
	check(r.x[0] == 0 && r.x[1] == 0x410fd842, "the first");
	r = (struct smc) { .x = { 0xc6000041, 1 } };
	smc_call(&r);
	check(r.x[0] == 0 && r.x[1] == 0x411fd0c1, "the second");
	r = (struct smc) { .x = { 0xc6000041, 2 } };
	smc_call(&r);
	check_eq(r.x[0], NOT_SUPPORTED, "no third");
}

const struct scenario psci_scenarios[] = {
	{ "psci-features", psci_features },
	{ "psci-errors", psci_errors },
	{ "cpus-on-off", cpus_on_off },
	{ "cpus-chain", cpus_chain },
	{ "cpu-late", cpu_late },
	{ "cpu-stray", cpu_stray },
	{ "cpus-together", cpus_together },
	{ "deny-off", deny_off },
	{ "spin-table", spin_table },
	{ "targets", targets },
	{ "system-off", system_off },
	{ "system-reset", system_reset },
	{ "system-reset2", system_reset2 },
	{ "system-off-secondary", system_off_secondary },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses that the monitor must stop. Each scenario says what it is about to
 * do, for the runner to compare with the monitor's report.
 */

#include "guest.h"

extern u8 pc_read[], pc_write[], pc_walk[];

/* A granule whose RIPAS is EMPTY, in the middle of RAM. */
#define EMPTY_GRANULE	(PLAYGROUND + 5 * GRANULE_SIZE)
#define ECAM		0x4010000000UL

static const struct {
	const char *name;
	enum access access;
	u64 ipa;
} violations[] = {
	{ "read-device",	READ,	UART_BASE + 0x18 },
	{ "write-device",	WRITE,	UART_BASE },
	{ "exec-device",	EXEC,	UART_BASE },
	{ "exec-shared-device",	EXEC,	UART_BASE | SHARED },
	{ "read-high-device",	READ,	ECAM },
	{ "read-empty",		READ,	EMPTY_GRANULE + 8 },
	{ "write-empty",	WRITE,	EMPTY_GRANULE + GRANULE_SIZE - 4 },
	{ "exec-empty",		EXEC,	EMPTY_GRANULE + 16 },
	{ "walk-empty",		WALK,	EMPTY_GRANULE },
	{ "read-shared",	READ,	SHARED | (EMPTY_GRANULE - 4) },
	{ "write-shared",	WRITE,	SHARED | (EMPTY_GRANULE + GRANULE_SIZE) },
	{ "exec-shared",	EXEC,	SHARED | EMPTY_GRANULE },
	{ "walk-shared",	WALK,	SHARED | GUEST_BASE },
	{ "read-monitor",	READ,	MONITOR_BASE },
	{ "write-monitor",	WRITE,	GUEST_BASE - 4 },
	{ "read-shared-monitor", READ,	SHARED | MONITOR_BASE },
	{ "read-hole",		READ,	0x2000000000 },
	{ "read-shared-hole",	READ,	SHARED | 0x2000000000 },
	{ "read-outside",	READ,	BIT(IPA_BITS) | PLAYGROUND },
};

static void set_ripas(u64 granule, u64 ripas)
{
	call(RSI_IPA_STATE_SET, granule, granule + GRANULE_SIZE, ripas, 1);
}

/*
 * EMPTY_GRANULE is EMPTY and the one behind it RAM; for both, the TLB had the
 * alias that is gone.
 */
static void prepare(void)
{
	u64 empty = EMPTY_GRANULE, ram = EMPTY_GRANULE + GRANULE_SIZE;

	set_ripas(empty, EMPTY);
	set_ripas(ram, EMPTY);
	*(volatile u64 *)(SHARED | ram);
	set_ripas(empty, RAM);
	*(volatile u64 *)empty;
	set_ripas(empty, EMPTY);
	set_ripas(ram, RAM);
}

static void violate(u64 i)
{
	static const char *const names[] = { "read", "write", "exec", "walk" };
	enum access access = violations[i].access;
	u64 ipa = violations[i].ipa;
	u64 pc = access == READ ? (u64)pc_read :
		 access == WRITE ? (u64)pc_write :
		 access == EXEC ? ipa : (u64)pc_walk;

	if (is_realm())
		prepare();
	print("# expect %s ipa=0x%lx cpu=%lu pc=0x%lx lr=0x%lx\n", names[access], ipa,
	      (u64)cpu_index(), pc, (u64)ACCESS_LR);
	switch (access) {
	case READ:
		access_read(ipa);
		break;
	case WRITE:
		access_write(ipa);
		break;
	case EXEC:
		access_exec(ipa);
		break;
	case WALK:
		access_walk(ipa);
		break;
	}
	print("# nobody stopped it\n");
}

/* violation= is its name, arg= the CPU that commits it. */
static void violation(void)
{
	const char *name = find_arg("violation=");
	u64 i, cpu = arg(0);

	for (i = 0; i < ARRAY_SIZE(violations); i++)
		if (is_word(name, violations[i].name))
			break;
	if (i == ARRAY_SIZE(violations)) {
		check(false, "no such violation");
	} else if (cpu) {
		cpu_start(cpu, violate, i);
		cpu_wait_off(cpu);
	} else {
		violate(i);
	}
}

/* Print until the machine goes off. */
static void noise(u64 context)
{
	(void)context;
	for (;;)
		print("noise ");
}

/* The same with all other CPUs printing: the report is one whole line. */
static void violation_noise(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_start(cpu, noise, 0);
	for (cpu = 0; cpu < 100; cpu++)
		print("noise ");
	access_read(MONITOR_BASE);
}

/* With monitor.plant=stage2: the last block of RAM is not mapped. */
static void touch_end(void)
{
	struct smc s = { .x = { RSI_IPA_STATE_GET, GUEST_BASE, SHARED } };

	smc_call(&s);
	access_read(s.x[1] - 8);
}

/* With monitor.plant=trap. */
static void wfi(void)
{
	asm volatile("wfi");
}

const struct scenario violation_scenarios[] = {
	{ "violation", violation },
	{ "noise", violation_noise },
	{ "touch-end", touch_end },
	{ "wfi", wfi },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI, Arm DEN 0022. Functions that change nothing in the monitor are passed
 * on as they are; CPU_ON goes through the monitor, so that a CPU comes up
 * with its EL2 set up; the ends of the machine become end lines.
 */

#include "psci.h"
#include "arm64.h"
#include "config.h"
#include "end.h"
#include "smc.h"
#include "stage2.h"
#include "start.h"
#include "watch.h"

#define PSCI_VERSION		0x84000000
#define PSCI_CPU_SUSPEND	0x84000001
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON		0x84000003
#define PSCI_AFFINITY_INFO	0x84000004
#define PSCI_MIGRATE_INFO_TYPE	0x84000006
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_FEATURES		0x8400000a
#define PSCI_SYSTEM_RESET2	0x84000012

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	((u64)-1)
#define PSCI_INVALID_PARAMETERS	((u64)-2)
#define PSCI_DENIED		((u64)-3)
#define PSCI_ALREADY_ON		((u64)-4)
#define PSCI_ON_PENDING		((u64)-5)
#define PSCI_INTERNAL_FAILURE	((u64)-6)
#define PSCI_INVALID_ADDRESS	((u64)-9)

/* The trusted OS is not there, or needs no migration. */
#define MIGRATE_NOT_REQUIRED	2

/* SYSTEM_RESET2 reset_type: the only one that is not vendor-specific. */
#define RESET2_WARM		0

static struct lock cpu_on_lock;

/* PSCI call to the machine; results are 32 or 64 bits by function. */
static u64 machine_psci(u64 fn, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 asm("x0") = fn;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;

	asm volatile("smc #0"
		     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
		     : : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return x0;
}

static u64 forward(struct regs *regs)
{
	return machine_psci(regs->x[0], regs->x[1], regs->x[2], regs->x[3]);
}

/*
 * Power state of @target. The machine does not know ON_PENDING: between its
 * CPU_ON and the CPU's first instruction it says OFF, and would turn it on
 * twice. So the monitor has its own record; only that a CPU is really off is
 * the machine's to say.
 */
static u64 power_state(const struct cpu *target)
{
	u64 power = __atomic_load_n(&target->power, __ATOMIC_ACQUIRE);

	if (power != POWER_OFF)
		return power;
	return machine_psci(PSCI_AFFINITY_INFO | SMC64, target->mpidr, 0, 0);
}

/* AFFINITY_INFO: target affinity, lowest affinity level. */
static u64 affinity_info(struct regs *regs)
{
	struct cpu *target = cpu_by_mpidr(regs->x[1]);

	if (regs->x[2])
		return forward(regs);
	return target ? power_state(target) : PSCI_INVALID_PARAMETERS;
}

static u64 machine_on(struct cpu *target)
{
	u64 ret;

	/* secondary() reads the structure with its MMU off. */
	dcache_clean_inval(target, sizeof(*target));
	ret = machine_psci(PSCI_CPU_ON | SMC64, target->mpidr,
			   (u64)secondary, (u64)target);
	if (ret != PSCI_SUCCESS)
		target->power = POWER_OFF;
	return ret;
}

/*
 * The CPUs of monitor.together= stay off until the last of them is started. A
 * CPU that waited in a loop would take host time, and under -icount very much.
 */
static u64 power_on(struct cpu *target, u64 entry, u64 context)
{
	static u32 started;
	unsigned int i;

	target->entry = entry;
	target->context = context;
	target->power = POWER_ON_PENDING;
	if (!(config.together & BIT(target->index)) ||
	    started == config.together)
		return machine_on(target);

	started |= BIT(target->index);
	for (i = 0; started == config.together && i < nr_cpus; i++)
		if (started & BIT(i))
			machine_on(&cpus[i]);
	return PSCI_SUCCESS;
}

void psci_power_on_all(void)
{
	unsigned int i;

	for (i = 1; i < nr_cpus; i++)
		power_on(&cpus[i], 0, 0);
}

/*
 * CPU_ON: target MPIDR, entry point, context id. The lock makes "is it off"
 * and "turn it on" one step, so that a structure in use is not written.
 */
static u64 cpu_on(struct regs *regs)
{
	struct cpu *target = cpu_by_mpidr(regs->x[1]);
	u64 ret;

	if (!target)
		return PSCI_INVALID_PARAMETERS;
	if (!stage2_is_guest_ram(regs->x[2], 4))
		return PSCI_INVALID_ADDRESS;

	lock(&cpu_on_lock);
	switch (power_state(target)) {
	case POWER_ON:
		ret = PSCI_ALREADY_ON;
		break;
	case POWER_ON_PENDING:
		ret = PSCI_ON_PENDING;
		break;
	default:
		ret = power_on(target, regs->x[2], regs->x[3]);
	}
	unlock(&cpu_on_lock);
	return ret;
}

/* Any powerdown state is entered as the standby that PSCI lets it become. */
static u64 cpu_suspend(struct regs *regs)
{
	return machine_psci(PSCI_CPU_SUSPEND | SMC64, (u32)regs->x[1],
			    regs->x[2], regs->x[3]);
}

static u64 cpu_off(struct regs *regs)
{
	(void)regs;
	if (config.deny_off & BIT(this_cpu()->index))
		return PSCI_DENIED;
	if (config.watch)
		watch_power(this_cpu());
	__atomic_store_n(&this_cpu()->power, POWER_OFF, __ATOMIC_RELEASE);
	machine_psci(PSCI_CPU_OFF, 0, 0, 0);
	return PSCI_INTERNAL_FAILURE;
}

/*
 * monitor.becomes= changes the MIDR of the boot CPU here. In Linux only
 * psci_probe() makes this call: after paging_init() has made the linear map, and
 * before capabilities are detected.
 */
static u64 migrate_info_type(struct regs *regs)
{
	(void)regs;
	if (!this_cpu()->index)
		cpu_move(this_cpu());
	return MIGRATE_NOT_REQUIRED;
}

static u64 system_off(struct regs *regs)
{
	(void)regs;
	end("ok", "system-off");
}

static u64 system_reset(struct regs *regs)
{
	(void)regs;
	end("guest-reset", "system-reset");
}

static u64 system_reset2(struct regs *regs)
{
	if (regs->x[1] != RESET2_WARM)
		return PSCI_INVALID_PARAMETERS;
	end("guest-reset", "system-reset2");
}

static u64 features(struct regs *regs);

static const struct {
	u32 id;
	bool smc64;		/* there is an SMC64 form as well */
	u64 (*call)(struct regs *regs);
} functions[] = {
	{ PSCI_VERSION,			false,	forward },
	{ PSCI_CPU_SUSPEND,		true,	cpu_suspend },
	{ PSCI_CPU_OFF,			false,	cpu_off },
	{ PSCI_CPU_ON,			true,	cpu_on },
	{ PSCI_AFFINITY_INFO,		true,	affinity_info },
	{ PSCI_MIGRATE_INFO_TYPE,	false,	migrate_info_type },
	{ PSCI_SYSTEM_OFF,		false,	system_off },
	{ PSCI_SYSTEM_RESET,		false,	system_reset },
	{ PSCI_FEATURES,		false,	features },
	{ PSCI_SYSTEM_RESET2,		true,	system_reset2 },
};

/* Index of function @id in functions[], or -1. */
static int find(u64 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (id == functions[i].id ||
		    (functions[i].smc64 && id == (functions[i].id | SMC64)))
			return i;
	return -1;
}

static u64 features(struct regs *regs)
{
	if (find(regs->x[1]) >= 0 ||
	    (regs->x[1] == SMCCC_VERSION && !config.smccc_1_0))
		return PSCI_SUCCESS;
	return PSCI_NOT_SUPPORTED;
}

bool psci_call(struct regs *regs)
{
	int i = find(regs->x[0]);

	if (i < 0)
		return false;
	regs->x[0] = functions[i].call(regs);
	return true;
}

void psci_power_off(void)
{
	machine_psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	halt();
}

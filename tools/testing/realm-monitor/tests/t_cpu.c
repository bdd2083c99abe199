// SPDX-License-Identifier: GPL-2.0-only
/* What a CPU looks like from EL1: ID registers, and nothing that traps. */

#include "guest.h"

#define MMFR2_INDEX		(6 * 8 + 2)
#define BBM_SHIFT		52

static u64 ids[MAX_CPUS][7 * 8];
static volatile u64 midr[MAX_CPUS];

static void read_ids(u64 cpu)
{
	u64 *id = ids[cpu];

	midr[cpu] = read_sysreg(midr_el1);
#define ID(crm, op2)	*id++ = read_sysreg(S3_0_C0_C##crm##_##op2);
#define ID_ROW(crm) \
	ID(crm, 0) ID(crm, 1) ID(crm, 2) ID(crm, 3) \
	ID(crm, 4) ID(crm, 5) ID(crm, 6) ID(crm, 7)
	ID_ROW(1) ID_ROW(2) ID_ROW(3) ID_ROW(4) ID_ROW(5) ID_ROW(6) ID_ROW(7)
	asm volatile("mrs xzr, S3_0_C0_C7_2");
}

static void read_all_ids(void)
{
	unsigned int cpu;

	read_ids(0);
	for (cpu = 1; cpu < cpu_count(); cpu++) {
		cpu_start(cpu, read_ids, cpu);
		cpu_wait_off(cpu);
	}
}

/* arg= is the list of MIDRs. */
static void midrs(void)
{
	unsigned int cpu;

	read_all_ids();
	for (cpu = 0; cpu < cpu_count(); cpu++)
		check_eq(midr[cpu], arg(cpu), "MIDR_EL1");
}

/*
 * CPU 0 has its own ID registers, the others another BBM, arg(cpu): all else
 * is equal, among them the encodings that are reserved.
 */
static void bbm(void)
{
	unsigned int cpu, i;

	read_all_ids();
	for (cpu = 1; cpu < cpu_count(); cpu++) {
		bool same = true;

		for (i = 0; i < ARRAY_SIZE(ids[0]); i++) {
			u64 diff = ids[0][i] ^ ids[cpu][i];

			if (i == MMFR2_INDEX)
				diff &= ~(0xfUL << BBM_SHIFT);
			if (diff)
				print("# register %lu: 0x%lx, 0x%lx\n", (u64)i,
				      ids[0][i], ids[cpu][i]);
			same &= !diff;
		}
		check(same, "all other fields as on CPU 0");
		check_eq((ids[cpu][MMFR2_INDEX] >> BBM_SHIFT) & 0xf, arg(cpu),
			 "BBM");
	}
	check(ids[0][MMFR2_INDEX] && ids[0][4 * 8 - 8], "read at all");
	check_eq(exceptions, 0, "exceptions");
}

/* Read @reg if the field of @id says that it is there. */
#define READ_IF(id, shift, reg) do {					\
	if (id_field(id, shift)) {					\
		read_sysreg(reg);					\
		check_eq(exceptions, 0, #reg " of " #id);		\
	}								\
} while (0)

#define TPIDR2_EL0	S3_3_C13_C0_5
#define PIR_EL1		S3_0_C10_C2_3
#define POR_EL0		S3_3_C10_C2_4
#define TCR2_EL1	S3_0_C2_C0_3
#define SCTLR2_EL1	S3_0_C1_C0_3
#define GCSCR_EL1	S3_0_C2_C5_0
#define FPMR		S3_3_C4_C4_2

/* Registers that EL2 has to open, or fine-grained traps keep closed. */
static void new_registers(void)
{
	READ_IF(ID_AA64PFR1_EL1, 24, TPIDR2_EL0);
	READ_IF(ID_AA64MMFR3_EL1, 0, TCR2_EL1);
	READ_IF(ID_AA64MMFR3_EL1, 4, SCTLR2_EL1);
	READ_IF(ID_AA64MMFR3_EL1, 8, PIR_EL1);
	READ_IF(ID_AA64MMFR3_EL1, 16, POR_EL0);
	READ_IF(ID_AA64PFR1_EL1, 44, GCSCR_EL1);
	READ_IF(ID_AA64PFR2_EL1, 32, FPMR);
}

/* Each of these would end in the monitor if it trapped. */
static void no_traps(void)
{
	u64 pfr0 = read_sysreg(ID_AA64PFR0_EL1);
	u64 dfr0 = read_sysreg(ID_AA64DFR0_EL1);
	u64 v;

	asm volatile("fmov d0, xzr");
	check_eq(exceptions, 0, "floating point");
	if ((pfr0 >> 32) & 0xf) {
		asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(v));
		check(v >= 16, "SVE");
	}
	if (id_field(ID_AA64PFR1_EL1, 24)) {
		asm volatile(".arch_extension sme\n smstart\n rdsvl %0, #1\n smstop"
			     : "=r"(v) : : "memory");
		check(v >= 16 && !exceptions, "SME");
	}
	new_registers();
	if (read_sysreg(ID_AA64ISAR1_EL1) & 0xff0) {
		u64 signed_pointer = 0x40000000;

		asm volatile(".arch_extension pauth\n pacia %0, %1\n autia %0, %1"
			     : "+r"(signed_pointer) : "r"(1UL));
		write_sysreg(1, S3_0_C2_C1_0);	/* APIAKeyLo_EL1 */
		check_eq(signed_pointer, 0x40000000, "pointer authentication");
	}
	if ((read_sysreg(ID_AA64ISAR2_EL1) >> 16) & 0xf) {
		u64 from = GUEST_BASE, to = PLAYGROUND, n = 64;

		asm volatile(".arch_extension mops\n"
			     "cpyfp [%0]!, [%1]!, %2!\n"
			     "cpyfm [%0]!, [%1]!, %2!\n"
			     "cpyfe [%0]!, [%1]!, %2!"
			     : "+r"(to), "+r"(from), "+r"(n) : : "memory");
		check(!exceptions &&
		      !memcmp((void *)GUEST_BASE, (void *)PLAYGROUND, 64),
		      "memory copy instructions");
	}
	v = read_sysreg(cntpct_el0);
	write_sysreg(0, cntp_ctl_el0);
	check(read_sysreg(cntpct_el0) >= v, "physical timer");
	check(read_sysreg(cntvct_el0) >= v, "virtual counter, no offset");
	if ((dfr0 >> 8) & 0xf) {
		u64 counters = (read_sysreg(pmcr_el0) >> 11) & 0x1f;

		/* MDCR_EL2.HPMN hides what is above it. */
		write_sysreg(-1U, pmcntenset_el0);
		check_eq(read_sysreg(pmcntenset_el0),
			 BIT(31) | (BIT(counters) - 1), "all PMU counters");
	}
	write_sysreg(0, mdscr_el1);
	write_sysreg(0, dbgbcr0_el1);
	check_eq(exceptions, 0, "exceptions");
	read_sysreg(ttbr0_el1);
	write_sysreg(0, ttbr0_el1);
	asm volatile("tlbi vmalle1is; dsb ish; ic iallu; isb" : : : "memory");
	asm volatile("dc cisw, %0" : : "r"(0UL));
	asm volatile("at s1e1r, %0" : : "r"(GUEST_BASE));
	check_eq(exceptions, 0, "exceptions after maintenance");
}

/*
 * A timer interrupt, taken at EL1 without the monitor's help, which also ends
 * a CPU_SUSPEND: GIC distributor and redistributor by MMIO, CPU interface by
 * system registers.
 */
#define GICD		0x08000000UL
#define GICR		0x080a0000UL

static volatile u32 *gic(u64 base, u64 offset)
{
	return (volatile u32 *)(base + offset + (is_realm() ? SHARED : 0));
}

void interrupts_set_up(void)
{
	*gic(GICD, 0x0) = 0x12;				/* ARE, group 1 */
	*gic(GICR, 0x14) = 0;				/* wake up */
	while (*gic(GICR, 0x14) & 4)
		;
	*gic(GICR, 0x10080) = -1U;			/* group 1 */
	*gic(GICR, 0x10100) = 1U << VTIMER;		/* enable */
	write_sysreg(0xff, S3_0_C4_C6_0);		/* ICC_PMR_EL1 */
	write_sysreg(1, S3_0_C12_C12_7);		/* ICC_IGRPEN1_EL1 */
	isb();
}

static void interrupts(void)
{
	interrupts_set_up();
	write_sysreg(100000, cntv_tval_el0);
	write_sysreg(1, cntv_ctl_el0);
	check_eq(call(PSCI64(1), 0, 0, 0, 0), 0, "CPU_SUSPEND comes back");
	check(read_sysreg(cntv_ctl_el0) & 4, "when the timer fires");
	check_eq(irqs, 0, "masked interrupts are not taken");
	asm volatile("msr daifclr, #2; isb; msr daifset, #2" : : : "memory");
	check_eq(irqs, VTIMER, "unmasked ones are, at EL1");
}

const struct scenario cpu_scenarios[] = {
	{ "midr", midrs },
	{ "bbm", bbm },
	{ "no-traps", no_traps },
	{ "interrupts", interrupts },
	{ }
};

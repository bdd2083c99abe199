// SPDX-License-Identifier: GPL-2.0-only
/*
 * One CPU: the EL2 registers that decide what the guest can do at EL1. The
 * list follows the kernel's init_el2_state and finalise_el2_state
 * (arch/arm64/include/asm/el2_setup.h), which is what a kernel that is
 * entered at EL1 relies on.
 */

#include "cpu.h"
#include "arm64.h"
#include "config.h"
#include "idreg.h"
#include "stage2.h"
#include "start.h"
#include "watch.h"

_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "start.S");
_Static_assert(sizeof(struct regs) == REGS_SIZE, "start.S");

#define HCR_VM			BIT(0)
#define HCR_TWI			BIT(13)
#define HCR_TSC			BIT(19)
#define HCR_HCD			BIT(29)
#define HCR_RW			BIT(31)
#define HCR_APK			BIT(40)
#define HCR_API			BIT(41)
#define HCR_ENSCXT		BIT(53)
#define HCR_ATA			BIT(56)

#define HCRX_ENAS0		BIT(0)
#define HCRX_ENALS		BIT(1)
#define HCRX_ENASR		BIT(2)
#define HCRX_MSCEN		BIT(11)
#define HCRX_TCR2EN		BIT(14)
#define HCRX_SCTLR2EN		BIT(15)
#define HCRX_GCSEN		BIT(22)
#define HCRX_ENFPM		BIT(23)

#define HFGRTR_NGCS		(BIT(52) | BIT(53))
#define HFGRTR_NSMPRI_NTPIDR2	(BIT(54) | BIT(55))
#define HFGRTR_NPIR		(BIT(57) | BIT(58))
#define HFGRTR_NPOR		(BIT(59) | BIT(60))
#define HFGITR_NGCS		(BIT(57) | BIT(58) | BIT(59))

#define CPTR_RES1		0x32ffUL
#define CPTR_TZ			BIT(8)
#define CPTR_TSM		BIT(12)
#define SMCR_LEN_EZT0_FA64	(0xfUL | BIT(30) | BIT(31))
#define CNTHCTL_EL1PCTEN_EL1PCEN 0x3UL
#define ICC_SRE_ALL		0xfUL
#define MPAM2_ENMPAMSM		BIT(50)
#define MDCR_E2PB		(3UL << 12)
#define MDCR_E2TB		(3UL << 24)

#define SCTLR_EL1_RES1		0x30d00800UL

struct cpu cpus[MAX_CPUS];
unsigned int nr_cpus;

/* What makes an MPIDR another one, which no CPU has: a bit of Aff2. */
#define MPIDR_STRAY	BIT(16)

void cpu_init_all(const u64 *mpidr, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		cpus[i] = (struct cpu) {
			.stack = __bss_end + (i + 1) * STACK_SIZE,
			.index = i,
			.mpidr = mpidr[i],
			.midr = config.midr[i],
			.bbm = config.bbm[i],
			.power = i ? POWER_OFF : POWER_ON,
		};
	}
	nr_cpus = n;
}

struct cpu *cpu_by_mpidr(u64 mpidr)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		if (cpus[i].mpidr == mpidr)
			return &cpus[i];
	return NULL;
}

static void init_hcr(const struct cpu *cpu)
{
	u64 hcr = HCR_VM | HCR_TSC | HCR_RW | idreg_hcr(cpu) | watch_hcr();

	if (!config.hvc)
		hcr |= HCR_HCD;
	/* Pointer authentication: APA, API, GPA, GPI; APA3, GPA3. */
	if (read_sysreg(ID_AA64ISAR1_EL1) & 0xff000ff0 ||
	    read_sysreg(ID_AA64ISAR2_EL1) & 0xff00)
		hcr |= HCR_API | HCR_APK;
	if (id_field(ID_AA64PFR1_EL1, 8) >= 2)		/* MTE2 */
		hcr |= HCR_ATA;
	if (id_field(ID_AA64PFR0_EL1, 56) >= 2)		/* CSV2_2 */
		hcr |= HCR_ENSCXT;
	if (config.plant == PLANT_TRAP)
		hcr |= HCR_TWI;
	write_sysreg(hcr, hcr_el2);
}

/*
 * HCRX_EL2 enables what is new, so a bit left out is an UNDEFINED instruction
 * in a guest that read the ID register: MSCEn, for one, FEAT_MOPS.
 */
static void init_hcrx(void)
{
	u64 ls64 = id_field(ID_AA64ISAR1_EL1, 60);
	u64 hcrx = 0;

	if (!id_field(ID_AA64MMFR1_EL1, 40))		/* HCX */
		return;
	if (id_field(ID_AA64ISAR2_EL1, 16))		/* MOPS */
		hcrx |= HCRX_MSCEN;
	if (id_field(ID_AA64MMFR3_EL1, 0))		/* TCRX */
		hcrx |= HCRX_TCR2EN;
	if (id_field(ID_AA64MMFR3_EL1, 4))		/* SCTLRX */
		hcrx |= HCRX_SCTLR2EN;
	if (id_field(ID_AA64PFR1_EL1, 44))		/* GCS */
		hcrx |= HCRX_GCSEN;
	if (id_field(ID_AA64PFR2_EL1, 32))		/* FPMR */
		hcrx |= HCRX_ENFPM;
	if (ls64 >= 1)
		hcrx |= HCRX_ENALS;
	if (ls64 >= 2)
		hcrx |= HCRX_ENASR;
	if (ls64 >= 3)
		hcrx |= HCRX_ENAS0;
	write_sysreg(hcrx, HCRX_EL2);
}

/* Fine-grained traps: all off, which for the "n" bits means set. */
static void init_fgt(void)
{
	u64 fgt = id_field(ID_AA64MMFR0_EL1, 56);
	u64 regs = 0, instructions = 0;

	if (!fgt)
		return;
	if (id_field(ID_AA64PFR1_EL1, 24))		/* SME */
		regs |= HFGRTR_NSMPRI_NTPIDR2;
	if (id_field(ID_AA64MMFR3_EL1, 8))		/* S1PIE */
		regs |= HFGRTR_NPIR;
	if (id_field(ID_AA64MMFR3_EL1, 16))		/* S1POE */
		regs |= HFGRTR_NPOR;
	if (id_field(ID_AA64PFR1_EL1, 44)) {		/* GCS */
		regs |= HFGRTR_NGCS;
		instructions |= HFGITR_NGCS;
	}
	write_sysreg(regs, HFGRTR_EL2);
	write_sysreg(regs, HFGWTR_EL2);
	write_sysreg(instructions, HFGITR_EL2);
	write_sysreg(0, HDFGRTR_EL2);
	write_sysreg(0, HDFGWTR_EL2);
	if (id_field(ID_AA64PFR0_EL1, 44))		/* AMU */
		write_sysreg(0, HAFGRTR_EL2);
	if (fgt < 2)
		return;
	write_sysreg(0, HFGRTR2_EL2);
	write_sysreg(0, HFGWTR2_EL2);
	write_sysreg(0, HFGITR2_EL2);
	write_sysreg(0, HDFGRTR2_EL2);
	write_sysreg(0, HDFGWTR2_EL2);
}

/* FP, SVE and SME, with all vector lengths. */
static void init_fp(void)
{
	bool sve = id_field(ID_AA64PFR0_EL1, 32);
	bool sme = id_field(ID_AA64PFR1_EL1, 24);
	u64 cptr = CPTR_RES1 | CPTR_TZ | CPTR_TSM;

	if (sve)
		cptr &= ~CPTR_TZ;
	if (sme)
		cptr &= ~CPTR_TSM;
	write_sysreg(cptr, cptr_el2);
	isb();
	if (sve)
		write_sysreg(0xf, ZCR_EL2);
	if (sme)
		write_sysreg(SMCR_LEN_EZT0_FA64, SMCR_EL2);
}

/* Debug, PMU (all counters), SPE and TRBE belong to the guest. */
static void init_debug(void)
{
	u64 pmu = id_field(ID_AA64DFR0_EL1, 8);
	u64 mdcr = 0;

	if (pmu && pmu != 0xf)
		mdcr = (read_sysreg(pmcr_el0) >> 11) & 0x1f;
	if (id_field(ID_AA64DFR0_EL1, 32))
		mdcr |= MDCR_E2PB;
	if (id_field(ID_AA64DFR0_EL1, 44))
		mdcr |= MDCR_E2TB;
	write_sysreg(mdcr, mdcr_el2);
}

static void init_rest(const struct cpu *cpu)
{
	write_sysreg(cpu->midr, vpidr_el2);
	write_sysreg(read_sysreg(mpidr_el1) ^
		     (config.stray & BIT(cpu->index) ? MPIDR_STRAY : 0),
		     vmpidr_el2);

	write_sysreg(CNTHCTL_EL1PCTEN_EL1PCEN, cnthctl_el2);
	write_sysreg(0, cntvoff_el2);
	write_sysreg(0, hstr_el2);

	if (id_field(ID_AA64PFR0_EL1, 24)) {		/* GIC registers */
		write_sysreg(ICC_SRE_ALL, ICC_SRE_EL2);
		isb();
		write_sysreg(0, ICH_HCR_EL2);
	}
	if (id_field(ID_AA64MMFR1_EL1, 16))		/* LORegions */
		write_sysreg(0, LORC_EL1);
	if (id_field(ID_AA64PFR0_EL1, 40))		/* MPAM */
		write_sysreg(MPAM2_ENMPAMSM, MPAM2_EL2);
}

void cpu_move(struct cpu *cpu)
{
	if (config.becomes_cpu != (int)cpu->index)
		return;
	cpu->midr = config.becomes;
	write_sysreg(cpu->midr, vpidr_el2);
}

void cpu_spin(u64 us)
{
	u64 ticks = us * read_sysreg(cntfrq_el0) / 1000000;
	u64 start = read_sysreg(cntpct_el0);

	while (read_sysreg(cntpct_el0) - start < ticks)
		asm volatile("yield");
}

void cpu_enter_guest(struct cpu *cpu, u64 entry, u64 x0)
{
	struct regs *regs = (struct regs *)(cpu->stack - sizeof(*regs));

	init_hcr(cpu);
	init_hcrx();
	init_fgt();
	init_fp();
	init_debug();
	init_rest(cpu);
	stage2_enable();
	if (config.watch)
		watch_power(cpu);
	write_sysreg(SCTLR_EL1_RES1, sctlr_el1);
	isb();

	*regs = (struct regs) {
		.x[0] = x0,
		.elr = entry,
		.spsr = SPSR_EL1H_DAIF,
	};
	guest_resume(regs);
}

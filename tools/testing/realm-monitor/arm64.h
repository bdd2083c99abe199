/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Architecture: system registers, barriers, cache maintenance, a spin lock.
 * Registers that gcc 12's assembler does not know go by their encoding.
 */
#ifndef ARM64_H
#define ARM64_H

#include "types.h"

/* Two steps, so that a macro name becomes the encoding it stands for. */
#define STRING_(x)		#x
#define STRING(x)		STRING_(x)

#define read_sysreg(r) ({						\
	u64 __v;							\
	asm volatile("mrs %0, " STRING(r) : "=r"(__v));			\
	__v; })
#define write_sysreg(v, r)						\
	asm volatile("msr " STRING(r) ", %x0" : : "rZ"((u64)(v)) : "memory")

/* Four-bit unsigned field of an ID register. */
#define id_field(r, shift)	((read_sysreg(r) >> (shift)) & 0xf)

#define ID_AA64PFR0_EL1		S3_0_C0_C4_0
#define ID_AA64PFR1_EL1		S3_0_C0_C4_1
#define ID_AA64PFR2_EL1		S3_0_C0_C4_2
#define ID_AA64DFR0_EL1		S3_0_C0_C5_0
#define ID_AA64ISAR1_EL1	S3_0_C0_C6_1
#define ID_AA64ISAR2_EL1	S3_0_C0_C6_2
#define ID_AA64MMFR0_EL1	S3_0_C0_C7_0
#define ID_AA64MMFR1_EL1	S3_0_C0_C7_1
#define ID_AA64MMFR2_EL1	S3_0_C0_C7_2
#define ID_AA64MMFR3_EL1	S3_0_C0_C7_3
#define LORC_EL1		S3_0_C10_C4_3
#define HCRX_EL2		S3_4_C1_C2_2
#define ZCR_EL2			S3_4_C1_C2_0
#define SMCR_EL2		S3_4_C1_C2_6
#define HFGRTR_EL2		S3_4_C1_C1_4
#define HFGWTR_EL2		S3_4_C1_C1_5
#define HFGITR_EL2		S3_4_C1_C1_6
#define HDFGRTR_EL2		S3_4_C3_C1_4
#define HDFGWTR_EL2		S3_4_C3_C1_5
#define HAFGRTR_EL2		S3_4_C3_C1_6
#define HDFGRTR2_EL2		S3_4_C3_C1_0
#define HDFGWTR2_EL2		S3_4_C3_C1_1
#define HFGRTR2_EL2		S3_4_C3_C1_2
#define HFGWTR2_EL2		S3_4_C3_C1_3
#define HFGITR2_EL2		S3_4_C3_C1_7
#define MPAM2_EL2		S3_4_C10_C5_0
#define ICC_SRE_EL2		S3_4_C12_C9_5
#define ICH_HCR_EL2		S3_4_C12_C11_0

/* Exception classes, ESR_ELx.EC. */
#define EC_HVC64	0x16
#define EC_SMC64	0x17
#define EC_SYSREG	0x18
#define EC_IABT_LOWER	0x20
#define EC_DABT_LOWER	0x24
#define EC_STEP_LOWER	0x32

/* ESR_ELx.ISS of an abort. */
#define ESR_WNR(esr)	((esr) & BIT(6))
#define ESR_S1PTW(esr)	((esr) & BIT(7))

#define ESR_IL		BIT(25)

#define SCTLR_SPAN	BIT(23)
#define SCTLR_DSSBS	BIT(44)

#define SPSR_SPX	BIT(0)
#define SPSR_BTYPE	(3UL << 10)
#define SPSR_SSBS	BIT(12)
#define SPSR_SS		BIT(21)
#define SPSR_PAN	BIT(22)
#define SPSR_DIT	BIT(24)
#define SPSR_TCO	BIT(25)
#define SPSR_NZCV	(0xfUL << 28)
#define SPSR_EL1H_DAIF	0x3c5UL
#define ESR_EC(esr)	(((esr) >> 26) & 0x3f)

static inline void isb(void)
{
	asm volatile("isb" : : : "memory");
}

static inline void dsb_ish(void)
{
	asm volatile("dsb ish" : : : "memory");
}

static inline void dsb_ishst(void)
{
	asm volatile("dsb ishst" : : : "memory");
}

/* Stop this CPU for good. */
static inline void __noreturn halt(void)
{
	for (;;)
		asm volatile("wfe");
}

/*
 * Write back and drop the cached copies of [p, p + n), so that an observer
 * with its MMU off, or the same memory through another attribute, sees them.
 */
static inline void dcache_clean_inval(const void *p, size_t n)
{
	u64 line = 4UL << ((read_sysreg(ctr_el0) >> 16) & 0xf);
	u64 a;

	for (a = ALIGN_DOWN((u64)p, line); a < (u64)p + n; a += line)
		asm volatile("dc civac, %0" : : "r"(a) : "memory");
	asm volatile("dsb sy" : : : "memory");
}

struct lock {
	u32 held;
};

static inline void lock(struct lock *l)
{
	while (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			asm volatile("yield");
}

static inline void unlock(struct lock *l)
{
	__atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 1 translation tables of the test guest, in any of the kernel's
 * formats, and the MMU. One format per boot; TTBR1 gets the tables under
 * test, TTBR0 an identity map, so that a pointer is an IPA with the MMU on as
 * well as off.
 */
#ifndef PGTABLE_H
#define PGTABLE_H

#include "guest.h"

/* Needs -m 256M: from here on tables, and from DATA on what leaves map. */
#define TABLES		0x41000000UL
#define DATA		0x44000000UL

#define PTE_VALID	BIT(0)
#define PTE_TYPE	BIT(1)		/* page or table; clear in a block */
#define PTE_TABLE	(PTE_VALID | PTE_TYPE)
#define PTE_ATTR(i)	((u64)(i) << 2)
#define PTE_USER	BIT(6)
#define PTE_RDONLY	BIT(7)
#define PTE_SH_OUTER	(2UL << 8)
#define PTE_SH_INNER	(3UL << 8)
#define PTE_AF		BIT(10)
#define PTE_NG		BIT(11)
#define PTE_DBM		BIT(51)
#define PTE_CONT	BIT(52)
#define PTE_PXN		BIT(53)
#define PTE_UXN		BIT(54)
#define PTE_SOFT	BIT(55)
/* In a table descriptor, for all that is below. */
#define PXN_TABLE	BIT(59)
#define UXN_TABLE	BIT(60)
#define RDONLY_TABLE	BIT(62)

/*
 * Indexes into MAIR_EL1, in another order than the kernel's. TAGGED and
 * NORMAL differ in a permission, NORMAL and NORMAL_TOO in nothing.
 */
enum { NC, NORMAL, DEVICE, TAGGED, NORMAL_TOO };

struct format {
	unsigned int shift;	/* of a granule */
	unsigned int bits;	/* of a virtual address */
	bool ds;		/* TCR_EL1.DS: LPA2 */
};

extern struct format format;

/* Use the format for all that follows. False if the CPU lacks it. */
bool format_set(unsigned int shift, unsigned int bits, bool ds);

/* Size of a granule. */
u64 granule(void);
/* Level of the root table. */
int start_level(void);
/* What one entry at @level maps. */
u64 level_size(int level);
/* Entries of a table at @level. */
unsigned int entries(int level);
/* May a leaf be at @level? */
bool leaf_allowed(int level);
/* Entries in a contiguous run at @level, 2 or 3. */
unsigned int run_length(int level);
/* First address of TTBR1's range. */
u64 va_base(void);

u64 desc_table(const u64 *table);
/* A leaf at @level, writable, not executable, Normal unless @attrs says so. */
u64 desc_leaf(int level, u64 pa);
u64 desc_with_attr(u64 desc, unsigned int index);

/* @n granules of zeroes, one behind the other. */
u64 *pages_new(unsigned int n);
/* A table, not linked from anywhere. */
u64 *table_new(void);
/* A root. It does not fill its page where it is smaller, and ends with it. */
u64 *root_new(void);
/* Fill @table at @level with leaves of which the first maps @first. */
void table_fill(u64 *table, int level, u64 first);

/* An entry of a table. */
struct place {
	u64 *entry;
	u64 va;		/* first address that it translates */
	int level;
};

/* The entry for @va at @level; missing tables on the way to it are made. */
struct place place(u64 *root, u64 va, int level);
/* The entry @n behind @p in the same table. */
struct place place_behind(struct place p, unsigned int n);
/* Tables that a walk from @root reaches, @root included. */
u64 count_tables(u64 *root);

/* What mmu_on() sets of these: the walker updates AF, and RDONLY with DBM. */
#define TCR_HA		BIT(39)
#define TCR_HD		BIT(40)
extern u64 walker_updates;

#define TCR_EPD1	BIT(23)
#define TCR_HPD1	BIT(42)

/* Turn the MMU of this CPU on, with @root in TTBR1: the two halves of it. */
void mmu_on(u64 *root);
void mmu_set_up(u64 *root);
void mmu_enable(void);
/* Only change the root; the ASID. */
void mmu_root(u64 *root);
void mmu_asid(u64 asid);
void mmu_off(void);
/* Give the identity map, too, @table of level 1 with 4K; returns its VA. */
u64 mmu_lend(const u64 *table);

/* Where stage 1 says @va is, or NOWHERE. */
#define NOWHERE		(~0UL)
u64 translate(u64 va);

/* TLBIs, with the barriers that belong to them. */
#define tlbi(op, value) do {						\
	asm volatile("dsb ish\n\ttlbi " op ", %0\n\tdsb ish\n\tisb"	\
		     : : "r"(value) : "memory");			\
} while (0)
void flush_all(void);		/* VMALLE1IS */
void flush_local(void);		/* VMALLE1 */
void flush_leaf(u64 va);	/* VAALE1IS: last level only */
void flush_walk(u64 va);	/* VAAE1IS: tables as well */
/* The argument of TLBI by address: @va, level hint @level (0: none). */
u64 tlbi_va(u64 va, int level);
/* The argument of TLBI by range: 2 * @pairs granules from @va on. */
u64 tlbi_range(u64 va, unsigned int pairs);

#endif

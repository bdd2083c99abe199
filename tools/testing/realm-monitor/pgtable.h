/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format of stage 1 tables (VMSAv8-64) as TCR_EL1 sets it up for TTBR1:
 * page size, number of levels, and what the bits of a descriptor mean.
 */
#ifndef PGTABLE_H
#define PGTABLE_H

#include "types.h"

struct format {
	unsigned int page_shift;	/* 12, 14 or 16 */
	unsigned int va_bits;
	int start_level;		/* -1 to 3 */
	bool ds;			/* TCR_EL1.DS: LPA2 with 4K or 16K */
	bool hpd;			/* TCR_EL1.HPD1: no hierarchical bits */

	/* What follows from these. */
	unsigned int stride;		/* bits of an index */
	int top_block;			/* highest level with blocks */
	u64 va_start;			/* lowest address that TTBR1 translates */
	u64 address;			/* bits of one in a descriptor */
};

enum kind { INVALID, TABLE, LEAF };

#define LAST_LEVEL	3

#define DESC_VALID	BIT(0)
#define DESC_TABLE	BIT(1)		/* or page, at the last level */
#define DESC_RDONLY	BIT(7)
#define DESC_AF		BIT(10)
#define DESC_NG		BIT(11)
#define DESC_DBM	BIT(51)
#define DESC_CONT	BIT(52)

/* The format that TCR_EL1 value @tcr sets up for TTBR1. */
struct format format_of(u64 tcr);
/* Are they the same but for what hierarchical bits do? */
bool format_equal(const struct format *a, const struct format *b);

/* Address of the table in @ttbr1. */
u64 ttbr_table(u64 ttbr1);

/* Entries of a contiguous run at @level; 1 where there are none. */
unsigned int run_entries(const struct format *f, int level);

static inline unsigned int level_shift(const struct format *f, int level)
{
	return f->page_shift + (LAST_LEVEL - level) * f->stride;
}

/* Bytes that an entry at @level maps. */
static inline u64 level_size(const struct format *f, int level)
{
	return 1UL << level_shift(f, level);
}

/* Entries of a table at @level. */
static inline unsigned int level_entries(const struct format *f, int level)
{
	if (level == f->start_level)
		return 1U << (f->va_bits - level_shift(f, level));
	return 1U << f->stride;
}

/* Index of @va in a table at @level. */
static inline unsigned int level_index(const struct format *f, int level,
				       u64 va)
{
	return ((va - f->va_start) >> level_shift(f, level)) &
	       (level_entries(f, level) - 1);
}

static inline enum kind desc_kind(const struct format *f, int level, u64 desc)
{
	if (!(desc & DESC_VALID))
		return INVALID;
	if (level == LAST_LEVEL)
		return desc & DESC_TABLE ? LEAF : INVALID;
	if (desc & DESC_TABLE)
		return TABLE;
	return level >= f->top_block ? LEAF : INVALID;
}

/* Output address of a leaf, or address of the table a descriptor points to. */
u64 desc_address(const struct format *f, int level, u64 desc);
/*
 * What a leaf says but for address, size and software bits. @tables: the
 * hierarchical bits of the tables between it and the entry it stands for.
 */
u64 desc_attributes(const struct format *f, u64 desc, u64 tables);
/* The bits of table descriptor @desc that restrict what is below it. */
u64 desc_hierarchy(const struct format *f, u64 desc);

/* Leaf @a, with the permissions of @b as well. */
u64 desc_widest(u64 a, u64 b);
bool desc_writable(u64 desc);
bool desc_executable(u64 desc);
/* Do both leaves have the same memory type? @mair: MAIR_EL1 */
bool desc_same_type(u64 a, u64 b, u64 mair);
bool desc_is_normal(u64 desc, u64 mair);
bool desc_same_shareability(const struct format *f, u64 a, u64 b);

/* Print @desc in words. */
void desc_print(const struct format *f, int level, u64 desc, u64 mair);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which TLBI ends the time in which an old entry may still be used: of a leaf
 * that gets another output address, and of a table that is written again.
 */

#include "watch.h"

static u64 *root;
static struct place leaf, parent;
static u64 *table;
static u64 lr;		/* one for many, as the monitor keeps no more than 64 */

enum tlbi {
	VMALLE1, VMALLE1IS, VMALLE1OS,
	VAE1, VALE1, VAAE1, VAALE1,
	VAE1IS, VALE1IS, VAAE1IS, VAALE1IS,
	VAE1OS, VALE1OS, VAAE1OS, VAALE1OS,
	ASIDE1IS, ASIDE1OS,
	RVAE1, RVAAE1, RVAALE1,
	RVAE1IS, RVALE1IS, RVAAE1IS, RVAALE1IS,
	RVAAE1OS, RVAALE1OS,
	VMALLE1ISNXS, VAALE1ISNXS, RVAALE1ISNXS,
};

/* Encodings, where the assembler of armv8-a lacks the name. */
#define SYS(op, value)							\
	asm volatile("dsb ish\n\tsys " op ", %x0\n\tdsb ish\n\tisb"	\
		     : : "rZ"((u64)(value)) : "memory")

static void invalidate(enum tlbi op, u64 value)
{
	switch (op) {
	case VMALLE1:	flush_local();				break;
	case VMALLE1IS:	flush_all();				break;
	case VMALLE1OS:	SYS("#0, c8, c1, #0", 0);		break;
	case VAE1:	tlbi("vae1", value);			break;
	case VALE1:	tlbi("vale1", value);			break;
	case VAAE1:	tlbi("vaae1", value);			break;
	case VAALE1:	tlbi("vaale1", value);			break;
	case VAE1IS:	tlbi("vae1is", value);			break;
	case VALE1IS:	tlbi("vale1is", value);			break;
	case VAAE1IS:	tlbi("vaae1is", value);			break;
	case VAALE1IS:	tlbi("vaale1is", value);		break;
	case VAE1OS:	SYS("#0, c8, c1, #1", value);		break;
	case VAAE1OS:	SYS("#0, c8, c1, #3", value);		break;
	case VALE1OS:	SYS("#0, c8, c1, #5", value);		break;
	case VAALE1OS:	SYS("#0, c8, c1, #7", value);		break;
	case ASIDE1IS:	tlbi("aside1is", value);		break;
	case ASIDE1OS:	SYS("#0, c8, c1, #2", value);		break;
	case RVAE1:	SYS("#0, c8, c6, #1", value);		break;
	case RVAAE1:	SYS("#0, c8, c6, #3", value);		break;
	case RVAALE1:	SYS("#0, c8, c6, #7", value);		break;
	case RVAE1IS:	SYS("#0, c8, c2, #1", value);		break;
	case RVAAE1IS:	SYS("#0, c8, c2, #3", value);		break;
	case RVALE1IS:	SYS("#0, c8, c2, #5", value);		break;
	case RVAALE1IS:	SYS("#0, c8, c2, #7", value);		break;
	case RVAAE1OS:	SYS("#0, c8, c5, #3", value);		break;
	case RVAALE1OS:	SYS("#0, c8, c5, #7", value);		break;
	case VMALLE1ISNXS: SYS("#0, c9, c3, #0", 0);		break;
	case VAALE1ISNXS: SYS("#0, c9, c3, #7", value);		break;
	case RVAALE1ISNXS: SYS("#0, c9, c2, #7", value);	break;
	}
}

static bool is_range(enum tlbi op)
{
	return (op >= RVAE1 && op <= RVAALE1OS) || op == RVAALE1ISNXS;
}

static bool is_outer(enum tlbi op)
{
	return op == VMALLE1OS || (op >= VAE1OS && op <= VAALE1OS) ||
	       op == ASIDE1OS || op == RVAAE1OS || op == RVAALE1OS;
}

static bool is_nxs(enum tlbi op)
{
	return op >= VMALLE1ISNXS;
}

/* Which address, relative to that of the leaf; which hint; which ASID. */
enum where { HERE, NEXT, LEVEL3, LEVEL2, ASID, FAR, AROUND, SCALED, BEFORE,
	     GRANULE };

#define LEAF	BIT(0)		/* covers a leaf, */
#define NG_LEAF	BIT(1)		/* a leaf that is not global, */
#define TABLE	BIT(2)		/* a table */
#define ALL	(LEAF | NG_LEAF | TABLE)

/*
 * Of range operations HERE is two granules. Two ASIDs were used, 0 and 5, so
 * what is not global may be cached with either, and so may be tables.
 */
static const struct {
	const char *name;
	enum tlbi op;
	enum where where;
	u64 covers;
	u64 covers_smp;		/* while another CPU uses the root, too */
} cases[] = {
	{ "vmalle1",		VMALLE1,   HERE,   ALL,		   0 },
	{ "vmalle1is",		VMALLE1IS, HERE,   ALL,		   ALL },
	{ "vmalle1os",		VMALLE1OS, HERE,   ALL,		   ALL },
	{ "vae1",		VAE1,	   HERE,   LEAF,	   0 },
	{ "vale1",		VALE1,	   HERE,   LEAF,	   0 },
	{ "vaae1",		VAAE1,	   HERE,   ALL,		   0 },
	{ "vaale1",		VAALE1,	   HERE,   LEAF | NG_LEAF, 0 },
	{ "vae1is",		VAE1IS,	   HERE,   LEAF,	   LEAF },
	{ "vale1is",		VALE1IS,   HERE,   LEAF,	   LEAF },
	{ "vaae1is",		VAAE1IS,   HERE,   ALL,		   ALL },
	{ "vaale1is",		VAALE1IS,  HERE,   LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "vae1os",		VAE1OS,	   HERE,   LEAF,	   LEAF },
	{ "vale1os",		VALE1OS,   HERE,   LEAF,	   LEAF },
	{ "vaae1os",		VAAE1OS,   HERE,   ALL,		   ALL },
	{ "vaale1os",		VAALE1OS,  HERE,   LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "vaae1is, next",	VAAE1IS,   NEXT,   TABLE,	   TABLE },
	{ "vaale1is, next",	VAALE1IS,  NEXT,   0,		   0 },
	{ "vaae1is, far",	VAAE1IS,   FAR,	   0,		   0 },
	{ "vaae1is, level 3",	VAAE1IS,   LEVEL3, ALL,		   ALL },
	{ "vaale1is, level 3",	VAALE1IS,  LEVEL3, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "vaale1is, level 2",	VAALE1IS,  LEVEL2, 0,		   0 },
	{ "vaae1is, level 2",	VAAE1IS,   LEVEL2, 0,		   0 },
	{ "vaae1is, other granule", VAAE1IS, GRANULE, 0,	   0 },
	{ "vaale1is, other granule", VAALE1IS, GRANULE, 0,	   0 },
	{ "vae1is, other asid",	VAE1IS,	   ASID,   LEAF,	   LEAF },
	{ "vale1is, other asid", VALE1IS,  ASID,   LEAF,	   LEAF },
	{ "vaae1is, other asid", VAAE1IS,  ASID,   ALL,		   ALL },
	{ "aside1is, other asid", ASIDE1IS, ASID,  0,		   0 },
	{ "aside1os, other asid", ASIDE1OS, ASID,  0,		   0 },
	{ "rvae1",		RVAE1,	   HERE,   LEAF,	   0 },
	{ "rvaae1",		RVAAE1,	   HERE,   ALL,		   0 },
	{ "rvaale1",		RVAALE1,   HERE,   LEAF | NG_LEAF, 0 },
	{ "rvae1is",		RVAE1IS,   HERE,   LEAF,	   LEAF },
	{ "rvale1is",		RVALE1IS,  HERE,   LEAF,	   LEAF },
	{ "rvaae1is",		RVAAE1IS,  HERE,   ALL,		   ALL },
	{ "rvaale1is",		RVAALE1IS, HERE,   LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaae1os",		RVAAE1OS,  HERE,   ALL,		   ALL },
	{ "rvaale1os",		RVAALE1OS, HERE,   LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "vmalle1isnxs",	VMALLE1ISNXS, HERE, ALL,	   ALL },
	{ "vaale1isnxs",	VAALE1ISNXS, HERE, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaale1isnxs",	RVAALE1ISNXS, HERE, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaale1is, next",	RVAALE1IS, NEXT,   0,		   0 },
	{ "rvaae1is, far",	RVAAE1IS,  FAR,	   0,		   0 },
	{ "rvaale1is, around",	RVAALE1IS, AROUND, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaale1is, scale 1",	RVAALE1IS, SCALED, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaae1is, before",	RVAAE1IS,  BEFORE, 0,		   0 },
	{ "rvaale1is, level 3",	RVAALE1IS, LEVEL3, LEAF | NG_LEAF, LEAF | NG_LEAF },
	{ "rvaale1is, level 2",	RVAALE1IS, LEVEL2, 0,		   0 },
	{ "rvaae1is, other granule", RVAAE1IS, GRANULE, 0,	   0 },
	{ "rvae1is, other asid", RVAE1IS,  ASID,   LEAF,	   LEAF },
};

/* The lowest address that a range operation with LPA2 can name. */
#define RANGE_UNIT	0x10000UL

static u64 value(enum tlbi op, enum where where, u64 here)
{
	u64 step = granule() < RANGE_UNIT ? RANGE_UNIT : granule();
	u64 va = where == NEXT ? here + 2 * step :
		 where == FAR ? here + 2 * level_size(2) :
		 where == AROUND || where == SCALED ? here - 2 * step :
		 where == BEFORE ? here - 64 * granule() : here;
	u64 asid = where == ASID ? 5UL << 48 : 0;
	int level = where == LEVEL3 || where == GRANULE ? 3 :
		    where == LEVEL2 ? 2 : 0;
	/* From 4K (1) or 64K (3) to 16K (2), or from 16K to 64K. */
	u64 other = where != GRANULE ? 0 :
		    (format.shift == 12 ? 1UL ^ 2 : 2UL ^ 3) << 46;

	if (!is_range(op))
		return (tlbi_va(va, level) | asid) ^ other;
	/* 64 granules are 1 pair of scale 1, or 32 pairs of scale 0. */
	if (where == SCALED)
		return tlbi_range(va, 1) | 1UL << 44;
	if (where == AROUND || where == BEFORE)
		return tlbi_range(va, 32);
	return (tlbi_range(va, 1) | (u64)level << 37 | asid) ^ other;
}

/* Write @new to @p after the TLBI: right if that covered @va. */
static void after(unsigned int i, struct place p, u64 va, u64 new,
		  bool covered, const char *rule)
{
	invalidate(cases[i].op, value(cases[i].op, cases[i].where, va));
	if (!covered)
		expect(rule, p, 0, 1, lr);
	watch_store_lr(p.entry, new, lr);
	judge(cases[i].name);
}

static void leaf_case(unsigned int i, u64 attrs, bool covered)
{
	u64 desc = desc_leaf(3, DATA) | attrs;

	watch_store(leaf.entry, desc);
	watch_store(leaf.entry, 0);
	after(i, leaf, leaf.va, desc ^ BIT(20), covered, "no-break");
	flush_all();
	watch_store(leaf.entry, 0);
	flush_all();
}

/* A block, by an address in the middle of it; hints are of its own level. */
static void block_cases(void)
{
	static const struct {
		bool range;
		int level;
		bool covered;
	} hints[] = {
		{ false, 0, true }, { false, 2, true }, { false, 3, false },
		{ true, 0, true }, { true, 2, true }, { true, 3, false },
	};
	struct place p = place(root, parent.va, 2);
	u64 desc = desc_leaf(2, ALIGN_DOWN(DATA, level_size(2)));
	u64 va = p.va + level_size(2) / 2;
	unsigned int i;

	lr = next_lr();
	for (i = 0; i < ARRAY_SIZE(hints); i++) {
		if (hints[i].range && id_field(id_aa64isar0_el1, 56) < 2)
			continue;
		watch_store(p.entry, desc);
		watch_store(p.entry, 0);
		if (hints[i].range)
			invalidate(RVAALE1IS, tlbi_range(va, 1) |
				   (u64)hints[i].level << 37);
		else
			invalidate(VAALE1IS, tlbi_va(va, hints[i].level));
		if (!hints[i].covered)
			expect("no-break", p, 0, 1, lr);
		watch_store_lr(p.entry, desc ^ level_size(2), lr);
		judge("a block and its hint");
		watch_store(p.entry, 0);
		flush_all();
	}
}

static void all_cases(bool smp)
{
	/* ID_AA64ISAR0_EL1.TLB: 1 for OS forms, 2 for ranges as well. */
	u64 has = id_field(id_aa64isar0_el1, 56);
	u64 xs = id_field(ID_AA64ISAR1_EL1, 56);
	unsigned int i;

	lr = next_lr();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 covers = smp ? cases[i].covers_smp : cases[i].covers;

		if ((is_outer(cases[i].op) && has < 1) ||
		    (is_nxs(cases[i].op) && !xs) ||
		    (is_range(cases[i].op) && has < 2)) {
			skip(cases[i].name);
			continue;
		}
		leaf_case(i, 0, covers & LEAF);
		leaf_case(i, PTE_NG, covers & NG_LEAF);

		watch_store(parent.entry, desc_table(table));
		watch_store(parent.entry, 0);
		after(i, (struct place){ table + 9, parent.va, 3 }, parent.va,
		      0x5a5a5a5a, covers & TABLE, "table-reuse");
		flush_all();
		memset(table, 0, granule());
		judge("cleaned up");
	}
}

static void tlbis(void)
{
	if (!watch_start())
		return;
	root = root_new();
	parent = place(root, va_base() + 5 * level_size(2), 2);
	/* Aligned for ranges, with room in front. */
	leaf = place(root, va_base() + 7 * level_size(2) + 128 * RANGE_UNIT, 3);
	table = table_new();
	mmu_on(root);
	mmu_asid(5);
	mmu_asid(0);
	print("# one CPU\n");
	all_cases(false);
	block_cases();

	print("# two CPUs\n");
	workers_start();
	worker_do(1, work_mmu_on, (u64)root);
	all_cases(true);

	print("# the other one has left, with a TLBI\n");
	worker_do(1, work_mmu_root, (u64)root_new());
	worker_do(1, work_flush, 0);
	all_cases(false);
	print("# the other one is off\n");
	worker_do(1, work_mmu_root, (u64)root);
	workers_stop();
	all_cases(false);
	check_eq(exceptions, 0, "exceptions");
}

const struct scenario watch_tlbi_scenarios[] = {
	{ "watch-tlbi", tlbis },
	{ }
};

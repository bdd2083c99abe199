// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of store (stores.S) to a table that is in use: what it does to
 * memory and registers, and how it is judged. All of it has to be the same
 * with and without the watch.
 */

#include "stores.h"
#include "watch.h"

/* Bits of the output address in any format. */
#define OA_CLEAR	BIT(20)		/* in the entries as they are */
#define OA_SET		BIT(26)

#define MDSCR_KDE	BIT(13)
#define MDSCR_MDE	BIT(15)
#define OSLSR_OSLK	BIT(1)
#define DBGWCR_E	BIT(0)
#define DBGWCR_EL1	BIT(1)
#define DBGWCR_STORE	BIT(4)
#define DBGWCR_8_BYTES	(0xffUL << 5)

/* What becomes of p[0] and p[1], which are to become a and b. */
enum effect {
	NONE,
	FIRST,			/* p[0] = a */
	BOTH,			/* and p[1] = b */
	LOW,			/* lower half of a */
	HIGH,			/* upper half */
	HALFWORD,		/* bits 31:16 */
	BYTE,			/* bits 23:16 */
	CROSS,			/* upper half of a, lower half of b */
	SET,			/* p[0] |= a */
	CLEAR,			/* p[0] &= a */
	MAX,			/* p[0] = max(p[0], a) */
	ZERO_FIRST,		/* p[0] = 0 */
	ZERO_3,			/* p[0] to p[2] = 0 */
	ZERO_ZVA,		/* a whole DC ZVA block */
};

/* What comes back. */
enum result {
	BASE,			/* the base register + disp */
	OLD,			/* what was in p[0] */
	STATUS,			/* disp */
};

typedef u64 (*store_fn)(u64 *p, u64 a, u64 b);

#define STORE(name, effect, result, disp) \
	extern u64 name(u64 *p, u64 a, u64 b);
#define STORES								\
	STORE(st_str,		FIRST,		BASE,	0)		\
	STORE(st_str_imm,	FIRST,		BASE,	0)		\
	STORE(st_str_pre,	FIRST,		BASE,	0)		\
	STORE(st_str_post,	FIRST,		BASE,	-8)		\
	STORE(st_stur,		FIRST,		BASE,	3)		\
	STORE(st_str_reg,	FIRST,		BASE,	0)		\
	STORE(st_str_sxtw,	FIRST,		BASE,	0)		\
	STORE(st_str_xzr,	ZERO_FIRST,	BASE,	0)		\
	STORE(st_str_sp,	FIRST,		BASE,	0)		\
	STORE(st_str_x30,	FIRST,		BASE,	0)		\
	STORE(st_stp,		BOTH,		BASE,	0)		\
	STORE(st_stp_pre,	BOTH,		BASE,	0)		\
	STORE(st_stp_post,	BOTH,		BASE,	16)		\
	STORE(st_stnp,		BOTH,		BASE,	0)		\
	STORE(st_stp_w,		FIRST,		BASE,	0)		\
	STORE(st_str_low,	LOW,		BASE,	0)		\
	STORE(st_str_high,	HIGH,		BASE,	0)		\
	STORE(st_strh,		HALFWORD,	BASE,	0)		\
	STORE(st_strb,		BYTE,		BASE,	0)		\
	STORE(st_strb_post,	BYTE,		BASE,	0)		\
	STORE(st_cross,		CROSS,		BASE,	0)		\
	STORE(st_str_d,		FIRST,		BASE,	0)		\
	STORE(st_str_q,		BOTH,		BASE,	0)		\
	STORE(st_str_q_post,	BOTH,		BASE,	16)		\
	STORE(st_stp_d,		BOTH,		BASE,	0)		\
	STORE(st_stp_q,		BOTH,		BASE,	0)		\
	STORE(st_st1,		BOTH,		BASE,	0)		\
	STORE(st_st1_lane,	FIRST,		BASE,	0)		\
	STORE(st_st2,		BOTH,		BASE,	0)		\
	STORE(st_stlr,		FIRST,		BASE,	0)		\
	STORE(st_stlrb,		BYTE,		BASE,	0)		\
	STORE(st_stllr,		FIRST,		BASE,	0)		\
	STORE(st_stlur,		FIRST,		BASE,	16)		\
	STORE(st_stxr,		FIRST,		STATUS,	0)		\
	STORE(st_stlxr,		FIRST,		STATUS,	0)		\
	STORE(st_stxr_w,	LOW,		STATUS,	0)		\
	STORE(st_stxrb,		BYTE,		STATUS,	0)		\
	STORE(st_stxp,		BOTH,		STATUS,	0)		\
	STORE(st_stlxp,		BOTH,		STATUS,	0)		\
	STORE(st_stxp_w,	FIRST,		STATUS,	0)		\
	STORE(st_stxr_clrex,	NONE,		STATUS,	0)		\
	STORE(st_stxr_alone,	NONE,		STATUS,	0)		\
	STORE(st_stxr_elsewhere, NONE,		STATUS,	0)		\
	STORE(st_cas,		FIRST,		OLD,	0)		\
	STORE(st_cas_differs,	NONE,		OLD,	0)		\
	STORE(st_cas_w,		LOW,		OLD,	0)		\
	STORE(st_casp,		BOTH,		OLD,	0)		\
	STORE(st_casp_differs,	NONE,		OLD,	0)		\
	STORE(st_swp,		FIRST,		OLD,	0)		\
	STORE(st_swp_w,		LOW,		OLD,	0)		\
	STORE(st_swp_xzr,	FIRST,		BASE,	0)		\
	STORE(st_ldadd,		FIRST,		OLD,	0)		\
	STORE(st_stadd,		FIRST,		BASE,	0)		\
	STORE(st_ldset,		SET,		OLD,	0)		\
	STORE(st_stset,		SET,		BASE,	0)		\
	STORE(st_ldclr,		CLEAR,		OLD,	0)		\
	STORE(st_ldeor,		FIRST,		OLD,	0)		\
	STORE(st_ldumax,	MAX,		OLD,	0)		\
	STORE(st_ldaddb,	BYTE,		BASE,	0)		\
	STORE(st_same,		NONE,		BASE,	0)		\
	STORE(st_dc_civac,	NONE,		BASE,	0)		\
	STORE(st_dc_ivac,	NONE,		BASE,	0)		\
	STORE(st_prfm,		NONE,		BASE,	0)		\
	STORE(st_dc_zva,	ZERO_ZVA,	BASE,	0)		\
	STORE(st_mops,		ZERO_3,		BASE,	24)
STORES
#undef STORE

static const struct {
	const char *name;
	store_fn fn;
	enum effect effect;
	enum result result;
	int disp;
} stores[] = {
#define STORE(name, effect, result, disp) \
	{ #name, name, effect, result, disp },
STORES
#undef STORE
};

/* As many entries as the largest DC ZVA block has, and more. */
#define WINDOW		256

static u64 before[WINDOW], after[WINDOW];

static u64 bits(u64 old, u64 new, u64 mask)
{
	return (old & ~mask) | (new & mask);
}

static u64 zva_entries(void)
{
	return (4UL << (read_sysreg(dczid_el0) & 0xf)) / 8;
}

static void apply(enum effect effect, u64 *p, u64 a, u64 b)
{
	switch (effect) {
	case NONE:
		break;
	case BOTH:
		p[1] = b;
		/* fall through */
	case FIRST:
		p[0] = a;
		break;
	case LOW:
		p[0] = bits(p[0], a, 0xffffffff);
		break;
	case HIGH:
		p[0] = bits(p[0], a, 0xffffffffUL << 32);
		break;
	case HALFWORD:
		p[0] = bits(p[0], a, 0xffff0000);
		break;
	case BYTE:
		p[0] = bits(p[0], a, 0xff0000);
		break;
	case CROSS:
		p[0] = bits(p[0], a, 0xffffffffUL << 32);
		p[1] = bits(p[1], b, 0xffffffff);
		break;
	case SET:
		p[0] |= a;
		break;
	case CLEAR:
		p[0] &= a;
		break;
	case MAX:
		p[0] = a > p[0] ? a : p[0];
		break;
	case ZERO_FIRST:
		p[0] = 0;
		break;
	case ZERO_3:
		memset(p, 0, 24);
		break;
	case ZERO_ZVA:
		memset(p, 0, zva_entries() * 8);
		break;
	}
}

/*
 * Do store @i by the pointer @via to the two entries at @p, so that both
 * change by @bit.
 */
static void one(unsigned int i, struct place p, u64 *via, u64 bit)
{
	u64 old = p.entry[0], ret, expected, found = 0, first = 0;
	unsigned int n;
	bool right = true;

	memcpy(before, p.entry, sizeof(before));
	memcpy(after, p.entry, sizeof(after));
	apply(stores[i].effect, after, old ^ bit, p.entry[1] ^ bit);
	for (n = WINDOW; n--; ) {
		if (after[n] & PTE_VALID &&
		    (after[n] ^ before[n]) & (OA_CLEAR | OA_SET)) {
			found++;
			first = n;
		}
	}
	if (found)
		expect("output-address", place_behind(p, first), 0, found, 0);

	ret = stores[i].fn(via, old ^ bit, p.entry[1] ^ bit);

	for (n = 0; n < WINDOW; n++) {
		if (p.entry[n] != after[n]) {
			print("# entry %lu: 0x%lx, expected 0x%lx\n", (u64)n,
			      p.entry[n], after[n]);
			right = false;
		}
	}
	check(right, stores[i].name);
	expected = stores[i].result == BASE ? (u64)via + stores[i].disp :
		   stores[i].result == STATUS ? (u64)stores[i].disp : old;
	check_eq(ret, expected, "its register");
	check_eq(read_sysreg(daif), 0x3c0, "interrupts are masked");
	judge("its judgement");

	/* Back to what it was, with break before make. */
	for (n = 0; n < WINDOW; n++)
		if (p.entry[n] != before[n])
			watch_store(&p.entry[n], 0);
	flush_all();
	for (n = 0; n < WINDOW; n++)
		if (p.entry[n] != before[n])
			watch_store(&p.entry[n], before[n]);
	judge("put back");
}

/*
 * A table between two pages of data, and stores across either border: half
 * of them is to data.
 */
static void borders(u64 *table, struct place first, struct place last)
{
	u64 *data = table - 1, *behind = last.entry + 1;
	u64 old = *first.entry;
	unsigned int i;

	expect("output-address", first, 0, 1, 0);
	st_across(data, 0x12345678UL << 32, old ^ OA_CLEAR);
	check_eq(*data, 0x12345678UL << 32, "across the start: data");
	check_eq(*first.entry, old ^ OA_CLEAR, "across the start: entry");
	judge("across the start");

	old = *last.entry;
	st_cross(last.entry, old ^ PTE_SOFT, 0x12345678);
	check_eq(*behind, 0x12345678, "across the end: data");
	check_eq(*last.entry, old ^ PTE_SOFT, "across the end: entry");
	judge("across the end");

	/* A loop as memset() would have it, through the border. */
	for (i = 0; i < 64; i += 2)
		st_stp(last.entry - 31 + i, 0, 0);
	for (old = 0, i = 0; i < 64; i++)
		old |= last.entry[(int)i - 31];
	check_eq(old, 0, "memset through the end");
	flush_all();
	judge("memset through the end");
}

/*
 * Stores that begin at the end of the table and end where nothing is mapped:
 * the guest gets its exception, as it would have without the watch.
 */
static void aborted(u64 *end, u64 *last)
{
	u64 spsr, daif = read_sysreg(daif), count = exceptions;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		st_cross(end - 1, PTE_SOFT | PTE_SOFT >> 32, 0);
		spsr = read_sysreg(spsr_el1);
		check_eq(spsr & 0x3c0, daif, "DAIF of the exception");
		check_eq(spsr & BIT(21), 0, "no single step");
		check_eq(read_sysreg(daif), daif, "DAIF");
		check_eq(read_sysreg(far_el1), (u64)end, "its address");
	}
	check_eq(exceptions, count + 3, "data aborts");
	st_stp(end - 2, 0, 0);
	st_cross(last - 1, 0, 0);
	check_eq(*last, 0, "stores after that");
	judge("aborted");
}

/*
 * Interrupts before, after, and while a store is followed: they are taken
 * with the state that the guest has, and the store is done once.
 */
static void interrupted(u64 *p)
{
	u64 old = p[0], daif = read_sysreg(daif), i, wrong = 0, lost = 0;

	interrupts_set_up();
	for (i = 0; i < 1000; i++) {
		irqs = 0;
		write_sysreg(i * 4, cntv_tval_el0);
		write_sysreg(1, cntv_ctl_el0);
		asm volatile("msr daifclr, #2" : : : "memory");
		st_stp(p, old ^ (i & 1) * PTE_SOFT, p[1]);
		st_stxr(p, p[0] ^ (i & 1) * PTE_SOFT, 0);
		while (!irqs)
			;
		/* Taken with interrupts unmasked, and no single step. */
		if (read_sysreg(spsr_el1) & (BIT(7) | BIT(21)) ||
		    read_sysreg(daif) != (daif & ~BIT(7)))
			wrong++;
		asm volatile("msr daifset, #2" : : : "memory");
		if (p[0] != old)
			lost++;
	}
	check_eq(wrong, 0, "interrupts in a wrong state");
	check_eq(lost, 0, "stores that were lost");
	judge("interrupted");
}

static void stores_to_tables(void)
{
	static const u64 changes[] = { OA_CLEAR, OA_SET, PTE_SOFT };
	u64 *root, *pages, *table;
	struct place p, t, alias;
	unsigned int i, change, via;
	u64 *vias[2];
	bool mops = id_field(ID_AA64ISAR2_EL1, 16);

	if (!watch_start())
		return;
	root = root_new();
	pages = pages_new(3);
	table = pages + granule() / 8;
	t = place(root, va_base() + 3 * level_size(2), 2);
	*t.entry = desc_table(table);
	p = place(root, t.va, 3);
	for (i = 0; i < entries(3); i++)
		table[i] = desc_leaf(3, DATA + (i & 15) * BIT(21));
	/* The table at an address of TTBR1's half, as in a linear map. */
	alias = place(root, va_base() + 7 * level_size(2), 3);
	*alias.entry = desc_leaf(3, (u64)table);
	mmu_on(root);
	judge("before the first store");

	p = place_behind(p, 256);
	vias[0] = p.entry;
	vias[1] = (u64 *)alias.va + 256;
	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		if (stores[i].fn == st_mops && !mops) {
			skip("st_mops: the CPU lacks it");
			continue;
		}
		for (change = 0; change < ARRAY_SIZE(changes); change++)
			for (via = 0; via < ARRAY_SIZE(vias); via++)
				one(i, p, vias[via], changes[change]);
	}

	p = place(root, t.va, 3);
	borders(table, p, place_behind(p, entries(3) - 1));
	check_eq(exceptions, 0, "exceptions");
	interrupted(place_behind(p, 256).entry);
	aborted((u64 *)alias.va + entries(3), p.entry + entries(3) - 1);

	judge_tables(count_tables(root), "tables");
}

/* A store to two tables, half to each: the watch has to give up, not hang. */
static void store_to_two(void)
{
	u64 *root, *pages;
	struct place p;

	format_set(12, 39, false);
	watch_init();
	root = root_new();
	pages = pages_new(2);
	p = place(root, va_base() + 3 * level_size(2), 2);
	p.entry[0] = desc_table(pages);
	p.entry[1] = desc_table(pages + granule() / 8);
	mmu_on(root);
	st_cross(pages + entries(3) - 1, ~1UL, ~1UL);
	check(pages[entries(3) - 1] | pages[entries(3)], "the store was done");
}

/*
 * A watchpoint on a table, which is not to stop the monitor's single step. The
 * guest has debug exceptions masked, so it is not stopped either.
 */
static void watchpoint(void)
{
	u64 *root, mdscr;
	struct place p;

	format_set(12, 39, false);
	watch_init();
	root = root_new();
	p = place(root, va_base() + 3 * level_size(2), 3);
	mmu_on(root);
	write_sysreg(0, oslar_el1);
	write_sysreg(p.entry, dbgwvr0_el1);
	write_sysreg(DBGWCR_E | DBGWCR_EL1 | DBGWCR_STORE | DBGWCR_8_BYTES,
		     dbgwcr0_el1);
	mdscr = read_sysreg(mdscr_el1) | MDSCR_MDE | MDSCR_KDE;
	write_sysreg(mdscr, mdscr_el1);
	isb();
	st_stp(p.entry, desc_leaf(3, DATA), desc_leaf(3, DATA + granule()));
	check_eq(translate(p.va + granule()), DATA + granule(),
		 "the store was done");
	check_eq(read_sysreg(mdscr_el1), mdscr, "MDSCR_EL1");
	check_eq(read_sysreg(dbgwvr0_el1), (u64)p.entry, "DBGWVR0_EL1");
	check_eq(read_sysreg(dbgwcr0_el1), DBGWCR_E | DBGWCR_EL1 |
		 DBGWCR_STORE | DBGWCR_8_BYTES, "DBGWCR0_EL1");
	check_eq(read_sysreg(oslsr_el1) & OSLSR_OSLK, 0, "the OS lock");
	check_eq(exceptions, 0, "exceptions");
	judge("stepped");
}

const struct scenario watch_store_scenarios[] = {
	{ "watch-store", stores_to_tables },
	{ "watch-store-two", store_to_two },
	{ "watch-watchpoint", watchpoint },
	{ }
};

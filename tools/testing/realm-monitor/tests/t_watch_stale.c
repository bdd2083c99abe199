// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the page-table watch remembers of an entry that changes more than once
 * before its TLBI: several stale values of one entry, tables that come with
 * their leaves, permissions that come and go, and leaves that are invalidated
 * one by one.
 */

#include "watch.h"

static u64 *root;

/* A block, the table that it splits into, and what is elsewhere. */
static u64 block(void)
{
	return desc_leaf(2, ALIGN_DOWN(DATA, level_size(2)));
}

static u64 *split(void)
{
	u64 *table = table_new();

	table_fill(table, 3, block() | PTE_TYPE);
	return table;
}

static u64 other_block(void)
{
	return block() ^ level_size(2);
}

static u64 *other_split(void)
{
	u64 *table = table_new();

	table_fill(table, 3, other_block() | PTE_TYPE);
	return table;
}

/* Write data to @table, which @p led to: right if a TLBI has @settled that. */
static void reuse(struct place p, u64 *table, bool settled, const char *what)
{
	u64 lr = next_lr();

	if (!settled)
		expect("table-reuse", (struct place){ table, p.va, 3 }, 0, 1,
		       lr);
	watch_store_lr(table, 0x5a5a5a5a, lr);
	judge(what);
}

/* A block that was a table until a moment ago; returns the free page. */
static u64 *collapsed(struct place p)
{
	u64 *table = split();

	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, block());
	flush_walk(p.va);
	memset(table, 0, granule());
	return table;
}

/* Last level, address by address. */
static void flush_leaves(u64 va)
{
	unsigned int i;

	for (i = 0; i < entries(3); i++)
		flush_leaf(va + i * granule());
}

/* A block and then a table, both gone, both stale. */
static void block_and_table(struct place p)
{
	u64 *table = table_new();

	watch_store(p.entry, block());
	watch_store(p.entry, 0);
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	reuse(p, table, false, "a table where a block was");
}

/* Two tables, one after the other. */
static void two_tables(struct place p)
{
	u64 *first = split(), *second = split();

	watch_store(p.entry, desc_table(first));
	watch_store(p.entry, block());
	watch_store(p.entry, desc_table(second));
	watch_store(p.entry, block());
	reuse(p, second, false, "the second of two tables");
	reuse(p, first, false, "the first of two tables");
}

/* A hint for the level of the block does not drop walks to its pages. */
static void collapse_and_hint(struct place p)
{
	u64 *first = split(), *second = split();

	watch_store(p.entry, desc_table(first));
	watch_store(p.entry, block());
	tlbi("vaae1is", tlbi_va(p.va, 2));
	reuse(p, first, false, "collapsed, hint for the block");
	flush_all();
	watch_store(p.entry, desc_table(second));
	watch_store(p.entry, block());
	tlbi("vaae1is", tlbi_va(p.va, 3));
	reuse(p, second, true, "collapsed, hint for the pages");
}

/* A table that is filled before it is linked is judged by its leaves. */
static void filled_over_block(struct place p)
{
	u64 *upper = table_new();
	struct place up;

	if (start_level() > 1 || !leaf_allowed(1))
		return;
	up = place_behind(place(root, p.va, 1), 1);
	watch_store(up.entry, desc_leaf(1, ALIGN_DOWN(DATA, level_size(1))));
	watch_store(up.entry, 0);
	watch_store(up.entry, desc_table(upper));
	judge("an empty table where a large block was");
	plant("no-break", (struct place){ upper, up.va, 2 },
	      desc_table(other_split()));
	watch_store(up.entry, 0);
	flush_all();
}

static void filled_over_pages(struct place p)
{
	u64 *table = split();
	unsigned int i;

	watch_store(p.entry, desc_table(table));
	for (i = 0; i < entries(3); i++)
		watch_store(table + i, 0);
	watch_store(p.entry, 0);
	flush_walk(p.va);
	plant("no-break", p, desc_table(other_split()));
}

/* Leaves of an unlinked table, the last one first; few enough to remember. */
static void flush_downwards(struct place p)
{
	u64 *table = table_new();
	unsigned int i, n = 512;

	for (i = 0; i < n; i++)
		table[i] = desc_leaf(3, DATA + i * granule());
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	for (i = n; i-- > 0;)
		flush_walk(p.va + i * granule());
	watch_store(p.entry, other_block());
}

/* Of a table whose page is data by now, the leaves are still what they were. */
static void table_is_data(struct place p)
{
	u64 *table = split();

	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	flush_walk(p.va);
	memset(table, 0, granule());
	plant("no-break", p, other_block());
	flush_all();
	watch_store(p.entry, 0);
	flush_all();
	table = collapsed(p);
	memset(table, 0xa7, granule());
	watch_store(p.entry, 0);
	flush_leaf(p.va);
	watch_store(p.entry, block());
}

/* What a collapsed table left behind is in nobody's way. */
static void collapse_and_reuse(struct place p)
{
	u64 *table = collapsed(p);
	struct place next = place_behind(p, 1);

	watch_store(p.entry, block() | PTE_RDONLY);
	flush_leaves(p.va);
	watch_store(next.entry, desc_table(table));
	watch_store(next.entry, 0);
	flush_walk(next.va);
	memset(table, 0x5a, granule());
}

/* As set_memory_decrypted() of one page has it, after a collapse. */
static void collapse_and_share(struct place p)
{
	u64 *table = split(), desc = table[5];

	collapsed(p);
	watch_store(p.entry, desc_table(table));
	watch_store(table + 5, 0);
	flush_leaf(p.va + 5 * granule());
	watch_store(table + 5, desc | SHARED);
}

/* Read-only, for a moment writable: that moment is in the TLB. */
static void writable_meanwhile(struct place p)
{
	struct place page = place(root, p.va, 3), alias = place_behind(page, 1);
	u64 desc = desc_leaf(3, DATA), rdonly = desc | PTE_RDONLY;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		watch_store(page.entry, rdonly);
		watch_store(page.entry, desc);
		if (i)
			watch_store(page.entry, 0);
		watch_store(page.entry, rdonly);
		plant("stale-writable", alias, rdonly & ~PTE_PXN);
		flush_all();
		watch_store(page.entry, 0);
		watch_store(alias.entry, 0);
		flush_all();
	}
}

/* CPU 1 has the leaves, and most TLBIs are not for it. */
static void flush_locally(struct place p)
{
	unsigned int i, last = entries(3) - 1;

	watch_store(p.entry, desc_table(split()));
	watch_store(p.entry, 0);
	for (i = 0; i < last; i++)
		tlbi("vaae1", tlbi_va(p.va + i * granule(), 0));
	flush_walk(p.va + last * granule());
	plant("no-break", p, other_block());
}

/* CPU 1 drops everything in between, which does no harm. */
static void flush_twice(struct place p)
{
	unsigned int i;

	watch_store(p.entry, desc_table(split()));
	watch_store(p.entry, 0);
	for (i = 0; i < entries(3); i++) {
		if (i == 7)
			worker_do(1, work_flush, 0);
		flush_walk(p.va + i * granule());
	}
	watch_store(p.entry, other_block());
}

static const struct {
	const char *name;
	void (*run)(struct place p);	/* uses @p and the entry behind it */
	bool smp;
} cases[] = {
	{ "a block and a table", block_and_table, false },
	{ "two tables", two_tables, false },
	{ "a collapse and its hint", collapse_and_hint, false },
	{ "filled over a block", filled_over_block, false },
	{ "filled over pages", filled_over_pages, false },
	{ "leaves downwards", flush_downwards, false },
	{ "a table that is data", table_is_data, false },
	{ "a collapse and reuse", collapse_and_reuse, false },
	{ "a collapse and a shared page", collapse_and_share, false },
	{ "writable meanwhile", writable_meanwhile, false },
	{ "local TLBIs", flush_locally, true },
	{ "another CPU's TLBI in between", flush_twice, true },
};

/* What is left to the end of the machine: only one of them is wrong. */
static void leave(struct place p)
{
	struct place next = place_behind(p, 1), page;
	u64 desc = desc_leaf(3, DATA);

	collapsed(p);
	watch_store(p.entry, block() | PTE_RDONLY);
	flush_leaves(p.va);

	page = place(root, next.va, 3);
	watch_store(page.entry, desc);
	watch_store(page.entry, desc | PTE_RDONLY);
	watch_store(page.entry, desc);

	page = place_behind(page, 1);
	watch_store(page.entry, desc | PTE_RDONLY);
	watch_store(page.entry, desc);
	watch_store(page.entry, 0);
	expect("stale-permission", page, 0, 1, 0);
	watch_store(page.entry, desc | PTE_RDONLY);
}

static void stale(void)
{
	struct place p;
	bool smp = false;
	unsigned int i;

	if (!watch_start())
		return;
	root = root_new();
	p = place(root, va_base() + 4 * level_size(2), 2);
	mmu_on(root);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].smp && !smp) {
			workers_start();
			worker_do(1, work_mmu_on, (u64)root);
			smp = true;
		}
		cases[i].run(p);
		judge(cases[i].name);
		watch_store(p.entry, 0);
		watch_store(p.entry + 1, 0);
		flush_all();
		judge(cases[i].name);
		p = place_behind(p, 2);
	}
	workers_stop();
	judge_tables(count_tables(root), "tables");
	check_eq(exceptions, 0, "exceptions");
	leave(p);
}

/* Thousands of tables are unlinked, and one TLBI settles all of them. */
static void many_tables(void)
{
	unsigned int i, n = 2000;
	u64 **tables;
	struct place p;

	if (!watch_start())
		return;
	root = root_new();
	tables = (u64 **)pages_new(n * sizeof(*tables) / granule() + 1);
	mmu_on(root);
	for (i = 0; i < n; i++) {
		p = place(root, va_base() + i * level_size(2), 2);
		tables[i] = split();
		watch_store(p.entry, desc_table(tables[i]));
	}
	judge("linked");
	for (i = 0; i < n; i++)
		watch_store(place(root, va_base() + i * level_size(2), 2).entry,
			    block());
	judge("collapsed");
	flush_all();
	for (i = 0; i < n; i++)
		watch_store(tables[i], 0x5a5a5a5a);
	judge("reused");
	judge_tables(count_tables(root), "none of them is left");
}

const struct scenario watch_stale_scenarios[] = {
	{ "watch-stale", stale },
	{ "watch-many-tables", many_tables },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page-table watch and trees: tables that several entries or roots lead
 * to, trees that are taken apart, and what a whole tree translates to.
 */

#include "watch.h"

static u64 *root;
static struct place first;	/* of free entries at level 2 */

static struct place spare(unsigned int n)
{
	return place_behind(first, n);
}

static void unlink(struct place p)
{
	watch_store(p.entry, 0);
	flush_all();
}

/* One table behind many entries, as KASAN's shadow of nothing is. */
static void shared_table(void)
{
	u64 *table = table_new(), desc = desc_leaf(3, DATA);
	struct place leaf = { table + 3, spare(0).va, 3 };
	u64 lr = next_lr();

	table[3] = desc;
	watch_store(spare(0).entry, desc_table(table));
	watch_store(spare(1).entry, desc_table(table));
	watch_store(spare(2).entry, desc_table(table));
	judge("one table, three times");
	judge_tables(count_tables(root) - 2, "counted once");
	watch_store(spare(2).entry, 0);
	watch_store(spare(3).entry, desc_table(table));
	judge("moved without a TLBI, but it stays a table");
	unlink(spare(0));
	unlink(spare(3));
	watch_store(leaf.entry, desc | PTE_RDONLY);
	flush_all();
	judge("it is still a table");
	expect_somewhere("output-address", 0, 1);
	watch_store_lr(leaf.entry, desc ^ BIT(20), lr);
	judge("it is judged by its last entry");
	unlink(spare(1));
	memset(table, 0x5a, granule());
	judge("it is data");
	judge_tables(count_tables(root), "none is left");
}

/* A table that two roots share, and that goes from one, then the other. */
static void shared_by_roots(void)
{
	u64 *other = root_new(), *table = table_new();
	u64 desc = desc_leaf(3, DATA);
	struct place p = place(other, spare(0).va, 2);

	table[3] = desc;
	*p.entry = desc_table(table);
	watch_store(spare(0).entry, desc_table(table));
	mmu_root(other);
	mmu_root(root);
	judge_tables(count_tables(root) + count_tables(other) - 1,
		     "counted once");
	unlink(spare(0));
	judge_tables(count_tables(root), "the other root is gone");
	memset(table, 0, granule());
	judge("a table of a root that is gone is data");
	table[3] = desc;
	watch_store(spare(0).entry, desc_table(table));
	mmu_root(other);
	mmu_root(root);
	watch_store(spare(0).entry, 0);
	flush_walk(spare(0).va);
	expect_somewhere("output-address", 0, 1);
	watch_store(table + 3, desc ^ BIT(20));
	judge("a table of the other root is a table");
	flush_all();
	judge_tables(count_tables(root), "the other root is gone");
	memset(table, 0x5a, granule());
	judge("data");
}

/* Link a table that leads to another one, which has the leaf @desc. */
static struct place two_tables(u64 **upper, u64 **lower, u64 desc)
{
	struct place p = place_behind(place(root, first.va, 1), 2);

	*upper = table_new();
	*lower = table_new();
	(*lower)[7] = desc;
	(*upper)[9] = desc_table(*lower);
	watch_store(p.entry, desc_table(*upper));
	return p;
}

/* The page of a lower table is used again before that of the upper one. */
static void taken_apart(void)
{
	u64 *upper, *lower, desc = desc_leaf(3, DATA);
	struct place p;

	if (start_level() == 2)
		return;
	p = two_tables(&upper, &lower, desc);
	unlink(p);
	lower[7] = 0;
	lower[8] = desc;
	watch_store(spare(0).entry, desc_table(lower));
	judge("the lower one is a table elsewhere");
	judge_tables(count_tables(root), "one of two");
	unlink(spare(0));
	lower[8] = 0x5a5a5a5a5a5a5a5b;
	lower[8] = 0xa5a5a5a5a5a5a5a5;
	lower[9] = desc;
	lower[9] = desc ^ BIT(20);
	judge("the lower one is data");
	upper[9] = 0x5a5a5a5a5a5a5a5b;
	judge("the upper one is data");
	judge_tables(count_tables(root), "none of two");

	/* A lower table that goes first, as the kernel frees them. */
	memset(upper, 0, granule());
	memset(lower, 0, granule());
	upper[9] = desc_table(lower);
	watch_store(p.entry, desc_table(upper));
	watch_store(upper + 9, 0);
	flush_walk(p.va + 9 * level_size(2));
	watch_store(p.entry, 0);
	flush_walk(p.va);
	lower[0] = 1;
	upper[0] = 1;
	judge("one after the other");

	/* The lower one is kept, and becomes part of a new tree. */
	memset(upper, 0, granule());
	memset(lower, 0, granule());
	lower[7] = desc;
	upper[9] = desc_table(lower);
	watch_store(p.entry, desc_table(upper));
	watch_store(p.entry, 0);
	flush_all();
	watch_store(p.entry, desc_table(upper));
	judge("linked again after the TLBI");
	judge_tables(count_tables(root), "both");
	plant("output-address",
	      (struct place){ lower + 7, p.va + 9 * level_size(2) +
			      7 * granule(), 3 }, desc ^ BIT(20));
	watch_store(p.entry, 0);
	expect_somewhere("table-reuse", 0, 1);
	lower[0] = 1;
	judge("the lower one has its share of the upper one's TLBI");
	flush_all();
	upper[0] = 1;
	judge("cleaned up");
	judge_tables(count_tables(root), "none of two");
}

/* Half of a tree stays, as another entry leads to it. */
static void half_stays(void)
{
	u64 *upper, *lower, desc = desc_leaf(3, DATA);
	struct place p;

	if (start_level() == 2)
		return;
	p = two_tables(&upper, &lower, desc);
	watch_store(spare(0).entry, desc_table(lower));
	watch_store(p.entry, 0);
	watch_store(lower + 8, desc);
	judge("the lower one is in use, before the TLBI");
	flush_all();
	watch_store(lower + 8, 0);
	judge("and after it");
	upper[9] = 0;
	judge("the upper one is data");
	judge_tables(count_tables(root), "one of two");
	expect_somewhere("output-address", 0, 1);
	watch_store(lower + 7, desc ^ BIT(20));
	judge("the lower one is judged");
	unlink(spare(0));
	lower[7] = 0x5a5a5a5a5a5a5a5b;
	lower[7] = 0xa5a5a5a5a5a5a5a5;
	judge("it is data");
	judge_tables(count_tables(root), "none of two");
}

/* What has two addresses when it is linked, by itself or by its parent. */
static void two_addresses(void)
{
	u64 *upper, *lower, desc = desc_leaf(3, DATA);
	struct place p, q;

	if (start_level() == 2)
		return;
	upper = table_new();
	lower = table_new();
	lower[3] = desc;
	upper[0] = desc_table(lower);
	upper[1] = desc_table(lower);
	p = place_behind(place(root, first.va, 1), 2);
	q = place_behind(p, 1);
	watch_store(p.entry, desc_table(upper));
	watch_store(upper, 0);
	flush_all();
	expect_somewhere("output-address", 0, 1);
	watch_store(lower + 3, desc ^ BIT(20));
	judge("the second of two links in one table");

	watch_store(q.entry, desc_table(upper));
	unlink(p);
	expect_somewhere("output-address", 0, 1);
	watch_store(lower + 3, desc);
	judge("below the second link of its parent");
	judge_tables(count_tables(root), "both");
	unlink(q);
	memset(upper, 0x5a, granule());
	memset(lower, 0x5a, granule());
	judge("both are data");
	judge_tables(count_tables(root), "none of two");
}

/*
 * A table with leaves is unlinked. One TLBI by address drops the table, but
 * of the leaves only the one at that address.
 */
static void stale_leaves(void)
{
	u64 *table = table_new(), *next = table_new();
	struct place p = spare(0);
	struct place leaf = { next + 5, p.va + 5 * granule(), 3 };
	unsigned int i;

	table_fill(table, 3, desc_leaf(3, DATA));
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	flush_walk(p.va);
	memset(table, 0, granule());
	judge("the table is free");
	watch_store(p.entry, desc_table(next));
	watch_store(leaf.entry, desc_leaf(3, DATA + 5 * granule()));
	judge("the same translation");
	watch_store(leaf.entry, 0);
	flush_leaf(leaf.va);
	leaf = place_behind(leaf, 1);
	plant("no-break", leaf, desc_leaf(3, DATA));
	watch_store(leaf.entry, 0);
	flush_all();
	unlink(p);

	/* After one TLBI for each leaf, and one for the table, all is well. */
	memset(next, 0, granule());
	table_fill(table, 3, desc_leaf(3, DATA));
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	for (i = 0; i < entries(3); i++)
		flush_leaf(p.va + i * granule());
	flush_walk(p.va);
	watch_store(p.entry, desc_table(next));
	for (i = 0; i < entries(3); i++)
		watch_store(next + i, desc_leaf(3, DATA) + (i + 1) * granule());
	judge("all leaves are gone");
	unlink(p);

	/* The other table comes with its leaves, and no TLBI at all. */
	memset(table, 0, granule());
	memset(next, 0, granule());
	table[5] = desc_leaf(3, DATA);
	next[5] = desc_leaf(3, DATA + granule());
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	plant("no-break", p, desc_table(next));
	flush_all();
	unlink(p);
	memset(next, 0, granule());
	judge("cleaned up");
}

/* Permissions of a table apply to what is below. */
static void hierarchy(void)
{
	u64 pa = ALIGN_DOWN(DATA, level_size(2)), desc = desc_leaf(2, pa);
	u64 *table = table_new();
	struct place p = spare(0);

	table_fill(table, 3, desc_leaf(3, pa) & ~(PTE_PXN | PTE_UXN));
	watch_store(p.entry, desc);
	watch_store(p.entry, desc_table(table) | PXN_TABLE | UXN_TABLE);
	flush_all();
	judge("split, not executable by the table");
	watch_store(p.entry, desc);
	flush_all();
	judge("collapsed, not executable by the block");
	table_fill(table, 3, desc_leaf(3, pa) & ~(PTE_PXN | PTE_UXN));
	plant("size-and-more", p, desc_table(table) | UXN_TABLE);
	unlink(p);

	/* Unless TCR_EL1 says that they do not. */
	write_sysreg(read_sysreg(tcr_el1) | TCR_HPD1, tcr_el1);
	isb();
	watch_store(p.entry, desc);
	table_fill(table, 3, desc_leaf(3, pa) & ~(PTE_PXN | PTE_UXN));
	plant("size-and-more", p, desc_table(table) | PXN_TABLE | UXN_TABLE);
	unlink(p);
	watch_store(p.entry, desc);
	table_fill(table, 3, desc_leaf(3, pa));
	watch_store(p.entry, desc_table(table) | RDONLY_TABLE);
	judge("split, with permissions that are ignored");
	write_sysreg(read_sysreg(tcr_el1) & ~TCR_HPD1, tcr_el1);
	isb();
	unlink(p);

	/* They may change as those of a leaf may. */
	table_fill(table, 3, desc_leaf(3, pa) & ~PTE_PXN);
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, desc_table(table) | PXN_TABLE);
	flush_all();
	watch_store(p.entry, desc_table(table) | PXN_TABLE | RDONLY_TABLE);
	flush_all();
	watch_store(p.entry, desc_table(table));
	flush_all();
	judge("permissions of a table");
	unlink(p);

	watch_store(p.entry, desc | PTE_RDONLY);
	table_fill(table, 3, desc_leaf(3, pa));
	watch_store(p.entry, desc_table(table) | RDONLY_TABLE);
	flush_all();
	judge("split, read-only by the table");
	watch_store(p.entry, desc | PTE_RDONLY);
	flush_all();
	unlink(p);
	memset(table, 0, granule());
	judge("cleaned up");
}

/* Blocks, contiguous runs and pages replace each other. */
static void runs(void)
{
	u64 size = level_size(2), pa = ALIGN_DOWN(DATA, size);
	u64 desc = desc_leaf(2, pa), *table = table_new();
	unsigned int i;
	struct place p = spare(0), q;

	table_fill(table, 3, desc_leaf(3, pa) | PTE_CONT);
	watch_store(p.entry, desc);
	watch_store(p.entry, desc_table(table));
	flush_all();
	judge("split into contiguous runs");
	q = place_behind(place(root, p.va, 3), run_length(3));
	for (i = 0; i < run_length(3); i++)
		watch_store(q.entry + i, q.entry[i] & ~PTE_CONT);
	flush_all();
	judge("one run into pages");
	watch_store(p.entry, desc);
	flush_all();
	judge("collapsed from runs and pages");
	unlink(p);

	/* A run is of one alignment. */
	memset(table, 0, granule());
	watch_store(p.entry, desc_table(table));
	q = place(root, p.va, 3);
	for (i = 0; i < run_length(3); i++)
		watch_store(q.entry + i, (desc_leaf(3, DATA) + (i + 1) *
					  granule()) | PTE_CONT);
	expect_somewhere("contiguous", 0, 1);
	flush_leaf(q.va);
	judge("a run that is not aligned");
	for (i = 0; i < run_length(3); i++)
		watch_store(q.entry + i, 0);
	flush_all();
	unlink(p);
	memset(table, 0, granule());
	judge("cleaned up");
}

/* Hundreds of changes to a table, then one TLBI. */
static void many(void)
{
	u64 *table = table_new(), desc = desc_leaf(3, DATA);
	unsigned int i, n = entries(3);

	watch_store(spare(0).entry, desc_table(table));
	for (i = 0; i < n; i++)
		watch_store(table + i, desc + i * granule());
	for (i = 0; i < n; i++)
		watch_store(table + i, 0);
	flush_all();
	for (i = 0; i < n; i++)
		watch_store(table + i, desc + (n - i) * granule());
	judge("all at once");
	for (i = 0; i < n; i++)
		watch_store(table + i, 0);
	for (i = 0; i < n; i++)
		watch_store(table + i, desc + (n - i) * granule());
	judge("gone and back");
	for (i = 0; i < n; i++)
		watch_store(table + i, 0);
	flush_all();
	unlink(spare(0));
	memset(table, 0, granule());
	judge("cleaned up");
}

static void trees(void)
{
	if (!watch_start())
		return;
	root = root_new();
	first = place(root, va_base() + 3 * level_size(2), 2);
	mmu_on(root);
	judge_tables(count_tables(root), "tables");
	shared_table();
	shared_by_roots();
	taken_apart();
	half_stays();
	two_addresses();
	stale_leaves();
	hierarchy();
	runs();
	many();
	judge_tables(count_tables(root), "tables");
	check_eq(exceptions, 0, "exceptions");
}

/* More contiguous runs in the making than the watch remembers. */
static void many_runs(void)
{
	unsigned int i, n = 256;
	struct place p;

	if (!watch_start())
		return;
	root = root_new();
	mmu_on(root);
	for (i = 0; i <= n; i++) {
		u64 offset = i * run_length(3) * granule();

		if (i == n)
			judge("all are remembered");
		p = place(root, va_base() + offset, 3);
		watch_store(p.entry, desc_leaf(3, DATA + offset) | PTE_CONT);
	}
}

const struct scenario watch_tree_scenarios[] = {
	{ "watch-tree", trees },
	{ "watch-many-runs", many_runs },
	{ }
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the page-table watch allows and what it finds, in each format of
 * tables. One CPU that tolerates live changes of size; arg= is granule shift,
 * bits of virtual address, LPA2. In two parts, as the monitor keeps no more
 * than 64 different findings.
 */

#include "watch.h"

/* Entries of the table of pages at V. */
enum { PAGE = 1, OTHER = 2, THIRD = 3, RUN = 128 };
/* Entries of the level 2 table, behind that of V. */
enum { BLOCK = 1, FREE = 2, FREE2 = 3 };

static u64 *root;
static struct place pages;	/* the entry for V, level 3 */
static struct place middle;	/* the same at level 2 */

static u64 page_pa(unsigned int n)
{
	return DATA + n * granule();
}

/* Aligned memory for a leaf at @level; large ones exceed the RAM there is. */
static u64 block_pa(int level)
{
	return ALIGN_DOWN(DATA, level_size(level));
}

/* Change @p as break-before-make has it. */
static void replace(struct place p, u64 value)
{
	watch_store(p.entry, 0);
	flush_all();
	watch_store(p.entry, value);
}

static void permission(struct place p, u64 value)
{
	watch_store(p.entry, value);
	flush_leaf(p.va);
}

static void build(void)
{
	u64 va = va_base();
	int level;

	root = root_new();
	/* Somewhere in the middle of each table. */
	for (level = start_level(); level < 3; level++)
		va += (entries(level) > 3 ? 3 : 1) * level_size(level);
	middle = place(root, va, 2);
	pages = place(root, va, 3);
	for (unsigned int i = 0; i < 8; i++)
		pages.entry[i] = desc_leaf(3, page_pa(i));
	for (unsigned int i = 0; i < run_length(3); i++)
		pages.entry[RUN + i] = desc_leaf(3, page_pa(RUN + i));
	*place_behind(middle, BLOCK).entry = desc_leaf(2, block_pa(2));
}

static void legal_page(void)
{
	struct place p = place_behind(pages, PAGE);
	u64 desc = *p.entry;

	check_eq(translate(p.va), page_pa(PAGE), "it translates");
	*(volatile u64 *)page_pa(PAGE) = 0x1234;
	check_eq(*(volatile u64 *)p.va, 0x1234, "it can be read");
	watch_store(p.entry, 0);
	flush_leaf(p.va);
	check_eq(translate(p.va), NOWHERE, "it is gone");
	watch_store(p.entry, desc_leaf(3, page_pa(9)));
	check_eq(translate(p.va), page_pa(9), "it is elsewhere");
	replace(p, desc);
	judge("break before make");

	permission(p, desc | PTE_RDONLY);
	permission(p, (desc | PTE_RDONLY) & ~PTE_PXN);
	permission(p, (desc | PTE_RDONLY | PTE_USER) & ~PTE_UXN);
	permission(p, desc | PTE_RDONLY);
	permission(p, desc);
	permission(p, desc & ~PTE_AF);
	permission(p, desc);
	permission(p, desc | PTE_DBM | PTE_SOFT | BIT(56) | BIT(57) | BIT(58));
	permission(p, desc);
	judge("permissions");

	permission(p, desc_with_attr(desc, NORMAL_TOO));
	permission(p, desc_with_attr(desc, TAGGED));
	permission(p, desc_with_attr(desc, NORMAL));
	judge("normal and tagged");

	permission(p, desc | PTE_NG);
	replace(p, desc);
	judge("not global any more");

	/* Device memory is outer shareable, whatever its entry says. */
	replace(p, desc_with_attr(desc, DEVICE));
	if (!format.ds)
		permission(p, desc_with_attr(desc, DEVICE) & ~PTE_SH_INNER);
	judge("shareability of a device");
	replace(p, desc);

	/* Nothing that a TLB could hold makes a difference. */
	watch_store(p.entry, 0);
	watch_store(p.entry, desc);
	watch_store(p.entry, 0);
	watch_store(p.entry, desc | PTE_RDONLY);
	watch_store(p.entry, 0);
	flush_leaf(p.va);
	watch_store(p.entry, 0x5a5a5a5a5a5a5a5a);
	watch_store(p.entry, 0xa5a5a5a5a5a5a5a4);
	watch_store(p.entry, desc);
	judge("invalid, and the same again");

	/* What the root's page has besides the root. */
	if (ALIGN_DOWN((u64)root, granule()) != (u64)root) {
		root[-1] = 0x1234;
		check_eq(root[-1], 0x1234, "data beside the root");
		root[-1] = desc;
		root[-1] = desc_leaf(3, page_pa(9));
		judge("data beside the root");
	}
}

/* Blocks, and a table in their place and back: identical translation. */
static void legal_split(struct place p, int level)
{
	u64 size = level_size(level), pa = block_pa(level);
	u64 desc = desc_leaf(level, pa) | PTE_SOFT;
	u64 *table = table_new();
	struct place in_table;

	watch_store(p.entry, desc);
	check_eq(translate(p.va + size - granule()), pa + size - granule(),
		 "a block");
	permission(p, desc | PTE_RDONLY);
	permission(p, desc);
	watch_store(p.entry, 0);
	flush_leaf(p.va + size / 2);
	watch_store(p.entry, desc_leaf(level, pa + size));
	replace(p, desc);
	judge("a block");

	table_fill(table, level + 1, desc_leaf(level + 1, pa));
	watch_store(p.entry, desc_table(table));
	flush_all();
	check_eq(translate(p.va + size - granule()), pa + size - granule(),
		 "split");
	judge("split");
	judge_tables(count_tables(root), "one table more");

	in_table = place_behind(place(root, p.va, level + 1), 1);
	replace(in_table, desc_leaf(level + 1, pa));
	replace(in_table, desc_leaf(level + 1, pa + level_size(level + 1)));
	judge("below the split");

	watch_store(p.entry, desc_leaf(level, pa));
	flush_all();
	memset(table, 0x5a, granule());
	check_eq(translate(p.va + size - granule()), pa + size - granule(),
		 "collapsed");
	judge("collapsed");
	judge_tables(count_tables(root), "one table less");

	/* The same page as a table again; bits the walker ignores differ. */
	table_fill(table, level + 1,
		   desc_leaf(level + 1, pa) | PTE_SOFT | PTE_RDONLY);
	permission(p, desc_leaf(level, pa) | PTE_RDONLY);
	watch_store(p.entry, desc_table(table) | PTE_SOFT);
	flush_all();
	judge("split again");
	watch_store(p.entry, desc_leaf(level, pa) | PTE_RDONLY);
	flush_all();
	watch_store(p.entry, 0);
	flush_all();
	memset(table, 0, granule());
	judge("put back");
}

/* Each entry of the run changes, then the TLB is told. */
static void change_run(struct place first, u64 set, u64 clear)
{
	unsigned int i;

	for (i = 0; i < run_length(first.level); i++)
		watch_store(first.entry + i, (first.entry[i] | set) & ~clear);
	flush_all();
}

static void legal_run(struct place first)
{
	unsigned int i, n = run_length(first.level);
	u64 desc = *first.entry, size = level_size(first.level);

	change_run(first, PTE_CONT, 0);
	judge("contiguous");
	change_run(first, PTE_RDONLY, 0);
	judge("contiguous, read-only");
	change_run(first, 0, PTE_CONT);
	judge("not contiguous");

	/* As contpte_convert() does it. */
	change_run(first, 0, ~0UL);
	for (i = 0; i < n; i++)
		watch_store(first.entry + i, (desc + i * size) | PTE_CONT);
	check_eq(translate(first.va + (n - 1) * size),
		 (desc & (BIT(48) - 1) & ~(granule() - 1)) + (n - 1) * size,
		 "the last one of the run");
	change_run(first, 0, ~0UL);
	for (i = 0; i < n; i++)
		watch_store(first.entry + i, desc + i * size);
	judge("contiguous by break before make");
}

/* Tables that come, are filled in place, and go. */
static void legal_tables(void)
{
	struct place p = place_behind(middle, FREE), leaf;
	u64 *table = table_new(), *copy = table_new();
	unsigned int i;

	watch_store(p.entry, desc_table(table));
	leaf = place(root, p.va, 3);
	for (i = 0; i < entries(3); i++)
		watch_store(table + i, desc_leaf(3, page_pa(i)));
	check_eq(translate(p.va + 5 * granule()), page_pa(5), "filled in place");
	judge("filled in place");
	judge_tables(count_tables(root), "with the new table");

	/* Another table that says the same. */
	memcpy(copy, table, granule());
	watch_store(p.entry, desc_table(copy));
	flush_all();
	memset(table, 0, granule());
	check_eq(translate(p.va + 5 * granule()), page_pa(5), "by the copy");
	judge("a copy in its place");

	for (i = 0; i < entries(3); i++)
		watch_store(copy + i, 0);
	flush_all();
	watch_store(p.entry, 0);
	flush_walk(p.va);
	memset(copy, 0x5a, granule());
	check_eq(translate(leaf.va), NOWHERE, "unlinked");
	judge("unlinked");
	judge_tables(count_tables(root), "without it");
}

/* A tree goes as a whole, and comes back as a whole. */
static void legal_tree(void)
{
	u64 *upper, *lower;
	struct place p;

	if (start_level() == 2)
		return;
	upper = table_new();
	lower = table_new();
	lower[7] = desc_leaf(3, page_pa(7));
	upper[9] = desc_table(lower);
	p = place_behind(place(root, middle.va, 1), 2);
	watch_store(p.entry, desc_table(upper));
	check_eq(translate(p.va + 9 * level_size(2) + 7 * granule()),
		 page_pa(7), "two tables at once");
	judge("two tables at once");
	judge_tables(count_tables(root), "two tables more");
	watch_store(p.entry, 0);
	flush_all();
	watch_store(lower, 0x5a5a);
	watch_store(upper + 1, desc_table(lower));
	judge("both unlinked");
	judge_tables(count_tables(root), "two tables less");
}

static void fault_leaf(struct place p, u64 desc)
{
	u64 oa = level_size(p.level), other = desc ^ oa;

	watch_store(p.entry, desc);
	plant("output-address", p, other);
	check_eq(translate(p.va), other & (BIT(48) - 1) & ~(oa - 1),
		 "the walker sees the store");
	replace(p, desc);
	plant("memory-type", p, desc_with_attr(desc, NC));
	replace(p, desc);
	plant("memory-type", p, desc_with_attr(desc, DEVICE));
	replace(p, desc_with_attr(desc, TAGGED));
	plant("memory-type", p, desc_with_attr(desc, NC));
	plant("memory-type", p, desc_with_attr(desc, NORMAL));
	if (!format.ds) {
		replace(p, desc);
		plant("shareability", p, desc ^ PTE_SH_INNER ^ PTE_SH_OUTER);
	} else if (p.level == 3) {
		/* With LPA2 these bits are 51:50 of the address. */
		replace(p, desc);
		plant("output-address", p, desc | PTE_SH_OUTER);
	}
	if (format.shift == 16 && format.bits == 52) {
		/* And these are 51:48. */
		replace(p, desc);
		plant("output-address", p, desc | BIT(14));
	}
	replace(p, desc | PTE_NG);
	plant("global", p, desc);

	replace(p, desc);
	watch_store(p.entry, 0);
	plant("no-break", p, other);
	flush_all();
	replace(p, desc);
	watch_store(p.entry, 0);
	watch_store(p.entry, 0x5a5a5a5a5a5a5a5a);
	plant("no-break", p, desc_with_attr(desc, NC));
	flush_all();
	watch_store(p.entry, 0);
	flush_all();
	judge("cleaned up");
}

/* Fill @table as @leaf, a block of @level, split. */
static void fill_split(u64 *table, int level, u64 leaf)
{
	table_fill(table, level + 1, level + 1 == 3 ? leaf | PTE_TYPE : leaf);
}

static void unlink_all(struct place p, u64 *table)
{
	flush_all();
	watch_store(p.entry, 0);
	flush_all();
	memset(table, 0, granule());
	judge("cleaned up");
}

static void fault_split(struct place p, u64 desc)
{
	u64 *table = table_new();

	/* Not alike: one entry of the table, in each way. */
	const u64 differs[] = {
		0, level_size(p.level + 1), PTE_RDONLY, PTE_PXN,
		desc_with_attr(0, NORMAL ^ TAGGED), PTE_NG, PTE_AF,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(differs); i++) {
		u64 *entry = table + entries(p.level + 1) - 1 - i;

		watch_store(p.entry, desc);
		fill_split(table, p.level, desc);
		*entry = differs[i] ? *entry ^ differs[i] : 0;
		plant_difference("size-and-more", p, desc_table(table), entry);
		flush_all();
		plant_difference("size-and-more", p, desc, entry);
		unlink_all(p, table);
	}

	/* The table is right for what the block was. */
	watch_store(p.entry, desc);
	permission(p, desc | PTE_RDONLY);
	fill_split(table, p.level, desc);
	plant_difference("lost-update", p, desc_table(table), table);
	unlink_all(p, table);

	/* It is right for neither, before and after. */
	watch_store(p.entry, desc);
	permission(p, desc | PTE_RDONLY);
	fill_split(table, p.level, desc ^ level_size(p.level));
	plant("size-and-more", p, desc_table(table));
	unlink_all(p, table);

	/* The block's change is not yet complete. */
	watch_store(p.entry, desc);
	watch_store(p.entry, desc | PTE_RDONLY);
	fill_split(table, p.level, desc | PTE_RDONLY);
	plant("stale-size", p, desc_table(table));
	unlink_all(p, table);

	/* Nor is the pages'. */
	watch_store(p.entry, desc);
	fill_split(table, p.level, desc);
	watch_store(p.entry, desc_table(table));
	flush_all();
	for (i = 0; i < entries(p.level + 1); i++)
		watch_store(table + i, table[i] | PTE_RDONLY);
	plant("stale-size", p, desc | PTE_RDONLY);
	unlink_all(p, table);

	/* Invalid in between, but the TLB was not told. */
	watch_store(p.entry, desc);
	watch_store(p.entry, 0);
	fill_split(table, p.level, desc ^ level_size(p.level));
	plant("no-break", p, desc_table(table));
	flush_all();
	watch_store(p.entry, 0);
	plant("no-break", p, desc);
	unlink_all(p, table);
}

static void fault_tables(void)
{
	struct place p = place_behind(middle, FREE), q, leaf;
	u64 *table = table_new(), *copy = table_new();
	u64 lr;

	q = place_behind(middle, FREE2);
	table_fill(table, 3, desc_leaf(3, page_pa(0)));
	memcpy(copy, table, granule());

	/* Written, or linked again, while a walk may still use it. */
	watch_store(p.entry, desc_table(table));
	leaf = place_behind(place(root, p.va, 3), 5);
	watch_store(p.entry, 0);
	leaf.va = p.va;		/* the report names the table's first address */
	lr = next_lr();
	expect("table-reuse", leaf, 0, 1, lr);
	watch_store_lr(leaf.entry, 0x5a5a5a5a5a5a5a5b, lr);
	judge("table-reuse");
	unlink_all(p, table);

	watch_store(p.entry, desc_table(copy));
	watch_store(p.entry, 0);
	flush_leaf(p.va);
	plant("table-relink", q, desc_table(copy));
	unlink_all(q, copy);

	/* Another table, that is not alike. */
	table_fill(table, 3, desc_leaf(3, page_pa(0)));
	table_fill(copy, 3, desc_leaf(3, page_pa(1)));
	watch_store(p.entry, desc_table(table));
	plant("size-and-more", p, desc_table(copy));
	flush_all();
	memset(table, 0, granule());
	unlink_all(p, copy);

	/* Read by the CPU that frees it, which looks for tables below. */
	watch_store(p.entry, desc_table(table));
	leaf = place_behind(place(root, p.va, 3), 6);
	watch_store(p.entry, 0);
	check_eq(*(volatile u64 *)leaf.entry, 0, "read before the TLBI");
	flush_walk(p.va);
	judge("read before the TLBI");
	check_eq(*(volatile u64 *)leaf.entry, 0, "read after the TLBI");
	judge("read by who unlinked it");
	watch_store(leaf.entry, 0x1234);
	check_eq(*(volatile u64 *)leaf.entry, 0x1234, "reused");
	judge("reused");

	/* Where no table can be. */
	plant("table-address", p, desc_table((u64 *)0x08000000));
	watch_store(p.entry, 0);
	flush_all();
	plant("table-address", p, desc_table((u64 *)MONITOR_BASE));
	watch_store(p.entry, 0);
	flush_all();
	lr = next_lr();
	expect("table-address", p, 0, 3, lr);
	for (int i = 0; i < 3; i++) {
		watch_store_lr(p.entry, desc_table((u64 *)BIT(38)), lr);
		watch_store(p.entry, 0);
		flush_all();
	}
	judge("three times the same");
}

static void fault_rest(struct place run)
{
	struct place p = place_behind(pages, OTHER);
	struct place q = place_behind(pages, THIRD);
	u64 desc = *p.entry, alias = desc | PTE_RDONLY, pa = *q.entry;
	unsigned int i, n = run_length(run.level);

	replace(q, alias);
	permission(p, desc | PTE_RDONLY);
	watch_store(q.entry, alias & ~PTE_PXN);
	judge("executable, after the TLBI");
	permission(q, alias);
	permission(p, desc);
	/* As set_memory_rox() does it, with one TLBI at the end. */
	watch_store(p.entry, desc | PTE_RDONLY);
	watch_store(p.entry, (desc | PTE_RDONLY) & ~PTE_PXN);
	flush_leaf(p.va);
	judge("executable, the only mapping");
	permission(p, desc);
	/* Other pages, in front of it and behind it. */
	watch_store(p.entry, desc | PTE_RDONLY);
	watch_store(place_behind(p, 2).entry,
		    *place_behind(p, 2).entry & ~PTE_PXN);
	watch_store(pages.entry, *pages.entry & ~PTE_PXN);
	judge("executable, another page");
	flush_leaf(p.va);
	permission(place_behind(p, 2), *place_behind(p, 2).entry | PTE_PXN);
	permission(pages, *pages.entry | PTE_PXN);
	permission(p, desc);
	watch_store(p.entry, desc | PTE_RDONLY);
	plant("stale-writable", q, alias & ~PTE_PXN);
	flush_all();
	permission(p, desc);
	watch_store(p.entry, desc | PTE_RDONLY);
	watch_store(q.entry, 0);
	flush_leaf(q.va);
	plant("stale-writable", q, alias & ~PTE_PXN);
	flush_all();
	permission(q, alias);
	permission(p, desc);
	watch_store(p.entry, 0);
	watch_store(p.entry, desc | PTE_RDONLY);
	plant("stale-writable", q, alias & ~PTE_PXN);
	flush_all();
	replace(q, pa);
	permission(p, desc);
	judge("cleaned up");

	/* Half a run: found when the TLBI comes, at one of its entries. */
	for (i = 0; i < n / 2; i++)
		watch_store(run.entry + i, run.entry[i] | PTE_CONT);
	judge("half of a run, no TLBI");
	expect_somewhere("contiguous", 0, 1);
	flush_leaf(run.va);
	judge("half of a run");
	change_run(run, PTE_CONT, 0);
	for (i = 0; i < n / 2; i++)
		watch_store(run.entry + i, run.entry[i] | PTE_RDONLY);
	expect_somewhere("contiguous", 0, 1);
	flush_leaf(run.va);
	judge("half of a run read-only");
	change_run(run, PTE_RDONLY, 0);
	change_run(run, 0, PTE_RDONLY);
	change_run(run, 0, PTE_CONT);
	judge("cleaned up");
}

/* What nothing but the end brings to light. */
static void fault_end(struct place run)
{
	struct place p = place_behind(pages, OTHER);

	expect_somewhere("contiguous", 0, 1);
	watch_store(run.entry + 1, run.entry[1] | PTE_CONT);
	expect("stale-permission", p, 0, 1, 0);
	watch_store(p.entry, *p.entry | PTE_RDONLY);
}

static void formats(void)
{
	struct place run3, run2;
	unsigned int i;
	int level;

	if (!watch_start())
		return;
	build();
	mmu_on(root);
	judge("before anything");
	judge_tables(count_tables(root), "tables");

	run3 = place_behind(pages, RUN);
	run2 = place_behind(place(root, ALIGN_DOWN(middle.va, level_size(2) *
						   entries(2)), 2), RUN);
	for (i = 0; i < run_length(2); i++)
		watch_store(run2.entry + i,
			    desc_leaf(2, i * level_size(2) +
				      ALIGN_DOWN(DATA, level_size(2) *
						 run_length(2))));
	judge("blocks");

	if (find_arg("part=1")) {
		legal_page();
		legal_run(run3);
		legal_run(run2);
		legal_tables();
		legal_tree();
		fault_leaf(place_behind(pages, 20), desc_leaf(3, page_pa(20)));
		fault_tables();
		fault_rest(run3);
	}
	for (level = 2; level >= start_level() && leaf_allowed(level);
	     level--) {
		struct place p = place_behind(place(root, middle.va, level),
					      level == 2 ? FREE : 1);
		u64 desc = desc_leaf(level, block_pa(level));

		if (find_arg("part=1")) {
			legal_split(p, level);
			fault_leaf(p, desc);
		} else {
			fault_split(p, desc);
		}
	}
	judge_tables(count_tables(root), "tables");
	check_eq(exceptions, 0, "exceptions");
	if (find_arg("part=1"))
		fault_end(run3);
}

const struct scenario watch_scenarios[] = {
	{ "watch-format", formats },
	{ }
};

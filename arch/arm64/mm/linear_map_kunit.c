// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of how leaves of the linear map are merged and split. Included by
 * linear_map_collapse.c, whose functions are static.
 *
 * The tests of the first suite merge and split in tables of their own: real ones,
 * below a root that no CPU uses, made by the functions that make the linear map.
 * They map one step of the engine. Output addresses are made up, because nothing
 * is ever accessed through these tables. What a test expects is another set of
 * tables, mapped as map_mem() would, and leaves are compared bit for bit.
 *
 * The second suite does it to pages of its own in the live linear map.
 */
#include <kunit/test.h>
#include <linux/mem_encrypt.h>
#include <linux/prandom.h>
#include <linux/set_memory.h>

#include <asm/mmu.h>
#include <asm/rsi.h>

/* LINEAR_MAP_STEP, as a constant expression. */
#define MAP_SIZE	(IS_ENABLED(CONFIG_ARM64_4K_PAGES) ? PUD_SIZE : CONT_PMD_SIZE)
#define MAP_ADDR	(_PAGE_OFFSET(vabits_actual) + 2 * MAP_SIZE)
#define MAP_PMDS	(MAP_SIZE / PMD_SIZE)
#define MAP_RUNS	(MAP_SIZE / CONT_PMD_SIZE)

struct test_map {
	struct mm_struct *mm;	/* create_pgd_mapping() looks at its root only */
	phys_addr_t phys;
	struct collapse c;
	struct linear_map_collapsed done;
	long pages[NR_LINEAR_MAP_LEAVES];	/* as they were counted */
};

struct tables {
	unsigned long n;
	phys_addr_t sum;
};

/* What the functions say that the engine asks. */
static struct {
	u64 start, end;
} excluded, foreign;

static bool stub_is_excluded(unsigned long start, unsigned long size)
{
	return start < excluded.end && start + size > excluded.start;
}

static bool stub_is_boot_memory(unsigned long start, unsigned long size)
{
	return start >= foreign.end || start + size <= foreign.start;
}

/* Attributes go up and down unharmed, even where they are not let up. */
static bool stub_may_be_block(ptval_t val)
{
	return true;
}

/* The map that is being changed. */
static struct test_map *current_map;

static void stub_count(unsigned long addr, enum linear_map_leaf leaf, long pages)
{
	current_map->pages[leaf] += pages;
}

static void stub_recount(enum linear_map_leaf from, enum linear_map_leaf to, long pages)
{
	current_map->pages[from] -= pages;
	current_map->pages[to] += pages;
}

/* As far up as output addresses go: where they are stored in two parts, use both. */
static phys_addr_t map_phys(void)
{
	bool high = IS_ENABLED(CONFIG_ARM64_PA_BITS_52) &&
		    (IS_ENABLED(CONFIG_ARM64_64K_PAGES) || lpa2_is_enabled());

	return BIT(high ? 51 : 47) + 3 * MAP_SIZE;
}

/* Attributes of the linear map, and others that it gets. */
static const struct kind {
	const char *name;
	ptval_t set, clear;
} kinds[] = {
	{ "rw" },
	{ "ro", PTE_RDONLY, PTE_WRITE },
	{ "rox", PTE_RDONLY, PTE_WRITE | PTE_PXN },
	{ "not tagged", PTE_ATTRINDX(MT_NORMAL), PTE_ATTRINDX_MASK },
	{ "not global", PTE_NG },
	{ "shared with the host", BIT(39) },	/* PROT_NS_SHARED */
	{ "POIndex", PTE_PO_IDX_0 | PTE_PO_IDX_2 },
	{ "software bits", BIT(56) | BIT(58), BIT(55) },
};

static pgprot_t kind_prot(const struct kind *kind)
{
	ptval_t prot = pgprot_val(pgprot_tagged(PAGE_KERNEL));

	return __pgprot((prot & ~kind->clear) | kind->set);
}

/*
 * The entry that translates @addr, or the one that is none; the value that it
 * had when it was read, once; and what it covers.
 */
static u64 *entry_at(pgd_t *root, unsigned long addr, u64 *val, unsigned long *size)
{
	pgd_t *pgdp = pgd_offset_pgd(root, addr);
	p4d_t *p4dp = p4d_offset(pgdp, addr);
	pud_t *pudp = pud_offset(p4dp, addr);
	pud_t pud = pudp_get(pudp);
	pmd_t *pmdp, pmd;
	pte_t *ptep;

	*val = pud_val(pud);
	*size = PUD_SIZE;
	if (pud_none(pud) || pud_leaf(pud))
		return (u64 *)pudp;

	/* As pmd_offset_lockless(), which would return an address in &pud if folded. */
	pmdp = mm_pmd_folded(&init_mm) ? (pmd_t *)pudp :
	       (pmd_t *)__va(__pud_to_phys(pud)) + pmd_index(addr);
	pmd = pmdp_get(pmdp);
	*val = pmd_val(pmd);
	*size = PMD_SIZE;
	if (pmd_none(pmd) || pmd_leaf(pmd))
		return (u64 *)pmdp;

	ptep = (pte_t *)__va(__pmd_to_phys(pmd)) + pte_index(addr);
	*val = pte_val(__ptep_get(ptep));
	*size = PAGE_SIZE;
	return (u64 *)ptep;
}

static pud_t *map_pud(struct test_map *map)
{
	pgd_t *pgdp = pgd_offset_pgd(map->mm->pgd, MAP_ADDR);

	return pud_offset(p4d_offset(pgdp, MAP_ADDR), MAP_ADDR);
}

static pmd_t *map_pmd(struct test_map *map, unsigned long offset)
{
	return pmd_offset(map_pud(map), MAP_ADDR) + offset / PMD_SIZE;
}

static u64 *map_ptes(struct test_map *map, unsigned long offset)
{
	return __va(__pmd_to_phys(pmdp_get(map_pmd(map, offset))));
}

/* Call @visit with each table below the root; it may free it. */
static void visit_tables(struct test_map *map, void (*visit)(phys_addr_t, void *),
			 void *data)
{
	pgd_t *pgdp = pgd_offset_pgd(map->mm->pgd, MAP_ADDR);
	p4d_t *p4dp;
	pud_t *pudp, pud;
	unsigned int i;

	if (pgd_none(pgdp_get(pgdp)))
		return;
	p4dp = p4d_offset(pgdp, MAP_ADDR);
	if (p4d_none(p4dp_get(p4dp)))
		return;
	pudp = pud_offset(p4dp, MAP_ADDR);
	pud = pudp_get(pudp);
	if (!pud_none(pud) && !pud_leaf(pud)) {
		for (i = 0; i < MAP_PMDS; i++) {
			pmd_t pmd = pmdp_get(map_pmd(map, i * PMD_SIZE));

			if (pmd_table(pmd))
				visit(__pmd_to_phys(pmd), data);
		}
		if (!mm_pmd_folded(map->mm))
			visit(__pud_to_phys(pud), data);
	}
	if (!mm_pud_folded(map->mm))
		visit(__p4d_to_phys(p4dp_get(p4dp)), data);
	if (!mm_p4d_folded(map->mm))
		visit(__pgd_to_phys(pgdp_get(pgdp)), data);
}

static void count_table(phys_addr_t table, void *data)
{
	struct tables *tables = data;

	tables->n++;
	tables->sum += table;
}

static void free_table(phys_addr_t table, void *unused)
{
	pagetable_dtor_free(page_ptdesc(phys_to_page(table)));
}

/* Those below the root, and those that wait to be freed. */
static struct tables count_tables(struct test_map *map)
{
	struct tables tables = {};
	struct ptdesc *ptdesc;

	visit_tables(map, count_table, &tables);
	list_for_each_entry(ptdesc, &map->c.tables, pt_list)
		count_table(page_to_phys(ptdesc_page(ptdesc)), &tables);
	return tables;
}

static void map_free(void *data)
{
	struct test_map *map = data;

	free_tables(&map->c.tables);
	visit_tables(map, free_table, NULL);
	free_page((unsigned long)map->mm->pgd);
}

static struct test_map *map_alloc(struct kunit *test)
{
	struct test_map *map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);

	BUILD_BUG_ON(MAP_SIZE != LINEAR_MAP_STEP);
	KUNIT_ASSERT_NOT_NULL(test, map);
	map->mm = kunit_kzalloc(test, sizeof(*map->mm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map->mm);
	map->mm->pgd = (pgd_t *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, map->mm->pgd);
	map->phys = map_phys();
	INIT_LIST_HEAD(&map->c.tables);
	map->c.done = &map->done;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, map_free, map), 0);
	return map;
}

static void map_drop(struct kunit *test, struct test_map *map)
{
	kunit_release_action(test, map_free, map);
}

/* Map [@offset, @offset + @size) as map_mem() maps a piece of memory. */
static void __init map_boot(struct test_map *map, unsigned long offset,
			    unsigned long size, const struct kind *kind)
{
	current_map = map;
	create_pgd_mapping(map->mm, map->phys + offset, MAP_ADDR + offset, size,
			   kind_prot(kind), false);
}

/* Of pages. */
static void make_contiguous(struct test_map *map, unsigned long offset, unsigned long size)
{
	u64 *ptep = map_ptes(map, offset) + pte_index(offset);

	stub_recount(LINEAR_MAP_PTE, LINEAR_MAP_CONT_PTE, size / PAGE_SIZE);
	for (int i = 0; i < size / PAGE_SIZE; i++)
		ptep[i] |= PTE_CONT;
}

/* Map it by leaves of @leaf, which it is a multiple of. */
static void __init map_leaves(struct test_map *map, unsigned long offset,
			      unsigned long size, unsigned long leaf,
			      const struct kind *kind)
{
	unsigned long end = offset + size;

	if (leaf > CONT_PTE_SIZE) {
		for (; offset < end; offset += leaf)
			map_boot(map, offset, leaf, kind);
		return;
	}
	if (!size)
		return;
	current_map = map;
	create_pgd_mapping(map->mm, map->phys + offset, MAP_ADDR + offset, size,
			   kind_prot(kind), true);
	for (; offset < end && leaf == CONT_PTE_SIZE; offset += CONT_PTE_SIZE)
		make_contiguous(map, offset, CONT_PTE_SIZE);
}

static void expect_table(struct kunit *test, const u64 *table, const u64 *want,
			 unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (table[i] != want[i]) {
			KUNIT_FAIL(test, "entry %u: %#llx, want %#llx\n", i, table[i], want[i]);
			return;
		}
	}
}

static enum linear_map_leaf leaf_of(u64 val, unsigned long size)
{
	if (size == PAGE_SIZE)
		return val & PTE_CONT ? LINEAR_MAP_CONT_PTE : LINEAR_MAP_PTE;
	if (size == PMD_SIZE)
		return val & PTE_CONT ? LINEAR_MAP_CONT_PMD : LINEAR_MAP_PMD;
	return LINEAR_MAP_PUD;
}

/* Tables that are said to be uniform are, even in the contiguous bit. */
static void expect_uniform(struct kunit *test, struct test_map *map)
{
	for (unsigned long offset = 0; offset < MAP_SIZE; offset += PMD_SIZE) {
		pmd_t pmd = pmdp_get(map_pmd(map, offset));
		u64 *ptes;

		if (!pmd_table(pmd) || !(pmd_val(pmd) & PMD_TABLE_UNIFORM))
			continue;
		ptes = map_ptes(map, offset);
		KUNIT_EXPECT_TRUE(test, ptes[0] & PTE_VALID);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(__pte_to_phys(__pte(ptes[0])), PMD_SIZE));
		for (int i = 1; i < PTRS_PER_PTE; i++) {
			if (ptes[i] != ptes[0] + i * PAGE_SIZE) {
				KUNIT_FAIL(test, "at %#lx: %#llx at 0, %#llx at %d\n",
					   offset, ptes[0], ptes[i], i);
				break;
			}
		}
	}
}

/* Are all leaves of the maps alike, and are they counted as they are? */
static void expect_same(struct kunit *test, struct test_map *map, struct test_map *want)
{
	long pages[NR_LINEAR_MAP_LEAVES] = {};
	unsigned long offset, size, want_size;
	u64 val, want_val;

	for (offset = 0; offset < MAP_SIZE; offset += size) {
		entry_at(map->mm->pgd, MAP_ADDR + offset, &val, &size);
		entry_at(want->mm->pgd, MAP_ADDR + offset, &want_val, &want_size);
		if (val != want_val || size != want_size) {
			KUNIT_FAIL(test, "at %#lx: %#llx of size %#lx, want %#llx of size %#lx\n",
				   offset, val, size, want_val, want_size);
			return;
		}
		if (val)
			pages[leaf_of(val, size)] += size / PAGE_SIZE;
	}
	if (!pud_leaf(pudp_get(map_pud(map))))
		expect_uniform(test, map);
	for (int i = 0; i < NR_LINEAR_MAP_LEAVES; i++) {
		KUNIT_EXPECT_EQ_MSG(test, map->pages[i], pages[i], "leaves of kind %d", i);
		KUNIT_EXPECT_EQ_MSG(test, want->pages[i], pages[i], "leaves of kind %d", i);
	}
}

static void expect_done(struct kunit *test, struct test_map *map,
			struct linear_map_collapsed want)
{
	KUNIT_EXPECT_EQ(test, map->done.runs, want.runs);
	KUNIT_EXPECT_EQ(test, map->done.pmds, want.pmds);
	KUNIT_EXPECT_EQ(test, map->done.puds, want.puds);
	KUNIT_EXPECT_EQ(test, map->done.tables, want.pmds + want.puds);
}

/* Each table is below the root afterwards, or is counted and waits to be freed. */
static void map_merge_range(struct kunit *test, struct test_map *map,
			    unsigned long start, unsigned long end)
{
	struct tables before = count_tables(map), after;

	current_map = map;
	collapse_step(&map->c, map->mm->pgd, MAP_ADDR, MAP_ADDR + start, MAP_ADDR + end);
	after = count_tables(map);
	KUNIT_EXPECT_EQ(test, after.n, before.n);
	KUNIT_EXPECT_EQ(test, after.sum, before.sum);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&map->c.tables), map->done.tables);
}

static void map_merge(struct kunit *test, struct test_map *map)
{
	map_merge_range(test, map, 0, MAP_SIZE);
}

static phys_addr_t split_table(struct kunit *test, enum pgtable_level level)
{
	struct ptdesc *ptdesc = pagetable_alloc(GFP_KERNEL, 0);

	KUNIT_ASSERT_NOT_NULL(test, ptdesc);
	if (level == PGTABLE_LEVEL_PMD)
		pagetable_pmd_ctor(&init_mm, ptdesc);
	else
		pagetable_pte_ctor(&init_mm, ptdesc);
	return page_to_phys(ptdesc_page(ptdesc));
}

/* Make @offset a boundary of leaves. */
static void map_split(struct kunit *test, struct test_map *map, unsigned long offset)
{
	struct split_table spare = { .phys = INVALID_PHYS_ADDR };
	int ret;

	current_map = map;
	clear_uniform_range(map->mm->pgd, MAP_ADDR + offset, MAP_ADDR + offset + 1);
	while ((ret = split_kernel_leaf_mapping_locked(map->mm->pgd, MAP_ADDR + offset,
						       &spare)) == -EAGAIN) {
		KUNIT_ASSERT_EQ(test, spare.phys, INVALID_PHYS_ADDR);
		spare.phys = split_table(test, spare.level);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, spare.phys, INVALID_PHYS_ADDR);
}

/* Each way up. */
static const struct level {
	const char *name;
	unsigned long leaf, offset, size;
	struct linear_map_collapsed want;
} levels[] = {
	{ "pages to a contiguous run", PAGE_SIZE, CONT_PTE_SIZE, CONT_PTE_SIZE,
	  { .runs = 1 } },
	{ "pages to contiguous runs", PAGE_SIZE, PMD_SIZE - 3 * CONT_PTE_SIZE - PAGE_SIZE,
	  5 * CONT_PTE_SIZE, { .runs = 4 } },
	{ "pages to a PMD block", PAGE_SIZE, PMD_SIZE, PMD_SIZE, { .pmds = 1 } },
	{ "contiguous pages to a PMD block", CONT_PTE_SIZE, PMD_SIZE, PMD_SIZE,
	  { .pmds = 1 } },
	{ "pages to PMD blocks", PAGE_SIZE, PMD_SIZE, 3 * PMD_SIZE, { .pmds = 3 } },
	{ "pages to a run of PMD blocks", PAGE_SIZE, MAP_SIZE - CONT_PMD_SIZE,
	  CONT_PMD_SIZE, { .runs = 1, .pmds = CONT_PMDS } },
	{ "contiguous pages to a run of PMD blocks", CONT_PTE_SIZE, 0, CONT_PMD_SIZE,
	  { .runs = 1, .pmds = CONT_PMDS } },
	{ "PMD blocks to a run", PMD_SIZE, 0, CONT_PMD_SIZE, { .runs = 1 } },
	{ "all but the ends", PAGE_SIZE, PAGE_SIZE, MAP_SIZE - 2 * PAGE_SIZE,
	  { .runs = 2 * (PTRS_PER_PTE / CONT_PTES - 1) +
		    (MAP_RUNS > 2 ? MAP_RUNS - 2 : 0),
	    .pmds = MAP_PMDS - 2 } },
#ifdef CONFIG_ARM64_4K_PAGES
	{ "pages to a PUD block", PAGE_SIZE, 0, PUD_SIZE,
	  { .pmds = MAP_PMDS, .puds = 1 } },
	{ "contiguous pages to a PUD block", CONT_PTE_SIZE, 0, PUD_SIZE,
	  { .pmds = MAP_PMDS, .puds = 1 } },
	{ "PMD blocks to a PUD block", PMD_SIZE, 0, PUD_SIZE, { .puds = 1 } },
	{ "runs of PMD blocks to a PUD block", CONT_PMD_SIZE, 0, PUD_SIZE, { .puds = 1 } },
#endif
};

KUNIT_ARRAY_PARAM_DESC(level, levels, name);

static void __init merge_level(struct kunit *test)
{
	const struct level *level = test->param_value;

	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct test_map *map = map_alloc(test), *want = map_alloc(test);
		pmd_t *first;
		u64 *ptes = NULL, *copy;

		map_leaves(map, level->offset, level->size, level->leaf, &kinds[i]);
		map_boot(want, level->offset, level->size, &kinds[i]);
		first = map_pmd(map, level->offset);
		if (pmd_table(pmdp_get(first))) {
			ptes = map_ptes(map, level->offset);
			copy = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, copy);
			memcpy(copy, ptes, PAGE_SIZE);
		}

		map_merge(test, map);
		expect_same(test, map, want);
		expect_done(test, map, level->want);
		/* A table that was emptied translates until it is freed. */
		if (level->want.pmds && level->want.pmds == level->size / PMD_SIZE && ptes)
			expect_table(test, ptes, copy, PTRS_PER_PTE);

		/* There is nothing left to be done. */
		map_merge(test, map);
		expect_same(test, map, want);
		expect_done(test, map, level->want);

		map_drop(test, map);
		map_drop(test, want);
	}
}

static void __init merge_nothing(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	/* At each level from the root down, a hole. */
	map_merge(test, map);
	map_leaves(map, 0, PAGE_SIZE, PAGE_SIZE, kinds);
	map_leaves(want, 0, PAGE_SIZE, PAGE_SIZE, kinds);
	map_merge(test, map);
	expect_same(test, map, want);
	map_ptes(map, 0)[0] = 0;
	map_merge(test, map);
	KUNIT_EXPECT_EQ(test, map_ptes(map, 0)[0], 0);
	expect_done(test, map, (struct linear_map_collapsed){});
}

/* Where a leaf is split, from its start on. */
static const struct cut {
	const char *name;
	unsigned long leaf, at;
} cuts[] = {
	{ "run of pages at its 1st page", CONT_PTE_SIZE, PAGE_SIZE },
	{ "run of pages at its last page", CONT_PTE_SIZE, CONT_PTE_SIZE - PAGE_SIZE },
	{ "PMD at its 1st page", PMD_SIZE, PAGE_SIZE },
	{ "PMD at its 1st run", PMD_SIZE, CONT_PTE_SIZE },
	{ "PMD in a run", PMD_SIZE, PMD_SIZE / 2 + CONT_PTE_SIZE - PAGE_SIZE },
	{ "PMD at its last run", PMD_SIZE, PMD_SIZE - CONT_PTE_SIZE },
	{ "PMD at its last page", PMD_SIZE, PMD_SIZE - PAGE_SIZE },
	{ "run of PMDs at its 1st page", CONT_PMD_SIZE, PAGE_SIZE },
	{ "run of PMDs at its 1st PMD", CONT_PMD_SIZE, PMD_SIZE },
	{ "run of PMDs at a run", CONT_PMD_SIZE, CONT_PMD_SIZE / 2 + CONT_PTE_SIZE },
	{ "run of PMDs at its last PMD", CONT_PMD_SIZE, CONT_PMD_SIZE - PMD_SIZE },
	{ "run of PMDs at its last page", CONT_PMD_SIZE, CONT_PMD_SIZE - PAGE_SIZE },
#ifdef CONFIG_ARM64_4K_PAGES
	{ "PUD at its 1st page", PUD_SIZE, PAGE_SIZE },
	{ "PUD at its 1st run of pages", PUD_SIZE, CONT_PTE_SIZE },
	{ "PUD at its 1st PMD", PUD_SIZE, PMD_SIZE },
	{ "PUD at its 1st run of PMDs", PUD_SIZE, CONT_PMD_SIZE },
	{ "PUD in a run", PUD_SIZE, PUD_SIZE / 2 + 5 * PMD_SIZE + 3 * PAGE_SIZE },
	{ "PUD at its last PMD", PUD_SIZE, PUD_SIZE - PMD_SIZE },
	{ "PUD at its last page", PUD_SIZE, PUD_SIZE - PAGE_SIZE },
#endif
};

KUNIT_ARRAY_PARAM_DESC(cut, cuts, name);

/* Merged, split, merged again: the same leaves, whichever was first. */
static void __init merge_and_split(struct kunit *test)
{
	const struct cut *cut = test->param_value;
	unsigned long offset = MAP_SIZE - cut->leaf;

	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct test_map *map = map_alloc(test), *boot = map_alloc(test),
				*whole = map_alloc(test), *parts = map_alloc(test);

		map_leaves(map, offset, cut->leaf, PAGE_SIZE, &kinds[i]);
		map_boot(boot, offset, cut->leaf, &kinds[i]);
		map_boot(whole, offset, cut->leaf, &kinds[i]);
		map_boot(parts, offset, cut->at, &kinds[i]);
		map_boot(parts, offset + cut->at, cut->leaf - cut->at, &kinds[i]);

		map_merge(test, map);
		expect_same(test, map, whole);
		for (int j = 0; j < 2; j++) {
			map_split(test, map, offset + cut->at);
			expect_same(test, map, parts);
			map_merge(test, map);
			expect_same(test, map, whole);

			map_split(test, boot, offset + cut->at);
			expect_same(test, boot, parts);
			map_merge(test, boot);
			expect_same(test, boot, whole);
		}

		map_drop(test, map);
		map_drop(test, boot);
		map_drop(test, whole);
		map_drop(test, parts);
	}
}

/* What is split to pages at once, as for a CPU that does not tolerate splits. */
static void __init merge_and_split_to_pages(struct kunit *test)
{
	const struct level *level = test->param_value;

	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct test_map *map = map_alloc(test), *whole = map_alloc(test),
				*pages = map_alloc(test);

		map_boot(map, level->offset, level->size, &kinds[i]);
		map_boot(whole, level->offset, level->size, &kinds[i]);
		map_leaves(pages, level->offset, level->size, PAGE_SIZE, &kinds[i]);

		current_map = map;
		KUNIT_EXPECT_EQ(test, 0,
				range_split_to_ptes(map->mm->pgd, MAP_ADDR,
						    MAP_ADDR + MAP_SIZE, GFP_KERNEL));
		expect_same(test, map, pages);
		map_merge(test, map);
		expect_same(test, map, whole);

		map_drop(test, map);
		map_drop(test, whole);
		map_drop(test, pages);
	}
}

/* A split takes a table of the right level, or asks for it and changes nothing. */
static void __init split_asks_for_table(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want = map_alloc(test);
	phys_addr_t table = split_table(test, PGTABLE_LEVEL_PMD);
	struct split_table spare = { .phys = table, .level = PGTABLE_LEVEL_PMD };
	unsigned long addr = MAP_ADDR + PAGE_SIZE;

	map_leaves(map, 0, PMD_SIZE, PMD_SIZE, kinds);
	map_boot(want, 0, PMD_SIZE, kinds);

	KUNIT_EXPECT_EQ(test, split_kernel_leaf_mapping_locked(map->mm->pgd, addr, &spare),
			-EAGAIN);
	KUNIT_EXPECT_EQ(test, spare.phys, table);
	KUNIT_EXPECT_EQ(test, spare.level, PGTABLE_LEVEL_PTE);
	expect_same(test, map, want);
	free_table(table, NULL);

	spare.phys = INVALID_PHYS_ADDR;
	KUNIT_EXPECT_EQ(test, split_kernel_leaf_mapping_locked(map->mm->pgd, addr, &spare),
			-EAGAIN);
	expect_same(test, map, want);
}

/* What a table forbids is forbidden by the block. */
static const struct hierarchy {
	const char *name;
	pmdval_t table, block;
} hierarchies[] = {
	{ "nothing", 0, 0 },
	{ "PXN", PMD_TABLE_PXN, PMD_SECT_PXN },
	{ "UXN", PMD_TABLE_UXN, PMD_SECT_UXN },
	{ "PXN and UXN", PMD_TABLE_PXN | PMD_TABLE_UXN, PMD_SECT_PXN | PMD_SECT_UXN },
};

KUNIT_ARRAY_PARAM_DESC(hierarchy, hierarchies, name);

static void __init merge_hierarchy(struct kunit *test)
{
	const struct hierarchy *hierarchy = test->param_value;
	const struct kind kind = { "executable", 0, PTE_PXN | PTE_UXN };
	const struct kind other = { "", hierarchy->block, kind.clear };
	const u64 all = PMD_TABLE_PXN | PMD_TABLE_UXN;
	struct test_map *map = map_alloc(test), *want = map_alloc(test);
	unsigned int i;
	u64 *pmds;

	/* Not of all tables in a run: these blocks differ, if anything is forbidden. */
	map_leaves(map, 0, CONT_PMD_SIZE, PAGE_SIZE, &kind);
	pmds = (u64 *)map_pmd(map, 0);
	for (i = 0; i < CONT_PMDS; i++)
		pmds[i] &= ~all;
	pmds[1] |= hierarchy->table;
	map_merge(test, map);
	if (hierarchy->table) {
		map_leaves(want, 0, PMD_SIZE, PMD_SIZE, &kind);
		map_leaves(want, PMD_SIZE, PMD_SIZE, PMD_SIZE, &other);
		map_leaves(want, 2 * PMD_SIZE, CONT_PMD_SIZE - 2 * PMD_SIZE, PMD_SIZE, &kind);
	} else {
		map_boot(want, 0, CONT_PMD_SIZE, &kind);
	}
	expect_same(test, map, want);

	if (!IS_ENABLED(CONFIG_ARM64_4K_PAGES))
		return;
	map_drop(test, map);
	map_drop(test, want);
	map = map_alloc(test);
	want = map_alloc(test);
	map_leaves(map, 0, MAP_SIZE, PMD_SIZE, &kind);
	*(u64 *)map_pud(map) = (pud_val(pudp_get(map_pud(map))) & ~all) | hierarchy->table;
	map_boot(want, 0, MAP_SIZE, &other);
	map_merge(test, map);
	expect_same(test, map, want);
}

/* How an entry differs from its neighbours. */
static const struct reason {
	const char *name;
	u64 flip, clear, set;
} reasons[] = {
	{ "hole", .clear = ~0ULL },
	{ "invalid", .clear = PTE_VALID, .set = PTE_PRESENT_INVALID },
	{ "invalid and not present", .clear = PTE_VALID | PTE_PRESENT_INVALID },
	{ "Normal, not Normal-Tagged", PTE_ATTRINDX(MT_NORMAL) ^ PTE_ATTRINDX(MT_NORMAL_TAGGED) },
	{ "AttrIndx[0]", BIT(2) },
	{ "AttrIndx[1]", BIT(3) },
	{ "AttrIndx[2]", BIT(4) },
	{ "bit 5", BIT(5) },
	{ "AP[1]", PTE_USER },
	{ "AP[2]", PTE_RDONLY },
	{ "DBM", PTE_DBM },
	{ "read-only", PTE_RDONLY | PTE_DBM },
	{ "SH[0]", BIT(8) },
	{ "SH[1]", BIT(9) },
	{ "AF", PTE_AF },
	{ "nG", PTE_NG },
	{ "shared with the host", BIT(39) },	/* PROT_NS_SHARED */
	{ "GP", PTE_GP },
	{ "PXN", PTE_PXN },
	{ "UXN", PTE_UXN },
	{ "executable", PTE_PXN | PTE_UXN },
	{ "software bit 55", BIT(55) },
	{ "software bit 56", BIT(56) },
	{ "software bit 57", BIT(57) },
	{ "software bit 58", BIT(58) },
	{ "bit 59", BIT(59) },
	{ "POIndex[0]", PTE_PO_IDX_0 },
	{ "POIndex[1]", PTE_PO_IDX_1 },
	{ "POIndex[2]", PTE_PO_IDX_2 },
	{ "bit 63", BIT(63) },
};

KUNIT_ARRAY_PARAM_DESC(reason, reasons, name);

/*
 * Have one of the @n entries at @table differ, each of several in turn. All
 * runs of @run entries are made contiguous but the one with the odd entry, and
 * @parent goes on pointing to the table.
 */
static void check_odd(struct kunit *test, struct test_map *map, u64 *parent, u64 *table,
		      unsigned int n, unsigned int run, const struct reason *reason)
{
	const unsigned int odds[] = { 0, 1, n / 2 - 1, n / 2, n - 2, n - 1 };
	u64 *before = kunit_kmalloc_array(test, n, sizeof(u64), GFP_KERNEL);
	u64 *want = kunit_kmalloc_array(test, n, sizeof(u64), GFP_KERNEL);
	u64 above;

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, want);
	clear_uniform_range(map->mm->pgd, MAP_ADDR, MAP_ADDR + MAP_SIZE);
	above = *parent;
	memcpy(before, table, n * sizeof(u64));

	for (int i = 0; i < ARRAY_SIZE(odds); i++) {
		unsigned int odd = odds[i];

		memcpy(table, before, n * sizeof(u64));
		table[odd] = ((before[odd] & ~reason->clear) | reason->set) ^ reason->flip;
		for (int j = 0; j < n; j++)
			want[j] = j / run == odd / run ? table[j] : before[j] | PTE_CONT;

		map->done.runs = 0;
		/* The second time, the other runs are contiguous already. */
		for (int twice = 0; twice < 2; twice++) {
			map_merge(test, map);
			KUNIT_EXPECT_EQ_MSG(test, *parent, above, "odd entry %u", odd);
			if (*parent != above)
				return;
			expect_table(test, table, want, n);
			KUNIT_EXPECT_EQ(test, map->done.runs, n / run - 1);
			KUNIT_EXPECT_EQ(test, map->done.tables, 0);
		}
	}
	memcpy(table, before, n * sizeof(u64));
	kunit_kfree(test, before);
	kunit_kfree(test, want);
}

static void __init odd_pte(struct kunit *test)
{
	const struct reason *reason = test->param_value;
	struct test_map *map = map_alloc(test);

	map_leaves(map, PMD_SIZE, PMD_SIZE, PAGE_SIZE, kinds);
	check_odd(test, map, (u64 *)map_pmd(map, PMD_SIZE), map_ptes(map, PMD_SIZE),
		  PTRS_PER_PTE, CONT_PTES, reason);
}

static void __init odd_pmd(struct kunit *test)
{
	const struct reason *reason = test->param_value;
	struct test_map *map = map_alloc(test);
	u64 none = 0;

	map_leaves(map, 0, MAP_SIZE, PMD_SIZE, kinds);
	check_odd(test, map, mm_pmd_folded(map->mm) ? &none : (u64 *)map_pud(map),
		  (u64 *)map_pmd(map, 0), MAP_PMDS, CONT_PMDS, reason);
}

/*
 * Each bit of the output address, and those that are 0 in that of a block; and the
 * type: reserved for a page, while a block would be a table.
 */
static void __init odd_address(struct kunit *test)
{
	struct test_map *ptes = map_alloc(test), *pmds = map_alloc(test);
	u64 none = 0;

	map_leaves(ptes, 0, PMD_SIZE, PAGE_SIZE, kinds);
	map_leaves(pmds, 0, MAP_SIZE, PMD_SIZE, kinds);
	check_odd(test, ptes, (u64 *)map_pmd(ptes, 0), map_ptes(ptes, 0), PTRS_PER_PTE,
		  CONT_PTES, &(struct reason){ "type", BIT(1) });
	for (int bit = 12; bit < 50; bit++) {
		struct reason reason = { "address", BIT(bit) };

		check_odd(test, ptes, (u64 *)map_pmd(ptes, 0), map_ptes(ptes, 0),
			  PTRS_PER_PTE, CONT_PTES, &reason);
		check_odd(test, pmds, mm_pmd_folded(pmds->mm) ? &none : (u64 *)map_pud(pmds),
			  (u64 *)map_pmd(pmds, 0), MAP_PMDS, CONT_PMDS, &reason);
	}
}

/* Entries that are all alike, and all invalid. */
static void check_invalid(struct kunit *test, struct test_map *map, u64 *table,
			  unsigned int n)
{
	u64 *before = kunit_kmalloc_array(test, n, sizeof(u64), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	clear_uniform_range(map->mm->pgd, MAP_ADDR, MAP_ADDR + MAP_SIZE);
	for (int i = 0; i < n; i++) {
		table[i] = (table[i] & ~PTE_VALID) | PTE_PRESENT_INVALID;
		before[i] = table[i];
	}
	map_merge(test, map);
	expect_table(test, table, before, n);
	expect_done(test, map, (struct linear_map_collapsed){});
}

static void __init all_invalid(struct kunit *test)
{
	struct test_map *ptes = map_alloc(test), *pmds = map_alloc(test);

	map_leaves(ptes, 0, PMD_SIZE, PAGE_SIZE, kinds);
	check_invalid(test, ptes, map_ptes(ptes, 0), PTRS_PER_PTE);
	map_leaves(pmds, 0, MAP_SIZE, PMD_SIZE, kinds);
	check_invalid(test, pmds, (u64 *)map_pmd(pmds, 0), MAP_PMDS);
}

/* Contiguous output addresses, but not where the next size up has them. */
static const struct shift {
	const char *name;
	unsigned long leaf, shift;
} shifts[] = {
	{ "pages by a page", PAGE_SIZE, PAGE_SIZE },
	{ "pages by a run less a page", PAGE_SIZE, CONT_PTE_SIZE - PAGE_SIZE },
	{ "pages by a run", PAGE_SIZE, CONT_PTE_SIZE },
	{ "pages by half a PMD", PAGE_SIZE, PMD_SIZE / 2 },
	{ "pages by a PMD", PAGE_SIZE, PMD_SIZE },
	{ "PMDs by a PMD", PMD_SIZE, PMD_SIZE },
	{ "PMDs by a run less a PMD", PMD_SIZE, CONT_PMD_SIZE - PMD_SIZE },
	{ "PMDs by a run", PMD_SIZE, CONT_PMD_SIZE },
	{ "PMDs by half a step", PMD_SIZE, MAP_SIZE / 2 },
};

KUNIT_ARRAY_PARAM_DESC(shift, shifts, name);

static void __init not_aligned(struct kunit *test)
{
	const struct shift *shift = test->param_value;
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	map->phys += shift->shift;
	want->phys += shift->shift;
	map_leaves(map, 0, MAP_SIZE, shift->leaf, kinds);
	map_boot(want, 0, MAP_SIZE, kinds);
	map_merge(test, map);
	expect_same(test, map, want);
}

/* A run of which a part has the contiguous bit: all of it, or left alone. */
static void check_half(struct kunit *test, struct test_map *map, u64 *table,
		       unsigned int n)
{
	u64 *before = kunit_kmalloc_array(test, n, sizeof(u64), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	for (int half = 0; half < 2; half++) {
		unsigned int conts = 0;

		for (int i = 0; i < n; i++) {
			table[i] &= ~PTE_CONT;
			if (i / (n / 2) == half)
				table[i] |= PTE_CONT;
			before[i] = table[i];
		}
		map_merge(test, map);
		for (int i = 0; i < n; i++) {
			conts += !!(table[i] & PTE_CONT);
			KUNIT_EXPECT_EQ(test, table[i] & ~PTE_CONT, before[i] & ~PTE_CONT);
		}
		if (conts != n)
			expect_table(test, table, before, n);
		KUNIT_EXPECT_EQ(test, map->done.tables, 0);
	}
}

static void __init half_contiguous(struct kunit *test)
{
	struct test_map *ptes = map_alloc(test), *pmds = map_alloc(test);

	map_leaves(ptes, 0, CONT_PTE_SIZE, PAGE_SIZE, kinds);
	check_half(test, ptes, map_ptes(ptes, 0), CONT_PTES);
	map_leaves(pmds, 0, CONT_PMD_SIZE, PMD_SIZE, kinds);
	check_half(test, pmds, (u64 *)map_pmd(pmds, 0), CONT_PMDS);
}

/* A part of the step: to be merged, or not to be. */
static const struct part {
	const char *name;
	long start, end;
} parts[] = {
	{ "1st page", 0, PAGE_SIZE },
	{ "page in the middle", MAP_SIZE / 2 - 3 * PAGE_SIZE, MAP_SIZE / 2 - 2 * PAGE_SIZE },
	{ "last page", MAP_SIZE - PAGE_SIZE, MAP_SIZE },
	{ "PMD", PMD_SIZE, 2 * PMD_SIZE },
	{ "around a boundary", MAP_SIZE - PMD_SIZE - PAGE_SIZE,
	  MAP_SIZE - PMD_SIZE + PAGE_SIZE },
	{ "run of PMDs", MAP_SIZE - CONT_PMD_SIZE, MAP_SIZE },
	{ "all but the ends", PMD_SIZE, MAP_SIZE - PMD_SIZE },
	{ "all but the first page", PAGE_SIZE, MAP_SIZE },
	{ "all", 0, MAP_SIZE },
	{ "what is before", -PAGE_SIZE, 0 },
	{ "what is behind", MAP_SIZE, MAP_SIZE + PAGE_SIZE },
};

KUNIT_ARRAY_PARAM_DESC(part, parts, name);

/* What has been quiet, says who asks for the merge. */
static bool stub_wanted(unsigned long addr)
{
	return addr != MAP_ADDR && addr != MAP_ADDR + MAP_SIZE - PMD_SIZE;
}

static void __init only_wanted(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	map->c.wanted = stub_wanted;
	map_leaves(map, 0, MAP_SIZE, PAGE_SIZE, kinds);
	map_merge(test, map);
	for (long pmd = 0; pmd < MAP_SIZE; pmd += PMD_SIZE) {
		if (pmd < CONT_PMD_SIZE || pmd >= MAP_SIZE - CONT_PMD_SIZE)
			map_leaves(want, pmd, PMD_SIZE,
				   stub_wanted(MAP_ADDR + pmd) ? PMD_SIZE : PAGE_SIZE, kinds);
		else if (IS_ALIGNED(pmd, CONT_PMD_SIZE))
			map_boot(want, pmd, CONT_PMD_SIZE, kinds);
	}
	expect_same(test, map, want);
}

static bool touches(const struct part *part, long offset, long size)
{
	return offset < part->end && offset + size > part->start;
}

static void __init only_range(struct kunit *test)
{
	const struct part *part = test->param_value;
	struct test_map *map = map_alloc(test), *want = map_alloc(test);
	bool all = true;

	map_leaves(map, 0, MAP_SIZE, PAGE_SIZE, kinds);
	map_merge_range(test, map, part->start, part->end);

	for (long pmd = 0; pmd < MAP_SIZE; pmd += PMD_SIZE)
		all &= touches(part, pmd, PMD_SIZE);
	if (all)
		map_boot(want, 0, MAP_SIZE, kinds);
	for (long run = 0; run < MAP_SIZE && !all; run += CONT_PMD_SIZE) {
		if (touches(part, run, PMD_SIZE) &&
		    touches(part, run + CONT_PMD_SIZE - PMD_SIZE, PMD_SIZE)) {
			map_boot(want, run, CONT_PMD_SIZE, kinds);
			continue;
		}
		for (long pmd = run; pmd < run + CONT_PMD_SIZE; pmd += PMD_SIZE)
			map_leaves(want, pmd, PMD_SIZE,
				   touches(part, pmd, PMD_SIZE) ? PMD_SIZE : PAGE_SIZE, kinds);
	}
	expect_same(test, map, want);
}

/* Blocks are merged only where the range has a part in the leaf that they make. */
static void __init only_range_of_blocks(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	if (MAP_RUNS < 2)
		kunit_skip(test, "a step is a run");
	/* A hole, or all of it becomes one block. */
	map_leaves(map, 0, MAP_SIZE - PMD_SIZE, PMD_SIZE, kinds);
	map_merge_range(test, map, CONT_PMD_SIZE + PAGE_SIZE, CONT_PMD_SIZE + 2 * PAGE_SIZE);
	map_leaves(want, 0, CONT_PMD_SIZE, PMD_SIZE, kinds);
	map_leaves(want, CONT_PMD_SIZE, CONT_PMD_SIZE, CONT_PMD_SIZE, kinds);
	map_leaves(want, 2 * CONT_PMD_SIZE, MAP_SIZE - 2 * CONT_PMD_SIZE - PMD_SIZE,
		   PMD_SIZE, kinds);
	expect_same(test, map, want);
}

/*
 * What pages become if @part must not be merged to leaves of more than @most, and
 * leaves of @most that it touches are left to be pages.
 */
static void __init map_without(struct test_map *want, const struct part *part,
			       unsigned long most)
{
	if (!touches(part, 0, MAP_SIZE)) {
		map_boot(want, 0, MAP_SIZE, kinds);
		return;
	}
	for (long run = 0; run < MAP_SIZE; run += CONT_PMD_SIZE) {
		if (!touches(part, run, CONT_PMD_SIZE)) {
			map_boot(want, run, CONT_PMD_SIZE, kinds);
			continue;
		}
		for (long pmd = run; pmd < run + CONT_PMD_SIZE; pmd += PMD_SIZE) {
			if (!touches(part, pmd, PMD_SIZE) || most == PMD_SIZE) {
				map_boot(want, pmd, PMD_SIZE, kinds);
				continue;
			}
			map_leaves(want, pmd, PMD_SIZE, PAGE_SIZE, kinds);
			for (long ptes = pmd; ptes < pmd + PMD_SIZE; ptes += CONT_PTE_SIZE)
				if (!touches(part, ptes, CONT_PTE_SIZE) || most == CONT_PTE_SIZE)
					make_contiguous(want, ptes, CONT_PTE_SIZE);
		}
	}
}

static void __init check_without(struct kunit *test, unsigned long leaf,
				 unsigned long most)
{
	const struct part *part = test->param_value;
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	map_leaves(map, 0, MAP_SIZE, leaf, kinds);
	map_merge(test, map);
	map_without(want, part, most);
	expect_same(test, map, want);
	map_drop(test, map);
	map_drop(test, want);
}

static void __init without_excluded(struct kunit *test)
{
	const struct part *part = test->param_value;

	excluded.start = MAP_ADDR + part->start;
	excluded.end = MAP_ADDR + part->end;
	check_without(test, PAGE_SIZE, PAGE_SIZE);
	/* Blocks that are there already stay as they are. */
	check_without(test, PMD_SIZE, PMD_SIZE);
}

/* Other memory comes and goes by 2 MiB at least: no leaf of it is larger. */
static void __init without_other_memory(struct kunit *test)
{
	const struct part *part = test->param_value;

	foreign.start = MAP_ADDR + part->start;
	foreign.end = MAP_ADDR + part->end;
	check_without(test, PAGE_SIZE, PMD_SIZE == SZ_2M ? PMD_SIZE : CONT_PTE_SIZE);
	check_without(test, PMD_SIZE, PMD_SIZE);
}

/* Which tables are said to be uniform, and until when. */
static bool is_said_uniform(struct test_map *map, unsigned long pmd)
{
	return pmd_val(pmdp_get(map_pmd(map, pmd * PMD_SIZE))) & PMD_TABLE_UNIFORM;
}

static void __init uniform_tables(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *shifted = map_alloc(test);

	/* The first and the last are filled in part. */
	map_leaves(map, PMD_SIZE - PAGE_SIZE, 4 * PMD_SIZE + 2 * PAGE_SIZE, PAGE_SIZE, kinds);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 0));
	for (int i = 1; i <= 4; i++)
		KUNIT_EXPECT_TRUE(test, is_said_uniform(map, i));
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 5));
	expect_uniform(test, map);

	/* Filled by two calls, and filled with what cannot be a block. */
	map_leaves(map, 6 * PMD_SIZE, PMD_SIZE / 2, PAGE_SIZE, kinds);
	map_leaves(map, 6 * PMD_SIZE + PMD_SIZE / 2, PMD_SIZE / 2, PAGE_SIZE, kinds);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 6));
	shifted->phys += PAGE_SIZE;
	map_leaves(shifted, 0, PMD_SIZE, PAGE_SIZE, kinds);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(shifted, 0));

	/* Mapped again, as update_mapping_prot() does; changed, as set_memory_*() do. */
	map_leaves(map, PMD_SIZE, PAGE_SIZE, PAGE_SIZE, &kinds[1]);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 1));
	clear_uniform_range(map->mm->pgd, MAP_ADDR + 3 * PMD_SIZE - PAGE_SIZE,
			    MAP_ADDR + 3 * PMD_SIZE);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 2));
	KUNIT_EXPECT_TRUE(test, is_said_uniform(map, 3));

	/* Looked at, and left to be a table. */
	excluded.start = MAP_ADDR + 3 * PMD_SIZE;
	excluded.end = excluded.start + PAGE_SIZE;
	map_merge(test, map);
	KUNIT_EXPECT_FALSE(test, is_said_uniform(map, 3));
	expect_uniform(test, map);
}

/* That is what it is for: nobody looks at the entries, not even if they differ. */
static void __init uniform_is_trusted(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want = map_alloc(test);

	if (IS_ENABLED(CONFIG_DEBUG_VM))
		kunit_skip(test, "CONFIG_DEBUG_VM does not trust it");

	map_leaves(map, PMD_SIZE, PMD_SIZE, PAGE_SIZE, kinds);
	map_boot(want, PMD_SIZE, PMD_SIZE, kinds);
	map_ptes(map, PMD_SIZE)[PTRS_PER_PTE - 1] ^= PTE_RDONLY;
	map_merge(test, map);
	expect_same(test, map, want);
}

/* Random attribute changes, as set_memory_*() makes them. */
#define CHANGES		40
#define CHANGE_MASK	(PTE_RDONLY | PTE_WRITE | PTE_PO_IDX_MASK)
static const u8 change_kinds[] = { 0, 1, 6 };

static void map_change(struct kunit *test, struct test_map *map, u8 *shadow,
		       unsigned long start, unsigned long end, u8 kind)
{
	u64 *entry, val, attributes = pgprot_val(kind_prot(&kinds[kind])) & CHANGE_MASK;
	unsigned long offset, size;

	memset(shadow + start / PAGE_SIZE, kind, (end - start) / PAGE_SIZE);
	map_split(test, map, start);
	map_split(test, map, end);
	clear_uniform_range(map->mm->pgd, MAP_ADDR + start, MAP_ADDR + end);
	for (offset = start; offset < end; offset += size) {
		entry = entry_at(map->mm->pgd, MAP_ADDR + offset, &val, &size);
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED(offset, size));
		KUNIT_ASSERT_LE(test, offset + size, end);
		WRITE_ONCE(*entry, (val & ~CHANGE_MASK) | attributes);
	}
}

/*
 * With everything merged in between, the map is as if it had been made with these
 * attributes, and in the end as it was at first.
 */
static void __init merge_after_changes(struct kunit *test)
{
	struct test_map *map = map_alloc(test), *want;
	const unsigned long pages = MAP_SIZE / PAGE_SIZE;
	u8 *shadow = kunit_kzalloc(test, pages, GFP_KERNEL);
	struct rnd_state random;

	KUNIT_ASSERT_NOT_NULL(test, shadow);
	prandom_seed_state(&random, 1);
	map_boot(map, 0, MAP_SIZE, kinds);

	for (int i = 0; i <= CHANGES; i++) {
		unsigned long start = prandom_u32_state(&random) % pages, end, n;
		unsigned int most = 1U << (prandom_u32_state(&random) % ilog2(pages));
		u8 kind = change_kinds[prandom_u32_state(&random) % ARRAY_SIZE(change_kinds)];

		n = 1 + prandom_u32_state(&random) % most;
		end = min(start + n, pages);
		if (i == CHANGES) {
			start = 0;
			end = pages;
			kind = 0;
		}
		map_change(test, map, shadow, start * PAGE_SIZE, end * PAGE_SIZE, kind);
		map_merge(test, map);

		want = map_alloc(test);
		for (start = 0; start < pages; start = end) {
			u8 *next = memchr_inv(shadow + start, shadow[start], pages - start);

			end = next ? next - shadow : pages;
			map_boot(want, start * PAGE_SIZE, (end - start) * PAGE_SIZE,
				 &kinds[shadow[start]]);
		}
		expect_same(test, map, want);
		map_drop(test, want);
	}
}

/*
 * Who reads the tables meanwhile finds each page mapped to where it is, with its
 * attributes: a table is filled before it is linked, and stays as it is after it
 * was unlinked.
 */
#define READ_PAGES	(2 * PTRS_PER_PTE)

struct reader {
	struct test_map *map;
	unsigned long reads;
	unsigned long wrong;	/* the first address with a wrong translation */
	u64 wrong_val;
};

static int reader_thread(void *data)
{
	struct reader *reader = data;
	struct test_map *map = reader->map;
	u64 attributes = pgprot_val(kind_prot(kinds)) & ~(PTE_TYPE_MASK | PTE_CONT);
	struct rnd_state random;

	prandom_seed_state(&random, 2);
	while (!kthread_should_stop()) {
		unsigned long offset = prandom_u32_state(&random) % READ_PAGES * PAGE_SIZE;
		unsigned long size;
		u64 val, want;

		entry_at(map->mm->pgd, MAP_ADDR + offset, &val, &size);
		want = __phys_to_pte_val(map->phys + ALIGN_DOWN(offset, size)) | attributes |
		       (size == PAGE_SIZE ? PTE_TYPE_PAGE : PMD_TYPE_SECT);
		if ((val & ~PTE_CONT) != want && !reader->wrong) {
			reader->wrong = MAP_ADDR + offset;
			reader->wrong_val = val;
		}
		WRITE_ONCE(reader->reads, reader->reads + 1);
		cond_resched();
	}
	return 0;
}

KUNIT_DEFINE_ACTION_WRAPPER(reader_stop, kthread_stop, struct task_struct *);

static void __init merge_while_read(struct kunit *test)
{
	struct test_map *map = map_alloc(test);
	struct reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	struct task_struct *task;
	struct rnd_state random;

	if (num_online_cpus() == 1)
		kunit_skip(test, "needs two CPUs");
	KUNIT_ASSERT_NOT_NULL(test, reader);
	reader->map = map;
	prandom_seed_state(&random, 1);
	map_boot(map, 0, MAP_SIZE, kinds);
	task = kthread_run(reader_thread, reader, "linear_map_read");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, reader_stop, task));
	for (int i = 0; i < 200; i++) {
		unsigned long reads = READ_ONCE(reader->reads);

		while (READ_ONCE(reader->reads) == reads)
			cond_resched();
		map_split(test, map, prandom_u32_state(&random) % READ_PAGES * PAGE_SIZE);
		map_merge(test, map);
	}
	kunit_release_action(test, reader_stop, task);
	KUNIT_EXPECT_EQ_MSG(test, reader->wrong, 0, "%#llx", reader->wrong_val);
}

/* What the engine asks, and the tests above do not let it. */
static void real_is_excluded(struct kunit *test)
{
	unsigned long image = (unsigned long)lm_alias(_text);
	unsigned long image_end = (unsigned long)lm_alias(_end);

	kunit_deactivate_static_stub(test, is_excluded);
	KUNIT_EXPECT_FALSE(test, is_excluded(image - PMD_SIZE, PMD_SIZE));
	KUNIT_EXPECT_TRUE(test, is_excluded(image - PMD_SIZE, PMD_SIZE + 1));
	KUNIT_EXPECT_TRUE(test, is_excluded(image + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, is_excluded(image - PMD_SIZE, SZ_1G));
	KUNIT_EXPECT_TRUE(test, is_excluded(image_end - 1, PMD_SIZE));
	KUNIT_EXPECT_FALSE(test, is_excluded(image_end, 1));
#ifdef CONFIG_KFENCE
	if (__kfence_pool) {
		unsigned long pool = __tag_reset((unsigned long)__kfence_pool);

		KUNIT_EXPECT_TRUE(test, is_excluded(pool, PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, is_excluded(pool - PMD_SIZE, PMD_SIZE + 1));
		KUNIT_EXPECT_TRUE(test, is_excluded(pool + KFENCE_POOL_SIZE - 1, 1));
	}
#endif
}

static void real_is_boot_memory(struct kunit *test)
{
	unsigned long start = (unsigned long)__va(memblock_start_of_DRAM());
	unsigned long end = (unsigned long)__va(memblock_end_of_DRAM() - 1) + 1;

	kunit_deactivate_static_stub(test, is_boot_memory);
	KUNIT_EXPECT_TRUE(test, is_boot_memory(start, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, is_boot_memory(end - PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, is_boot_memory(end - PAGE_SIZE, 2 * PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, is_boot_memory(end, PAGE_SIZE));
	if (__is_lm_address(start - PAGE_SIZE))
		KUNIT_EXPECT_FALSE(test, is_boot_memory(start - PAGE_SIZE, 2 * PAGE_SIZE));
}

/* Read-only pages become runs, but no blocks; and read-only blocks no larger ones. */
static void __init real_may_be_block(struct kunit *test)
{
	struct test_map *map = map_alloc(test);

	kunit_deactivate_static_stub(test, may_be_block);
	map_leaves(map, 0, PMD_SIZE, PAGE_SIZE, &kinds[1]);
	map_leaves(map, CONT_PMD_SIZE, CONT_PMD_SIZE, PMD_SIZE, &kinds[1]);
	map_merge(test, map);
	expect_done(test, map, (struct linear_map_collapsed) {
		.runs = PTRS_PER_PTE / CONT_PTES + 1 });
	KUNIT_EXPECT_TRUE(test, pmd_table(pmdp_get(map_pmd(map, 0))));
	map_drop(test, map);

	map = map_alloc(test);
	map_leaves(map, 0, MAP_SIZE, PMD_SIZE, &kinds[1]);
	map_merge(test, map);
	expect_done(test, map, (struct linear_map_collapsed) { .runs = MAP_RUNS });
	map_drop(test, map);

	/* In a realm, those that are shared with the host do not either. */
	for (int i = 0; i < ARRAY_SIZE(kinds); i++)
		KUNIT_EXPECT_EQ_MSG(test, may_be_block(pgprot_val(kind_prot(&kinds[i]))),
				    !(kinds[i].clear & PTE_WRITE) &&
				    !(kinds[i].set & PROT_NS_SHARED),
				    "%s", kinds[i].name);
}

static int tables_init(struct kunit *test)
{
	memset(&excluded, 0, sizeof(excluded));
	memset(&foreign, 0, sizeof(foreign));
	kunit_activate_static_stub(test, is_excluded, stub_is_excluded);
	kunit_activate_static_stub(test, is_boot_memory, stub_is_boot_memory);
	kunit_activate_static_stub(test, may_be_block, stub_may_be_block);
	kunit_activate_static_stub(test, linear_map_count, stub_count);
	kunit_activate_static_stub(test, linear_map_recount, stub_recount);
	return 0;
}

static struct kunit_case tables_cases[] __refdata = {
	KUNIT_CASE_PARAM(merge_level, level_gen_params),
	KUNIT_CASE(merge_nothing),
	KUNIT_CASE_PARAM(merge_and_split, cut_gen_params),
	KUNIT_CASE_PARAM(merge_and_split_to_pages, level_gen_params),
	KUNIT_CASE(split_asks_for_table),
	KUNIT_CASE_PARAM(merge_hierarchy, hierarchy_gen_params),
	KUNIT_CASE_PARAM(odd_pte, reason_gen_params),
	KUNIT_CASE_PARAM(odd_pmd, reason_gen_params),
	KUNIT_CASE(odd_address),
	KUNIT_CASE(all_invalid),
	KUNIT_CASE_PARAM(not_aligned, shift_gen_params),
	KUNIT_CASE(half_contiguous),
	KUNIT_CASE_PARAM(only_range, part_gen_params),
	KUNIT_CASE(only_range_of_blocks),
	KUNIT_CASE(only_wanted),
	KUNIT_CASE_PARAM(without_excluded, part_gen_params),
	KUNIT_CASE_PARAM(without_other_memory, part_gen_params),
	KUNIT_CASE(uniform_tables),
	KUNIT_CASE(uniform_is_trusted),
	KUNIT_CASE(merge_after_changes),
	KUNIT_CASE(merge_while_read),
	KUNIT_CASE(real_is_excluded),
	KUNIT_CASE(real_is_boot_memory),
	KUNIT_CASE(real_may_be_block),
	{}
};

static struct kunit_suite tables_suite = {
	.name = "linear_map_tables",
	.init = tables_init,
	.test_cases = tables_cases,
};

/* A PMD block of the live linear map, private to the test. */
struct live {
	struct page *page;
	unsigned long addr;
	u64 block;
};

static u64 live_leaf(unsigned long addr, unsigned long *size)
{
	u64 val;

	entry_at(init_mm.pgd, addr, &val, size);
	return val & ~PTE_CONT;
}

static void live_free(void *page)
{
	__free_pages(page, PMD_SHIFT - PAGE_SHIFT);
}

static int live_collapse(struct live *live)
{
	struct linear_map_collapsed done = {};

	return linear_map_collapse(live->addr, live->addr + PMD_SIZE, NULL, &done);
}

/* Merged as far up as it goes, or the test is skipped. */
static void live_alloc(struct kunit *test, struct live *live)
{
	const unsigned int order = PMD_SHIFT - PAGE_SHIFT;
	unsigned long size;
	u64 *entry, val;

	if (!linear_map_can_collapse())
		kunit_skip(test, "nothing may be merged on this machine");
	live->page = order > MAX_PAGE_ORDER ? NULL :
		     alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	if (!live->page)
		kunit_skip(test, "no memory of the size of a PMD");
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, live_free, live->page));
	live->addr = (unsigned long)page_address(live->page);
	KUNIT_ASSERT_EQ(test, live_collapse(live), 0);
	entry = entry_at(init_mm.pgd, live->addr, &val, &size);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	KUNIT_ASSERT_GE(test, size, PMD_SIZE);
	live->block = val & ~PTE_CONT;
}

/* The same leaf as before, of at least the size of a PMD. */
static void expect_merged(struct kunit *test, struct live *live)
{
	unsigned long size;

	KUNIT_EXPECT_EQ(test, live_collapse(live), 0);
	KUNIT_EXPECT_EQ(test, live_leaf(live->addr, &size), live->block);
	KUNIT_EXPECT_GE(test, size, PMD_SIZE);
}

/* A page that is not like the others keeps its PMD split; then it is healed. */
static void live_merge(struct kunit *test)
{
	const unsigned int pages[] = { 0, PTRS_PER_PTE / 2 + 1, PTRS_PER_PTE - 1 };
	struct live live;
	unsigned long size;

	live_alloc(test, &live);
	for (int i = 0; i < ARRAY_SIZE(pages); i++) {
		unsigned long addr = live.addr + pages[i] * PAGE_SIZE;

		*(unsigned long *)addr = addr;
		KUNIT_ASSERT_EQ(test, set_memory_valid(addr, 1, 0), 0);
		KUNIT_EXPECT_EQ(test, live_collapse(&live), 0);
		KUNIT_EXPECT_FALSE(test, live_leaf(addr, &size) & PTE_VALID);
		KUNIT_EXPECT_EQ(test, size, PAGE_SIZE);
		KUNIT_EXPECT_TRUE(test, live_leaf(addr ^ PAGE_SIZE, &size) & PTE_VALID);
		KUNIT_EXPECT_EQ(test, size, PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, set_memory_valid(addr, 1, 1), 0);
		KUNIT_EXPECT_EQ(test, *(unsigned long *)addr, addr);
		expect_merged(test, &live);
		KUNIT_EXPECT_EQ(test, *(unsigned long *)addr, addr);
	}
}

/* Who changes an attribute does not leave a table that is said to be uniform. */
static int change_valid(unsigned long addr, bool back)
{
	return set_memory_valid(addr, 1, back);
}

static int change_default(unsigned long addr, bool back)
{
	struct page *page = virt_to_page((void *)addr);

	return back ? set_direct_map_default_noflush(page) :
		      set_direct_map_invalid_noflush(page);
}

static int change_valid_noflush(unsigned long addr, bool back)
{
	return set_direct_map_valid_noflush(virt_to_page((void *)addr), 1, back);
}

static int change_encrypted(unsigned long addr, bool back)
{
	return back ? set_memory_encrypted(addr, 1) : set_memory_decrypted(addr, 1);
}

static const struct live_change {
	const char *name;
	int (*change)(unsigned long addr, bool back);
} live_changes[] = {
	{ "set_memory_valid", change_valid },
	{ "set_direct_map_default_noflush", change_default },
	{ "set_direct_map_valid_noflush", change_valid_noflush },
	{ "set_memory_encrypted", change_encrypted },
};

KUNIT_ARRAY_PARAM_DESC(live_change, live_changes, name);

static void live_uniform(struct kunit *test)
{
	const struct live_change *live_change = test->param_value;
	struct live live;
	unsigned long size, addr;
	pmd_t *pmdp;

	live_alloc(test, &live);
	if (live_change->change == change_encrypted && !is_realm_world())
		kunit_skip(test, "in a realm only");
	KUNIT_EXPECT_EQ(test, 0,
			range_split_to_ptes(init_mm.pgd, live.addr,
					    live.addr + PMD_SIZE, GFP_KERNEL));
	scoped_guard(rwsem_write, &linear_map_lock) {
		pmdp = pmd_off_k(live.addr);
		set_pmd(pmdp, __pmd(pmd_val(pmdp_get(pmdp)) | PMD_TABLE_UNIFORM));
	}

	addr = live.addr + PMD_SIZE - PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, live_change->change(addr, false), 0);
	KUNIT_EXPECT_TRUE(test, pmd_table(pmdp_get(pmdp)));
	KUNIT_EXPECT_FALSE(test, pmd_val(pmdp_get(pmdp)) & PMD_TABLE_UNIFORM);
	KUNIT_EXPECT_EQ(test, live_collapse(&live), 0);
	live_leaf(addr, &size);
	KUNIT_EXPECT_EQ(test, size, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, live_change->change(addr, true), 0);
	flush_tlb_kernel_range(addr, addr + PAGE_SIZE);
	expect_merged(test, &live);
}

/* Nothing is merged while somebody reads the tables without a lock. */
static void live_pause(struct kunit *test)
{
	struct live live;
	unsigned long size;

	live_alloc(test, &live);
	linear_map_collapse_pause();
	linear_map_collapse_pause();
	KUNIT_EXPECT_EQ(test, set_memory_valid(live.addr, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, set_memory_valid(live.addr, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, live_collapse(&live), -EBUSY);
	linear_map_collapse_resume();
	KUNIT_EXPECT_EQ(test, live_collapse(&live), -EBUSY);
	KUNIT_EXPECT_TRUE(test, live_leaf(live.addr, &size) & PTE_VALID);
	KUNIT_EXPECT_EQ(test, size, PAGE_SIZE);
	linear_map_collapse_resume();
	expect_merged(test, &live);
}

/* Where a CPU does not tolerate it, or all is made of pages, nothing is. */
static void live_refusal(struct kunit *test)
{
	struct linear_map_collapsed done = {};
	unsigned long addr = (unsigned long)page_address(pfn_to_page(max_low_pfn - 1));

	if (linear_map_can_collapse())
		kunit_skip(test, "all CPUs tolerate it");
	KUNIT_EXPECT_EQ(test, linear_map_collapse(addr, addr + PAGE_SIZE, NULL, &done),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, done.runs + done.pmds + done.puds + done.tables, 0);
}

static struct kunit_case live_cases[] = {
	KUNIT_CASE(live_merge),
	KUNIT_CASE_PARAM(live_uniform, live_change_gen_params),
	KUNIT_CASE(live_pause),
	KUNIT_CASE(live_refusal),
	{}
};

static struct kunit_suite live_suite = {
	.name = "linear_map_live",
	.test_cases = live_cases,
};

kunit_test_init_section_suites(&tables_suite, &live_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selftest of the linear map: in each phase of the boot, change attributes of a
 * page, of a 64K run, of a run that crosses a block boundary and of 2 MiB, and check
 * in the page tables that exactly those pages changed.
 *
 * In a realm the change is set_memory_decrypted() and set_memory_encrypted(), which
 * is what drivers call there from mem_init() on. Elsewhere these do nothing, so the
 * same pages are made invalid and valid again.
 *
 * Whether the map has to be block-mapped, and whether the changes have to succeed,
 * is worked out from the CPUs and the command line: expected_map(). What linear_map.c
 * says about itself is not asked.
 *
 * Each phase takes memory of its own, and keeps it until the last phase, so that it
 * finds leaves that no earlier phase has split. The tables are read without a lock:
 * those of the linear map are freed by memory hot-remove, and when leaves are
 * collapsed; both are kept out at run time. Nobody else changes the leaves of the
 * memory under test, except that they may be split.
 *
 * linear_map_selftest.early=1 adds a phase before the page allocator works: the
 * parameter is parsed there. linear_map_selftest.count=1 prints in each phase how much
 * of the linear map is mapped by leaves of each size.
 */
#define pr_fmt(fmt) "linear_map_selftest: " fmt

#include <linux/completion.h>
#include <linux/cpufeature.h>
#include <linux/cpuhotplug.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagewalk.h>
#include <linux/panic.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/string_choices.h>
#include <linux/uaccess.h>

#include <asm/kfence.h>
#include <asm/mmu.h>
#include <asm/mmu_context.h>
#include <asm/rsi.h>

#include "linear_map.h"

/* Its middle is a PMD boundary with 4K pages, a contpte one with 16K and 64K. */
#define REGION_SIZE	SZ_4M
#define REGION_PAGES	(REGION_SIZE / PAGE_SIZE)

static const struct test_range {
	const char *name;
	unsigned long offset;
	unsigned long size;
} ranges[] = {
	/* The largest first: what it splits is no smaller than itself. */
	{ "2M",			0,			SZ_2M },
	{ "64K",		SZ_64K,			SZ_64K },
	{ "page",		SZ_64K + PAGE_SIZE,	PAGE_SIZE },
	{ "block_boundary",	SZ_2M - SZ_64K,		2 * SZ_64K },
};

#define NR_TESTS	(ARRAY_SIZE(ranges) + 1)

enum phase {
	PAGING_INIT, INIT_IRQ, EARLY_INITCALL, SMP_BRINGUP, SMP_CHANGES, CAPS_FINAL,
	NR_BOOT_PHASES, RUNTIME = NR_BOOT_PHASES,
};

static const char * const phase_name[] = {
	[PAGING_INIT]		= "paging_init",
	[INIT_IRQ]		= "init_IRQ",
	[EARLY_INITCALL]	= "early_initcall",
	[SMP_BRINGUP]		= "smp_bringup",
	[SMP_CHANGES]		= "smp_changes",
	[CAPS_FINAL]		= "caps_final",
	[RUNTIME]		= "runtime",
};

struct report {
	struct seq_buf text;
	unsigned int pass, fail, skip;
};

static char boot_text[SZ_16K], runtime_text[SZ_4K];
static struct report boot_report = {
	.text = { .buffer = boot_text, .size = sizeof(boot_text) },
};

static struct report runtime_report = {
	.text = { .buffer = runtime_text, .size = sizeof(runtime_text) },
};

/* Serialises the run-time test, and it with who reads its report. */
static DEFINE_MUTEX(runtime_lock);

static u64 before[REGION_PAGES];

/* Print the leaves of the whole map in each phase: it is walked down to PTEs. */
static bool count_all;
module_param_named(count, count_all, bool, 0444);

/* One line of KTAP, to the log and to debugfs. */
static __printf(2, 3) void report_line(struct report *report, const char *fmt,
				       ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%pV\n", &vaf);
	va_end(args);

	va_start(args, fmt);
	seq_buf_vprintf(&report->text, fmt, args);
	va_end(args);
	seq_buf_putc(&report->text, '\n');
}

static const unsigned long leaf_size[] = {
	PAGE_SIZE, CONT_PTE_SIZE, PMD_SIZE, CONT_PMD_SIZE, PUD_SIZE,
};

struct leaf_sizes {
	unsigned long kib[ARRAY_SIZE(leaf_size)];
};

static int count_pud(pud_t *pudp, unsigned long addr, unsigned long next,
		     struct mm_walk *walk)
{
	struct leaf_sizes *sizes = walk->private;

	if (pud_leaf(pudp_get(pudp))) {
		sizes->kib[4] += (next - addr) / SZ_1K;
		walk->action = ACTION_CONTINUE;
	}

	return 0;
}

static int count_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next,
		     struct mm_walk *walk)
{
	struct leaf_sizes *sizes = walk->private;
	pmd_t pmd = pmdp_get(pmdp);

	cond_resched();

	if (pmd_leaf(pmd)) {
		sizes->kib[pmd_cont(pmd) ? 3 : 2] += (next - addr) / SZ_1K;
		walk->action = ACTION_CONTINUE;
	}

	return 0;
}

static int count_pte(pte_t *ptep, unsigned long addr, unsigned long next,
		     struct mm_walk *walk)
{
	struct leaf_sizes *sizes = walk->private;
	pte_t pte = __ptep_get(ptep);

	if (pte_present(pte))
		sizes->kib[pte_cont(pte) ? 1 : 0] += PAGE_SIZE / SZ_1K;

	return 0;
}

static const struct mm_walk_ops count_ops = {
	.pud_entry	= count_pud,
	.pmd_entry	= count_pmd,
	.pte_entry	= count_pte,
};

static struct leaf_sizes count_leaves(unsigned long start, unsigned long end)
{
	struct leaf_sizes sizes = {};

	walk_kernel_page_table_range_lockless(start, end, &count_ops, NULL,
					      &sizes);
	return sizes;
}

/* "4K=12 64K=0 ...": KiB mapped by leaves of each size. */
static const char *format_leaves(const struct leaf_sizes *sizes)
{
	static char text[128];
	struct seq_buf s;
	int i;

	seq_buf_init(&s, text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(leaf_size); i++) {
		unsigned long kib = leaf_size[i] / SZ_1K;

		if (kib < SZ_1K)
			seq_buf_printf(&s, " %luK", kib);
		else if (kib < SZ_1M)
			seq_buf_printf(&s, " %luM", kib / SZ_1K);
		else
			seq_buf_printf(&s, " %luG", kib / SZ_1M);
		seq_buf_printf(&s, "=%lu", sizes->kib[i]);
	}

	return seq_buf_str(&s);
}

/* The first and the last block of the map, without the alias of the kernel's text. */
struct blocks {
	unsigned long first, last;
};

static int note_block(unsigned long addr, bool leaf, struct mm_walk *walk)
{
	unsigned long text = (unsigned long)lm_alias(_stext);
	unsigned long end = (unsigned long)lm_alias(__init_begin);
	struct blocks *blocks = walk->private;

	if (leaf && (addr >= end || addr < ALIGN_DOWN(text, PMD_SIZE))) {
		if (!blocks->first)
			blocks->first = addr;
		blocks->last = addr;
	}

	return 0;
}

static int note_pud(pud_t *pudp, unsigned long addr, unsigned long next,
		    struct mm_walk *walk)
{
	bool leaf = pud_leaf(pudp_get(pudp));

	if (leaf)
		walk->action = ACTION_CONTINUE;
	return note_block(addr, leaf, walk);
}

static int note_pmd(pmd_t *pmdp, unsigned long addr, unsigned long next,
		    struct mm_walk *walk)
{
	walk->action = ACTION_CONTINUE;
	return note_block(addr, pmd_leaf(pmdp_get(pmdp)), walk);
}

static const struct mm_walk_ops note_ops = {
	.pud_entry	= note_pud,
	.pmd_entry	= note_pmd,
};

static struct blocks find_blocks(void)
{
	struct blocks blocks = {};

	walk_kernel_page_table_range_lockless(_PAGE_OFFSET(vabits_actual), PAGE_END,
					      &note_ops, NULL, &blocks);
	return blocks;
}

/**
 * linear_map_descriptor() - How is a page mapped?
 * @addr: its address
 * @size: NULL, or where to store the size of the leaf that maps it
 *
 * Context: any in which no page tables are freed
 * Return: 0 if it is not mapped; else its output address and all attributes,
 * including those of the tables above, whatever the size of the leaf
 */
u64 linear_map_descriptor(unsigned long addr, unsigned long *size)
{
	const u64 table_attrs = PMD_TABLE_PXN | PMD_TABLE_UXN;
	unsigned long bytes;
	u64 tables = 0, desc;
	unsigned long pfn;
	pgprot_t prot;
	p4d_t p4d, *p4dp;
	pud_t pud, *pudp;
	pmd_t pmd, *pmdp;
	pgd_t pgd;
	pte_t pte;

	pgd = pgdp_get(pgd_offset_k(addr));
	if (pgd_none(pgd))
		return 0;
	if (pgtable_l5_enabled())
		tables |= pgd_val(pgd);

	p4dp = p4d_offset(pgd_offset_k(addr), addr);
	p4d = p4dp_get(p4dp);
	if (p4d_none(p4d))
		return 0;
	if (pgtable_l4_enabled())
		tables |= p4d_val(p4d);

	pudp = pud_offset(p4dp, addr);
	pud = pudp_get(pudp);
	if (pud_none(pud))
		return 0;
	if (pud_leaf(pud)) {
		pfn = pud_pfn(pud) + (addr & ~PUD_MASK) / PAGE_SIZE;
		prot = pud_pgprot(pud);
		bytes = PUD_SIZE;
		goto leaf;
	}
	if (CONFIG_PGTABLE_LEVELS > 2)
		tables |= pud_val(pud);

	pmdp = pmd_offset(pudp, addr);
	pmd = pmdp_get(pmdp);
	if (pmd_none(pmd))
		return 0;
	if (pmd_leaf(pmd)) {
		pfn = pmd_pfn(pmd) + (addr & ~PMD_MASK) / PAGE_SIZE;
		prot = pmd_pgprot(pmd);
		bytes = pmd_cont(pmd) ? CONT_PMD_SIZE : PMD_SIZE;
		goto leaf;
	}
	tables |= pmd_val(pmd);

	pte = __ptep_get(pte_offset_kernel(pmdp, addr));
	pfn = pte_pfn(pte);
	prot = pte_pgprot(pte);
	bytes = pte_cont(pte) ? CONT_PTE_SIZE : PAGE_SIZE;
leaf:
	if (size)
		*size = bytes;
	desc = pte_val(pfn_pte(pfn, prot));
	desc &= ~(PTE_CONT | (PTE_TYPE_MASK & ~PTE_VALID));
	tables &= table_attrs;

	return desc | (tables & PMD_TABLE_PXN ? PTE_PXN : 0) |
	       (tables & PMD_TABLE_UXN ? PTE_UXN : 0);
}

static u64 changed_descriptor(u64 desc)
{
	if (is_realm_world())
		return desc | PROT_NS_SHARED;

	return (desc & ~PTE_PRESENT_VALID_KERNEL) | PTE_PRESENT_INVALID;
}

/* Are the pages of [start, end), and no others of the region, changed? */
static bool exactly_changed(unsigned long region, unsigned long start,
			    unsigned long end)
{
	for (int i = 0; i < REGION_PAGES; i++) {
		unsigned long addr = region + i * PAGE_SIZE;
		u64 want = before[i];

		if (addr >= start && addr < end)
			want = changed_descriptor(want);
		if (linear_map_descriptor(addr, NULL) != want)
			return false;
	}

	return true;
}

static int change(unsigned long start, unsigned long end)
{
	int numpages = (end - start) / PAGE_SIZE;

	if (is_realm_world())
		return set_memory_decrypted(start, numpages);

	return set_memory_valid(start, numpages, false);
}

static int restore(unsigned long start, unsigned long end)
{
	int numpages = (end - start) / PAGE_SIZE;

	if (is_realm_world())
		return set_memory_encrypted(start, numpages);

	return set_memory_valid(start, numpages, true);
}

/* One word for each page, so that no two of them can be mistaken. */
static void write_pages(unsigned long start, unsigned long end)
{
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE)
		WRITE_ONCE(*(unsigned long *)addr, ~addr);
}

static bool pages_hold_what_was_written(unsigned long start, unsigned long end)
{
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		if (READ_ONCE(*(unsigned long *)addr) != ~addr)
			return false;
	}

	return true;
}

static bool pages_cannot_be_read(unsigned long start, unsigned long end)
{
	unsigned long val;

	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		if (!copy_from_kernel_nofault(&val, (void *)addr, sizeof(val)))
			return false;
	}

	return true;
}

/* NULL, or what went wrong; then the region must not be used again. */
static const char *test_range(unsigned long region, const struct test_range *t)
{
	unsigned long start = region + t->offset;
	unsigned long end = start + t->size;

	for (int i = 0; i < REGION_PAGES; i++)
		before[i] = linear_map_descriptor(region + i * PAGE_SIZE, NULL);

	write_pages(start, end);

	if (change(start, end))
		return "the change was refused";
	if (!exactly_changed(region, start, end))
		return "not exactly those pages changed";
	if (exactly_changed(region, start, end + PAGE_SIZE) ||
	    exactly_changed(region, start, end - PAGE_SIZE))
		return "the comparison does not see a page too many or too few";

	if (is_realm_world()) {
		write_pages(start, end);
		if (!pages_hold_what_was_written(start, end))
			return "the shared alias does not hold what was written";
	} else if (!pages_cannot_be_read(start, end)) {
		return "an invalid page can be read";
	}

	if (restore(start, end))
		return "the restore was refused";
	if (!exactly_changed(region, start, start))
		return "attributes are not as at the start";

	/* The host may have scrubbed what was shared. */
	if (is_realm_world())
		write_pages(start, end);
	if (!pages_hold_what_was_written(start, end))
		return "the pages do not hold what was written";

	return NULL;
}

/* linear_map=pte and pte-first: what the user has asked for */
static bool asked_for_pages, asked_for_pages_first;

static int __init note_linear_map(char *arg)
{
	asked_for_pages = arg && !strcmp(arg, "pte");
	asked_for_pages_first = arg && !strcmp(arg, "pte-first");

	return 0;
}
early_param("linear_map", note_linear_map);

enum map { MAP_BLOCKS, MAP_FIXED_BLOCKS, MAP_PAGES };

static const char * const map_name[] = {
	[MAP_BLOCKS]		= "block-mapped, may be split",
	[MAP_FIXED_BLOCKS]	= "block-mapped, never split",
	[MAP_PAGES]		= "page-mapped",
};

/* The boot CPU, and all CPUs that have come online so far, support BBML3. */
static bool boot_cpu_supports_bbml3, all_support_bbml3;

/*
 * What the linear map has to be by now: blocks if all CPUs support BBML3. If one does
 * not, pages if single pages have to be changed, or else blocks that stay.
 */
static enum map expected_map(void)
{
	if (debug_pagealloc_enabled() || asked_for_pages)
		return MAP_PAGES;
	/* Collapsed from SYSTEM_RUNNING on. */
	if (asked_for_pages_first && boot_cpu_supports_bbml3 &&
	    (system_state < SYSTEM_RUNNING || !all_support_bbml3))
		return MAP_PAGES;

	if (system_capabilities_finalized() && all_support_bbml3 &&
	    !system_supports_bbml3())
		return MAP_FIXED_BLOCKS;
	if (all_support_bbml3)
		return MAP_BLOCKS;

	return rodata_full || is_realm_world() || arm64_kfence_can_set_direct_map() ?
	       MAP_PAGES : MAP_FIXED_BLOCKS;
}

/* NULL, or why the linear map, with blocks or without, is not as expected. */
static const char *wrong_map(enum map expected, bool blocks)
{
	if (expected == MAP_PAGES)
		return blocks ? "has blocks" : NULL;

	return blocks ? NULL : "has no blocks";
}

/*
 * Phase SMP_CHANGES: while other CPUs are brought up, the first secondary changes and
 * restores the ranges over and over. If the linear map is split for one of them, at
 * least one change has to overlap with that.
 */
static struct changer {
	struct task_struct *task;
	struct completion started;
	struct blocks blocks;
	unsigned int rounds;
	unsigned int overlaps;
	const char *skip;
	const char *error[ARRAY_SIZE(ranges)];
} changer = {
	.started = COMPLETION_INITIALIZER(changer.started),
	.skip = "no secondary CPU",
};

static bool is_page_mapped(unsigned long addr)
{
	unsigned long size;

	return linear_map_descriptor(addr, &size) && size == PAGE_SIZE;
}

/* Has the split of the linear map for another CPU begun, at the first block? */
static bool split_has_begun(void)
{
	return changer.blocks.first && is_page_mapped(changer.blocks.first) &&
	       is_page_mapped(changer.blocks.first + PMD_SIZE - PAGE_SIZE);
}

static bool split_has_ended(void)
{
	return is_page_mapped(changer.blocks.last);
}

/* Change and restore the range. Counts if that overlaps the split of the map. */
static const char *change_once(unsigned long region, const struct test_range *t)
{
	unsigned long start = region + t->offset;
	unsigned long end = start + t->size;
	bool ended = split_has_ended();

	if (change(start, end))
		return "the change was refused";
	if (restore(start, end))
		return "the restore was refused";
	changer.overlaps += !ended && split_has_begun();

	return NULL;
}

static int change_until_stopped(void *data)
{
	unsigned long region = (unsigned long)data;
	const char *error = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(ranges) && !error; i++) {
		error = test_range(region, &ranges[i]);
		changer.error[i] = error;
	}
	/* The next CPU is not brought up before. */
	complete(&changer.started);
	while (!error && !kthread_should_stop()) {
		for (i = 0; i < ARRAY_SIZE(ranges) && !error; i++)
			error = change_once(region, &ranges[i]);
		changer.rounds++;
		/* Interrupts do not preempt yet. */
		schedule();
	}
	/* before[] is still what test_range() has found. */
	if (!error && !exactly_changed(region, region, region))
		error = "attributes are not as at the start";
	if (!changer.error[0])
		changer.error[0] = error;

	while (!kthread_should_stop())
		schedule_timeout_idle(1);
	return 0;
}

static void report_check(struct report *report, unsigned int nr, const char *name,
			 const char *error)
{
	if (error) {
		report_line(report, "    # %s: %s", name, error);
		report->fail++;
	} else {
		report->pass++;
	}
	report_line(report, "    %s %u %s", error ? "not ok" : "ok", nr, name);
}

static void report_skip(struct report *report, unsigned int nr, const char *name,
			const char *why)
{
	report_line(report, "    ok %u %s # SKIP %s", nr, name, why);
	report->skip++;
}

/* Returns false if a page of the region is in an unknown state. */
static bool run_phase(struct report *report, enum phase phase,
		      unsigned long region, const char *skip)
{
	enum map expected = expected_map();
	bool blocks = find_blocks().first;
	unsigned int failed = report->fail, skipped = report->skip, nr = 0;
	struct leaf_sizes sizes;
	const char *error;
	bool sane = true;

	report_line(report, "    KTAP version 1");
	report_line(report, "    # Subtest: %s", phase_name[phase]);
	report_line(report, "    1..%zu", NR_TESTS);

	report_line(report, "    # expected: %s", map_name[expected]);
	if (skip)
		report_skip(report, ++nr, "map", skip);
	else
		report_check(report, ++nr, "map", wrong_map(expected, blocks));

	for (int i = 0; i < ARRAY_SIZE(ranges); i++) {
		const char *name = ranges[i].name;

		if (skip || expected == MAP_FIXED_BLOCKS) {
			report_skip(report, ++nr, name,
				    skip ?: "blocks must not be split");
			continue;
		}

		if (!sane)
			error = "an earlier range could not be restored";
		else if (phase == SMP_CHANGES)
			error = changer.error[i];
		else
			error = test_range(region, &ranges[i]);
		sane = !error;

		report_check(report, ++nr, name, error);
		if (!error) {
			sizes = count_leaves(region, region + REGION_SIZE);
			report_line(report, "    # %s: leaves of the region:%s",
				    name, format_leaves(&sizes));
		}
	}

	failed = report->fail - failed;
	skipped = report->skip - skipped;
	report_line(report, "%s %u %s%s", failed ? "not ok" : "ok",
		    phase == RUNTIME ? 1 : phase + 1, phase_name[phase],
		    skipped == NR_TESTS ? " # SKIP" : "");

	if (count_all)
		sizes = count_leaves(_PAGE_OFFSET(vabits_actual), PAGE_END);
	pr_info("phase=%s realm=%s map=%s%s\n", phase_name[phase],
		str_yes_no(is_realm_world()), blocks ? "blocks" : "pages",
		count_all ? format_leaves(&sizes) : "");

	return sane;
}

static void start_report(struct report *report, unsigned int nr)
{
	seq_buf_clear(&report->text);
	report->pass = 0;
	report->fail = 0;
	report->skip = 0;
	report_line(report, "KTAP version 1");
	report_line(report, "1..%u", nr);
}

static void end_report(struct report *report)
{
	report_line(report, "# Totals: pass:%u fail:%u skip:%u", report->pass,
		    report->fail, report->skip);
	WARN_ONCE(seq_buf_has_overflowed(&report->text), "report too long\n");
}

/* Memory of the boot phases, given back when the last one has ended. */
static struct page *held[NR_BOOT_PHASES];

static bool run_phase_on_pages(struct report *report, enum phase phase,
			       struct page **page)
{
	*page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, get_order(REGION_SIZE));
	if (!*page)
		return run_phase(report, phase, 0, "no 4 MiB of memory in one piece");

	return run_phase(report, phase, (unsigned long)
			 kasan_reset_tag(page_address(*page)), NULL);
}

static void run_boot_phase(enum phase phase)
{
	/* A page in an unknown state is not given back. */
	if (!run_phase_on_pages(&boot_report, phase, &held[phase]))
		held[phase] = NULL;
}

/* Runs the first phase where parameters are parsed, before mm_core_init(). */
static bool ran_early __initdata;

static int __init run_early(const char *val, const struct kernel_param *kp)
{
	void *region;
	bool run;
	int ret = kstrtobool(val, &run);

	if (ret || !run)
		return ret;

	boot_cpu_supports_bbml3 = cpu_supports_bbml3();
	all_support_bbml3 = boot_cpu_supports_bbml3;
	ran_early = true;
	start_report(&boot_report, NR_BOOT_PHASES);
	region = memblock_alloc(REGION_SIZE, REGION_SIZE);
	if (!region)
		run_phase(&boot_report, PAGING_INIT, 0, "no memory");
	else if (run_phase(&boot_report, PAGING_INIT, (unsigned long)region, NULL))
		memblock_free(region, REGION_SIZE);

	return 0;
}

static const struct kernel_param_ops early_ops __refconst = { .set = run_early };
module_param_cb(early, &early_ops, NULL, 0);

/**
 * linear_map_selftest_init_irq() - Run the test where the GIC driver shares memory
 *
 * Context: boot CPU, at the end of init_IRQ(). Interrupts are off.
 */
void __init linear_map_selftest_init_irq(void)
{
	if (!ran_early) {
		boot_cpu_supports_bbml3 = cpu_supports_bbml3();
		all_support_bbml3 = boot_cpu_supports_bbml3;
		start_report(&boot_report, NR_BOOT_PHASES);
		run_phase(&boot_report, PAGING_INIT, 0, "linear_map_selftest.early=1 runs it");
	}
	run_boot_phase(INIT_IRQ);
}

static enum cpuhp_state bringup_state __initdata;
static enum cpuhp_state scarce_state __initdata;
static bool bringup_done;

static void stop_changer(void)
{
	if (changer.task)
		kthread_stop(changer.task);
	changer.task = NULL;
}

static void start_changer(unsigned int cpu)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN,
					get_order(REGION_SIZE));
	struct task_struct *task;

	changer.skip = "no memory";
	if (!page)
		return;

	task = kthread_create_on_cpu(change_until_stopped,
				     kasan_reset_tag(page_address(page)),
				     cpu, "linear_map/%u");
	if (IS_ERR(task)) {
		__free_pages(page, get_order(REGION_SIZE));
		return;
	}
	held[SMP_CHANGES] = page;
	changer.blocks = find_blocks();
	changer.task = task;
	changer.skip = NULL;
	wake_up_process(task);
	wait_for_completion(&changer.started);
}

/*
 * On each secondary, while the boot CPU waits to bring up the next. The changes end
 * with the last one, or with linear_map_selftest_caps_final().
 */
static int selftest_secondary_online(unsigned int cpu)
{
	if (!cpu_supports_bbml3())
		all_support_bbml3 = false;

	if (!bringup_done) {
		bringup_done = true;
		run_boot_phase(SMP_BRINGUP);
		changer.skip = "blocks must not be split";
		if (expected_map() != MAP_FIXED_BLOCKS)
			start_changer(cpu);
	}
	if (changer.task && num_online_cpus() == min(num_present_cpus(), setup_max_cpus))
		stop_changer();

	return 0;
}

static void __init report_changer(void)
{
	struct page *page = held[SMP_CHANGES];

	if (changer.skip) {
		run_phase(&boot_report, SMP_CHANGES, 0, changer.skip);
		return;
	}

	stop_changer();
	pr_info("the first secondary made %u rounds, %u changes while the map was split\n",
		changer.rounds, changer.overlaps);
	if (changer.blocks.first && !find_blocks().first && !changer.overlaps &&
	    !changer.error[0])
		changer.error[0] = "no change overlapped the split of the linear map";
	if (!run_phase(&boot_report, SMP_CHANGES,
		       (unsigned long)kasan_reset_tag(page_address(page)), NULL))
		held[SMP_CHANGES] = NULL;
}

/*
 * linear_map_selftest.scarce=N: while CPU N is brought up there is memory for some
 * page tables, but not for a page-mapped linear map.
 */
static int scarce_cpu = -1;
module_param_named(scarce, scarce_cpu, int, 0444);

#define SCARCE_PAGES	128

static LIST_HEAD(hoard);

/* Take up to @count free pages of @order. */
static void selftest_take(struct list_head *list, unsigned int order, unsigned int count)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	struct page *page;

	while (count-- && (page = alloc_pages(gfp, order))) {
		set_page_private(page, order);
		list_add(&page->lru, list);
	}
}

static void selftest_free(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru)
		__free_pages(page, page_private(page));
	INIT_LIST_HEAD(list);
}

static int selftest_give_back(unsigned int cpu)
{
	if (cpu == scarce_cpu)
		selftest_free(&hoard);

	return 0;
}

static int selftest_hoard(unsigned int cpu)
{
	LIST_HEAD(left);

	if (cpu != scarce_cpu)
		return 0;
	selftest_take(&left, 0, SCARCE_PAGES);
	for (int order = MAX_PAGE_ORDER; order >= 0; order--)
		selftest_take(&hoard, order, UINT_MAX);
	selftest_free(&left);

	return 0;
}

static int __init selftest_early_initcall(void)
{
	int state;

	run_boot_phase(EARLY_INITCALL);

	if (scarce_cpu >= 0) {
		state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
						  "arm64/linear_map_selftest:prepare",
						  selftest_hoard, selftest_give_back);
		if (state < 0)
			return state;
		scarce_state = state;
	}

	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					  "arm64/linear_map_selftest:online",
					  selftest_secondary_online, NULL);
	if (state < 0)
		return state;
	bringup_state = state;

	return 0;
}
early_initcall(selftest_early_initcall);

static int __init selftest_caps_final(void)
{
	if (bringup_state)
		cpuhp_remove_state_nocalls(bringup_state);
	if (!bringup_done)
		run_phase(&boot_report, SMP_BRINGUP, 0, "no secondary CPU");
	report_changer();

	if (scarce_state)
		cpuhp_remove_state_nocalls(scarce_state);
	selftest_give_back(scarce_cpu);
	run_boot_phase(CAPS_FINAL);
	if (test_taint(TAINT_WARN))
		pr_info("there was a warning during the boot\n");
	end_report(&boot_report);
	pr_info("totals: pass:%u fail:%u skip:%u\n", boot_report.pass,
		boot_report.fail, boot_report.skip);

	for (int i = 0; i < NR_BOOT_PHASES; i++) {
		if (held[i])
			__free_pages(held[i], get_order(REGION_SIZE));
	}

	return 0;
}
core_initcall(selftest_caps_final);

/**
 * linear_map_selftest_run() - Run the test once more, at run time
 *
 * The report is in debugfs, linear_map_selftest/runtime.
 *
 * Context: process context. Sleeps.
 * Return: the number of checks that failed
 */
int linear_map_selftest_run(void)
{
	struct page *page;

	guard(mutex)(&runtime_lock);

	get_online_mems();
	/* The tables are walked without a lock. */
	linear_map_collapse_pause();
	start_report(&runtime_report, 1);
	if (run_phase_on_pages(&runtime_report, RUNTIME, &page) && page)
		__free_pages(page, get_order(REGION_SIZE));
	linear_map_collapse_resume();
	put_online_mems();
	end_report(&runtime_report);

	return runtime_report.fail;
}
EXPORT_SYMBOL_NS_GPL(linear_map_selftest_run, "LINEAR_MAP_SELFTEST");

static int results_show(struct seq_file *s, void *unused)
{
	seq_puts(s, seq_buf_str(&boot_report.text));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

static int runtime_show(struct seq_file *s, void *unused)
{
	guard(mutex)(&runtime_lock);

	seq_puts(s, seq_buf_str(&runtime_report.text));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(runtime);

static int __init selftest_debugfs(void)
{
	struct dentry *dir = debugfs_create_dir("linear_map_selftest", NULL);

	debugfs_create_file("results", 0400, dir, NULL, &results_fops);
	debugfs_create_file("runtime", 0400, dir, NULL, &runtime_fops);

	return 0;
}
late_initcall(selftest_debugfs);

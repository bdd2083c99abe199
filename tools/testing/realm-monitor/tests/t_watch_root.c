// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tables are judged: those of a root that some CPU uses or may still
 * have in its TLB. And who has to tolerate a live change of size.
 */

#include "watch.h"

static u64 *main_root, *trampoline;
static struct place page, block, spare;
static u64 *split;

static void build(void)
{
	u64 va = va_base() + 3 * level_size(2);

	main_root = root_new();
	trampoline = root_new();
	page = place(main_root, va, 3);
	*page.entry = desc_leaf(3, DATA);
	block = place(main_root, va + level_size(2), 2);
	*block.entry = desc_leaf(2, ALIGN_DOWN(DATA, level_size(2)));
	spare = place(main_root, va + 2 * level_size(2), 2);
	*place(trampoline, va, 3).entry = desc_leaf(3, DATA);
	split = table_new();
	table_fill(split, 3, desc_leaf(3, ALIGN_DOWN(DATA, level_size(2))));
}

static bool start(void)
{
	if (!watch_start())
		return false;
	build();
	mmu_on(main_root);
	judge("before anything");
	judge_tables(count_tables(main_root), "tables of one root");
	return true;
}

/* Another output address for the page, and back. */
static void bad_change(bool judged, const char *what)
{
	u64 desc = *page.entry;

	if (judged)
		plant("output-address", page, desc ^ BIT(20));
	else
		watch_store(page.entry, desc ^ BIT(20));
	judge(what);
	watch_store(page.entry, 0);
	flush_all();
	watch_store(page.entry, desc);
	judge(what);
}

static void roots(void)
{
	struct place fresh;
	u64 *table;

	if (!start())
		return;
	bad_change(true, "its own root");

	/* In and out of the trampoline, as KPTI does it for each exception. */
	mmu_root(trampoline);
	judge_tables(count_tables(main_root) + count_tables(trampoline),
		     "tables of two roots");
	bad_change(true, "in the trampoline");
	mmu_root(main_root);
	bad_change(true, "back from it");
	mmu_root(trampoline);
	mmu_root(main_root);
	mmu_root(trampoline);
	watch_store(spare.entry, desc_table(table = table_new()));
	judge_tables(count_tables(main_root) + count_tables(trampoline),
		     "a table linked meanwhile");
	mmu_root(main_root);
	fresh = place(main_root, spare.va, 3);
	watch_store(fresh.entry, desc_leaf(3, DATA));
	plant("output-address", fresh, desc_leaf(3, DATA) ^ BIT(20));
	watch_store(fresh.entry, 0);
	watch_store(spare.entry, 0);
	flush_all();
	memset(table, 0, granule());
	judge("a table linked meanwhile");

	/* With VMALLE1 it is over: what was a table is data. */
	mmu_root(trampoline);
	flush_local();
	judge_tables(count_tables(trampoline), "tables of the trampoline");
	bad_change(false, "nobody has it");
	*spare.entry = desc_table(table_new());
	fresh = place(main_root, spare.va, 3);
	*fresh.entry = desc_leaf(3, DATA);
	*fresh.entry = desc_leaf(3, DATA) ^ BIT(20);
	judge("a table that came meanwhile");

	mmu_root(main_root);
	judge_tables(count_tables(main_root) + count_tables(trampoline),
		     "tables of both again");
	bad_change(true, "loaded again");
	plant("output-address", fresh, desc_leaf(3, DATA));
	flush_local();
	judge_tables(count_tables(main_root), "the trampoline is gone");

	/* The TLB outlives SCTLR_EL1.M. */
	mmu_off();
	bad_change(true, "MMU off");
	mmu_enable();
	bad_change(true, "MMU on again");
	mmu_off();
	flush_local();
	bad_change(false, "MMU off, TLB empty");
	judge_tables(0, "no table");
	memset(split, 0x5a, granule());
	judge("data");
	mmu_on(main_root);
	bad_change(true, "MMU on");

	/* An ASID, as with TCR_EL1.A1, and CnP are no part of the address. */
	mmu_root(trampoline);
	flush_local();
	mmu_root((u64 *)((u64)main_root | 5UL << 48 | 1));
	judge_tables(count_tables(main_root) + count_tables(trampoline),
		     "tables of a root with an ASID");
	bad_change(true, "a root with an ASID");
	mmu_root(main_root);
	judge_tables(count_tables(main_root), "one root by two names");

	/* Walks can be turned off, too. */
	write_sysreg(read_sysreg(tcr_el1) | TCR_EPD1, tcr_el1);
	isb();
	bad_change(true, "no walks, but what is cached");
	bad_change(false, "no walks");
	write_sysreg(read_sysreg(tcr_el1) & ~TCR_EPD1, tcr_el1);
	isb();
	bad_change(true, "walks");
	check_eq(exceptions, 0, "exceptions");
}

/* More roots than a kernel has at once, one after the other. */
static void many_roots(void)
{
	unsigned int i;

	if (!start())
		return;
	for (i = 0; i < 40; i++) {
		u64 *root = root_new();

		*place(root, page.va, 3).entry = desc_leaf(3, DATA);
		mmu_root(root);
		/* Eight of them are in the TLB at times. */
		if (i % 8 == 7)
			flush_local();
	}
	mmu_root(main_root);
	flush_local();
	judge_tables(count_tables(main_root), "the last one is left");
	bad_change(true, "the last one");
}

/* From one format to another, with nothing in between that is cached. */
static void other_format(void)
{
	if (!start())
		return;
	bad_change(true, "the first format");
	mmu_off();
	flush_local();
	bad_change(false, "MMU off");
	if (!format_set(16, 48, false)) {
		skip("the CPU lacks the other format");
		return;
	}
	build();
	mmu_on(main_root);
	judge_tables(count_tables(main_root), "tables");
	bad_change(true, "the other format");
}

/* Two CPUs with kernels of their own are not followed. */
static void two_formats(void)
{
	if (!start())
		return;
	workers_start();
	format_set(12, 48, false);
	worker_do(1, work_mmu_on, (u64)root_new());
}

static void work_flush_all(u64 unused)
{
	(void)unused;
	flush_all();
}

static void work_mmu_off(u64 unused)
{
	(void)unused;
	mmu_off();
}

static void work_change(u64 entry)
{
	watch_store((u64 *)entry, desc_leaf(3, DATA));
}

/* Two CPUs: both have to be through with it. */
static void roots_smp(void)
{
	struct place run;
	unsigned int i;

	if (!start())
		return;
	workers_start();
	worker_do(1, work_mmu_on, (u64)main_root);
	mmu_root(trampoline);
	flush_local();
	bad_change(true, "the other CPU uses it");
	worker_do(1, work_mmu_root, (u64)trampoline);
	bad_change(true, "its TLB may have it");
	flush_all();
	bad_change(false, "VMALLE1IS");
	worker_do(1, work_mmu_root, (u64)main_root);
	bad_change(true, "the other CPU uses it again");
	workers_stop();
	bad_change(false, "the other CPU is off");
	judge_tables(count_tables(trampoline), "tables of the trampoline");
	workers_start();
	bad_change(false, "and on, its MMU off");

	/* A local TLBI is for one CPU, and so is what another one may have. */
	worker_do(1, work_mmu_on, (u64)main_root);
	worker_do(1, work_mmu_root, (u64)trampoline);
	mmu_root(main_root);
	watch_store(page.entry, 0);
	tlbi("vaale1", tlbi_va(page.va, 0));
	plant("no-break", page, desc_leaf(3, DATA) ^ BIT(20));
	flush_all();
	watch_store(page.entry, 0);
	flush_all();
	watch_store(page.entry, desc_leaf(3, DATA) ^ BIT(20));
	watch_store(page.entry, 0);
	tlbi("vaale1", tlbi_va(page.va, 0));
	watch_store(page.entry, desc_leaf(3, DATA));
	judge("a local TLBI where nobody else has it");

	/* One CPU unmaps, another one does the TLBI, a third one maps. */
	worker_do(1, work_mmu_root, (u64)main_root);
	watch_store(page.entry, 0);
	worker_do(1, work_flush_all, 0);
	watch_store(page.entry, desc_leaf(3, DATA) ^ BIT(20));
	judge("another CPU's TLBI");

	/* What a CPU had in its TLB goes with it. */
	watch_store(page.entry, 0);
	flush_all();
	watch_store(page.entry, desc_leaf(3, DATA));
	watch_store(page.entry, 0);
	tlbi("vaale1", tlbi_va(page.va, 0));
	workers_stop();
	watch_store(page.entry, desc_leaf(3, DATA) ^ BIT(20));
	judge("a CPU that is off has no old translation");
	workers_start();
	worker_do(1, work_mmu_on, (u64)main_root);

	/* A TLBI by a CPU that did not change the run is for something else. */
	run = place_behind(page, 128);
	for (i = 0; i < run_length(3); i++)
		watch_store(run.entry + i, desc_leaf(3, DATA + i * granule()));
	watch_store(run.entry, *run.entry | PTE_CONT);
	worker_do(1, flush_leaf, run.va);
	for (i = 1; i < run_length(3); i++)
		watch_store(run.entry + i, run.entry[i] | PTE_CONT);
	flush_leaf(run.va);
	judge("a run, and another CPU's TLBI meanwhile");

	/* A CPU with its MMU off changes what others use. */
	worker_do(1, work_mmu_off, 0);
	expect("output-address", page, 1, 1, 0);
	worker_do(1, work_change, (u64)page.entry);
	judge("by a CPU whose MMU is off");
	check_eq(*page.entry, desc_leaf(3, DATA), "it was done");
	workers_stop();
	check_eq(exceptions, 0, "exceptions");
}

/* Split the block and collapse it again, with all that belongs to it. */
static void change_size(bool split_tolerated, bool collapse_tolerated,
			const char *what)
{
	u64 desc = *block.entry;

	print("# %s\n", what);
	if (split_tolerated)
		watch_store(block.entry, desc_table(split));
	else
		plant("size", block, desc_table(split));
	flush_all();
	if (collapse_tolerated)
		watch_store(block.entry, desc);
	else
		plant("size", block, desc);
	flush_all();
	table_fill(split, 3, desc_leaf(3, ALIGN_DOWN(DATA, level_size(2))));
	judge(what);
}

/* The contiguous bit of a run is size, too; break before make is not. */
static void other_sizes(bool tolerated)
{
	struct place run = place_behind(page, 128);
	unsigned int i, n = run_length(3);
	u64 lr = next_lr(), desc = *block.entry;

	for (i = 0; i < n; i++)
		watch_store(run.entry + i, desc_leaf(3, DATA + i * granule()));
	if (!tolerated)
		expect("size", run, 0, n, lr);
	for (i = 0; i < n; i++)
		watch_store_lr(run.entry + i, run.entry[i] | PTE_CONT, lr);
	flush_all();
	judge("contiguous");
	for (i = 0; i < n; i++)
		watch_store(run.entry + i, 0);
	flush_all();

	watch_store(block.entry, 0);
	flush_all();
	watch_store(block.entry, desc_table(split));
	watch_store(block.entry, 0);
	flush_all();
	watch_store(block.entry, desc);
	judge("break before make");
	if (!tolerated) {
		watch_store(block.entry, 0);
		table_fill(split, 3,
			   desc_leaf(3, ALIGN_DOWN(DATA, level_size(2))));
		plant("no-break", block, desc_table(split));
		flush_all();
		watch_store(block.entry, 0);
		flush_all();
		watch_store(block.entry, desc);
	}
	table_fill(split, 3, desc_leaf(3, ALIGN_DOWN(DATA, level_size(2))));
}

/* The other CPU, 1, does not tolerate it. */
static void intolerant(void)
{
	if (!start())
		return;
	workers_start();
	change_size(true, true, "it is on, MMU off");
	worker_do(1, work_mmu_on, (u64)trampoline);
	change_size(true, true, "it has another root");
	worker_do(1, work_mmu_root, (u64)main_root);
	change_size(false, false, "it uses the root");
	other_sizes(false);
	worker_do(1, work_mmu_root, (u64)trampoline);
	/* flush_all() empties its TLB before the collapse. */
	change_size(false, true, "it left without a TLBI");
	worker_do(1, work_flush, 0);
	change_size(true, true, "it left with a TLBI");
	other_sizes(true);
	worker_do(1, work_mmu_root, (u64)main_root);
	worker_do(1, work_mmu_root, (u64)trampoline);
	flush_all();
	change_size(true, true, "it left, and another CPU did the TLBI");
	worker_do(1, work_mmu_root, (u64)main_root);
	change_size(false, false, "it is back");
	workers_stop();
	change_size(true, true, "it is off");
	check_eq(exceptions, 0, "exceptions");
}

/* Both do, as monitor.cpus= says: contiguous or not, nothing is found. */
static void tolerant(void)
{
	if (!start())
		return;
	workers_start();
	worker_do(1, work_mmu_on, (u64)main_root);
	change_size(true, true, "both tolerate it");
	other_sizes(true);
	workers_stop();
}

/* The only CPU does not. */
static void intolerant_alone(void)
{
	if (!start())
		return;
	change_size(false, false, "the CPU itself");
	other_sizes(false);
	mmu_root(trampoline);
	flush_local();
	change_size(true, true, "it left");
}

const struct scenario watch_root_scenarios[] = {
	{ "watch-roots", roots },
	{ "watch-roots-many", many_roots },
	{ "watch-roots-smp", roots_smp },
	{ "watch-other-format", other_format },
	{ "watch-two-formats", two_formats },
	{ "watch-intolerant", intolerant },
	{ "watch-tolerant", tolerant },
	{ "watch-intolerant-alone", intolerant_alone },
	{ }
};

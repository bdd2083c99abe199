// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page-table watch and the rest of the monitor: memory given to the host,
 * updates by the table walker, held CPUs, and a broken audit.
 */

#include "watch.h"

#define ID_AA64MMFR1_HAFDBS	0

/* guest_start.S */
void store_at_0x40(u64 *entry, u64 value);

static u64 *root;
static struct place page, block;

static bool start(void)
{
	u64 va;

	if (!watch_start())
		return false;
	va = va_base() + 3 * level_size(2);
	root = root_new();
	page = place(root, va, 3);
	*page.entry = desc_leaf(3, DATA);
	block = place(root, va + level_size(2), 2);
	*block.entry = desc_leaf(2, ALIGN_DOWN(DATA, level_size(2)));
	return true;
}

static void set_ripas(u64 ipa, u64 ripas)
{
	struct smc s = { .x = { RSI_IPA_STATE_SET, ipa, ipa + granule(), ripas,
				1 } };

	smc_call(&s);
	check(s.x[0] == RSI_SUCCESS && s.x[1] == ipa + granule() &&
	      s.x[2] == RSI_ACCEPT, ripas ? "taken back" : "given to the host");
}

/* As the kernel's set_memory_decrypted() does it, and back. */
static void share(u64 pa, u64 desc)
{
	watch_store(page.entry, 0);
	flush_leaf(page.va);
	set_ripas(pa, EMPTY);
	watch_store(page.entry, desc | SHARED);
	*(volatile u64 *)page.va = 0x1234;
	check_eq(*(volatile u64 *)(pa | SHARED), 0x1234, "it is shared");
	watch_store(page.entry, 0);
	flush_leaf(page.va);
	set_ripas(pa, RAM);
	watch_store(page.entry, desc);
	check_eq(*(volatile u64 *)page.va, 0x1234, "it is protected");
}

static void handed_over(void)
{
	struct place spare;
	u64 desc, pa = DATA, *table;

	if (!start())
		return;
	spare = place_behind(block, 1);
	mmu_on(root);
	desc = *page.entry;
	share(pa, desc);
	judge("shared and taken back");

	/* The old translation may still be used. */
	watch_store(page.entry, 0);
	expect_somewhere("handed-over", 0, 1);
	set_ripas(pa, EMPTY);
	judge("no TLBI before the call");
	flush_leaf(page.va);
	set_ripas(pa, RAM);
	watch_store(page.entry, desc);
	judge("taken back");

	/* A table. Nothing uses it, so the walker does not get there. */
	table = table_new();
	watch_store(spare.entry, desc_table(table));
	expect_somewhere("handed-over", 0, 1);
	set_ripas((u64)table, EMPTY);
	judge("a table that is linked");
	set_ripas((u64)table, RAM);
	judge("taken back");
	watch_store(spare.entry, 0);
	flush_walk(spare.va);
	table = table_new();
	watch_store(spare.entry, desc_table(table));
	watch_store(spare.entry, 0);
	expect_somewhere("handed-over", 0, 1);
	set_ripas((u64)table, EMPTY);
	judge("a table that may still be walked");
	flush_walk(spare.va);
	set_ripas((u64)table, RAM);
	judge("taken back");
	memset(table, 0, granule());
	watch_store(spare.entry, desc_table(table));
	watch_store(spare.entry, 0);
	flush_walk(spare.va);
	set_ripas((u64)table, EMPTY);
	*(volatile u64 *)((u64)table | SHARED) = 0x1234;
	check_eq(*(volatile u64 *)((u64)table | SHARED), 0x1234,
		 "it is shared");
	judge("a table that was");
	set_ripas((u64)table, RAM);

	/* A page of a block, behind the one TLBI of its collapse. */
	desc = *block.entry;
	table = table_new();
	table_fill(table, 3, desc | PTE_TYPE);
	watch_store(block.entry, desc_table(table));
	watch_store(block.entry, desc);
	flush_walk(block.va);
	memset(table, 0, granule());
	watch_store(block.entry, 0);
	expect_somewhere("handed-over", 0, 1);
	set_ripas(pa + granule(), EMPTY);
	judge("a page of a block without a TLBI");
	flush_walk(block.va);
	set_ripas(pa + granule(), RAM);
	watch_store(block.entry, desc);

	/* A root that no CPU has any more is memory. */
	mmu_root(root_new());
	flush_local();
	set_ripas((u64)root, EMPTY);
	judge("a root that was");
	set_ripas((u64)root, RAM);
	mmu_on(root = root_new());
	spare = place(root, spare.va, 2);

	/* A table by its shared alias is none. */
	table = table_new();
	plant("table-address", spare, desc_table(table) | SHARED);
	watch_store(spare.entry, 0);
	flush_all();
	judge("cleaned up");
	judge_tables(count_tables(root), "tables");
	check_eq(exceptions, 0, "exceptions");
}

static void read_entry(u64 entry)
{
	*(volatile u64 *)entry;
}

/*
 * A table is read after its TLBI. Who unlinked it may do so, it looks for
 * tables below; another CPU holds a pointer to what is free.
 */
static void reads(void)
{
	struct place spare, leaf;
	u64 *table;

	if (!start())
		return;
	workers_start();
	mmu_on(root);
	spare = place_behind(block, 1);
	table = table_new();
	watch_store(spare.entry, desc_table(table));
	/* The report names the table's first address. */
	leaf = (struct place){ table + 6, spare.va, 3 };
	watch_store(spare.entry, 0);
	worker_do(1, read_entry, (u64)leaf.entry);
	judge("read before the TLBI");
	flush_walk(spare.va);
	read_entry((u64)leaf.entry);
	judge("read by who unlinked it");
	if (!find_arg("reads-allowed"))
		expect("table-read", leaf, 1, 1, 0);
	worker_do(1, read_entry, (u64)leaf.entry);
	judge("and then by another");

	watch_store(table, 0);
	watch_store(spare.entry, desc_table(table));
	watch_store(spare.entry, 0);
	flush_walk(spare.va);
	if (!find_arg("reads-allowed"))
		expect("table-read", leaf, 1, 1, 0);
	worker_do(1, read_entry, (u64)leaf.entry);
	judge("read by another");
	watch_store(table, 0x1234);
	worker_do(1, read_entry, (u64)leaf.entry);
	check_eq(*table, 0x1234, "reused");
	judge("reused");
	workers_stop();
}

/*
 * The table walker reads what is free, by way of TTBR0, which is not watched.
 */
static void walker_reads(void)
{
	struct place upper;
	u64 *table, va;

	if (!start())
		return;
	upper = place_behind(place(root, page.va, 0), 1);
	table = table_new();
	table[5] = desc_leaf(1, RAM_BASE);
	mmu_on(root);
	watch_store(upper.entry, desc_table(table));
	va = mmu_lend(table) + 5 * level_size(1) + (DATA - RAM_BASE);
	*(volatile u64 *)DATA = 0x1234;
	watch_store(upper.entry, 0);
	flush_walk(upper.va + 5 * level_size(1));
	expect_somewhere("table-read", 0, 1);
	check_eq(*(volatile u64 *)va, 0x1234, "it translates nevertheless");
	judge("read by the walker");
	flush_all();
	check_eq(*(volatile u64 *)va, 0x1234, "again");
	judge("once is enough");
	mmu_lend(NULL);
	flush_all();
	check_eq(exceptions, 0, "exceptions");
}

/* It sets a flag in what is free, which makes it data. */
static void walker_writes(void)
{
	struct place p;
	u64 *table, *upper, va;

	if (!id_field(ID_AA64MMFR1_EL1, ID_AA64MMFR1_HAFDBS)) {
		skip("the CPU's walker updates nothing");
		return;
	}
	if (!start())
		return;
	walker_updates = TCR_HA;
	mmu_on(root);
	table = table_new();
	table[1] = *block.entry & ~PTE_AF;
	p = place_behind(place(root, page.va, 1), 1);
	watch_store(p.entry, desc_table(table));
	watch_store(p.entry, 0);
	flush_all();
	upper = table_new();
	upper[0] = desc_table(table);
	va = mmu_lend(upper) + level_size(2);
	expect_somewhere("table-read", 0, 1);
	*(volatile u64 *)va;
	check_eq(table[1], *block.entry, "access sets AF");
	judge("read by the walker");
	mmu_lend(NULL);
	flush_all();
	check_eq(exceptions, 0, "exceptions");
}

/* AF and dirty state, by hardware. They are counted, and not judged. */
static void walker(void)
{
	u64 hafdbs = id_field(ID_AA64MMFR1_EL1, ID_AA64MMFR1_HAFDBS), desc;

	if (hafdbs < 2) {
		skip("the CPU's walker updates nothing");
		return;
	}
	if (!start())
		return;
	walker_updates = TCR_HA | TCR_HD;
	mmu_on(root);
	desc = *page.entry;
	watch_store(page.entry, desc & ~PTE_AF);
	flush_leaf(page.va);
	*(volatile u64 *)page.va;
	check_eq(*page.entry, desc, "access sets AF");
	watch_store(page.entry, (desc & ~PTE_AF) | PTE_DBM | PTE_RDONLY);
	flush_leaf(page.va);
	*(volatile u64 *)page.va = 0x1234;
	check_eq(*page.entry, desc | PTE_DBM, "a write clears RDONLY");
	check_eq(*(volatile u64 *)DATA, 0x1234, "and writes");
	watch_store(page.entry, desc & ~PTE_AF);
	flush_leaf(page.va);
	*(volatile u64 *)page.va = 0x5678;
	check_eq(*page.entry, desc, "a write sets AF");
	judge("updates by the walker");
	check_eq(exceptions, 0, "exceptions");
}

/* With monitor.watch.hold= each event but hold= takes no time. */
static void timed(const char *event, u64 began)
{
	u64 ms = (read_sysreg(cntvct_el0) - began) * 1000 /
		 read_sysreg(cntfrq_el0);
	bool held = watched() && is_word(find_arg("held="), event);

	if (held ? ms < arg(3) : ms >= arg(3) / 2)
		print("# %lu ms\n", ms);
	check(held ? ms >= arg(3) : ms < arg(3) / 2, event);
}

#define TIME(event, action) do {					\
	u64 began = read_sysreg(cntvct_el0);				\
									\
	action;								\
	timed(event, began);						\
} while (0)

static void hold(void)
{
	u64 desc, *split;

	if (!start())
		return;
	desc = *block.entry;
	split = table_new();
	table_fill(split, 3, desc_leaf(3, ALIGN_DOWN(DATA, level_size(2))));
	mmu_set_up(root);
	TIME("mmu-on", mmu_enable());
	TIME("split", watch_store(block.entry, desc_table(split)));
	TIME("tlbi", flush_all());
	TIME("collapse", watch_store(block.entry, desc));
	flush_all();
	TIME("invalidate", watch_store(block.entry, 0));
	flush_all();
	TIME("image+0x40", store_at_0x40(page.entry, *page.entry | PTE_SOFT));
	mmu_off();
	TIME("once", mmu_enable());
	judge("held");
}

static volatile bool up;

static void come_up(u64 unused)
{
	(void)unused;
	up = true;
}

/* A CPU comes up while another one stores to a table without a pause. */
static void fair(void)
{
	unsigned int i;

	if (!start())
		return;
	mmu_on(root);
	check_eq(cpu_start(1, come_up, 0), 0, "CPU_ON");
	for (i = 0; !up && i < 1000; i++)
		watch_store(page.entry, *page.entry ^ PTE_SOFT);
	print("# after %lu stores\n", (u64)i);
	check(up, "the other CPU gets its turn");
	cpu_wait_off(1);
}

static volatile u64 midr;

static void read_midr(u64 unused)
{
	(void)unused;
	midr = read_sysreg(midr_el1);
}

static u64 midr_of(unsigned int cpu)
{
	if (cpu)
		worker_do(cpu, read_midr, 0);
	else
		read_midr(0);
	return midr;
}

static void ask_migration(u64 unused)
{
	(void)unused;
	call(PSCI(6), 0, 0, 0, 0);
}

/* monitor.becomes=: arg= has the CPU, its MIDR, and its other one. */
static void becomes(void)
{
	u64 mover = arg(3), first = arg(4), second = arg(5), other;
	unsigned int cpu;

	if (!start())
		return;
	workers_start();
	for (cpu = 1; cpu < cpu_count(); cpu++)
		worker_do(cpu, ask_migration, 0);
	for (cpu = 0; cpu < cpu_count(); cpu++)
		check_eq(midr_of(cpu), first, "MIDR_EL1 before");

	mmu_on(root);
	call(PSCI(0), 0, 0, 0, 0);
	call(PSCI(10), PSCI(6), 0, 0, 0);
	check_eq(midr_of(0), first, "the boot CPU with its MMU on");
	for (cpu = 1; cpu < cpu_count(); cpu++) {
		worker_do(cpu, work_mmu_on, (u64)root);
		check_eq(midr_of(cpu), cpu == mover ? second : first,
			 "another CPU with its MMU on");
	}
	ask_migration(0);
	for (cpu = 0; cpu < cpu_count(); cpu++)
		check_eq(midr_of(cpu), cpu == mover ? second : first,
			 "after MIGRATE_INFO_TYPE");

	/* It does not come back. */
	workers_stop();
	workers_start();
	other = mover ? mover : 1;
	check_eq(midr_of(other), mover ? second : first, "after CPU_OFF");
	workers_stop();
}

/* More findings than are kept: all of them are counted. */
static void many_findings(void)
{
	unsigned int i;

	if (!start())
		return;
	mmu_on(root);
	for (i = 0; i < 70; i++)
		plant("output-address", page, *page.entry ^ BIT(20));
}

/* monitor.plant=watch-audit: one of the tables is not protected. */
static void audit_broken(void)
{
	struct smc s = { .x = { WATCH_AUDIT } };
	unsigned int i;

	if (!start())
		return;
	for (i = 0; i < 16; i++)
		place(root, page.va + (8 + i) * level_size(2), 3);
	mmu_on(root);
	smc_call(&s);
	check(!s.x[0] && !s.x[1] && s.x[3], "the audit fails");
}

const struct scenario watch_rest_scenarios[] = {
	{ "watch-handed-over", handed_over },
	{ "watch-read", reads },
	{ "watch-walker-reads", walker_reads },
	{ "watch-walker-writes", walker_writes },
	{ "watch-walker", walker },
	{ "watch-hold", hold },
	{ "watch-becomes", becomes },
	{ "watch-fair", fair },
	{ "watch-many-findings", many_findings },
	{ "watch-audit", audit_broken },
	{ }
};

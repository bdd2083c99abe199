// SPDX-License-Identifier: GPL-2.0-only
/*
 * Four CPUs that write the same tables at once: no store is lost, and nothing
 * is found.
 */

#include "stores.h"
#include "watch.h"

#define CPUS		4
#define ROUNDS		120
/* Short ones, that have to be many to meet. */
#define COUNTS		1000

static u64 *root;
static struct place pages, middle;
static u64 *tables[CPUS];
static volatile u64 wrong[CPUS];
static volatile u64 linked[CPUS];

/* An entry of its own: it comes, changes and goes. */
static void own_entry(u64 cpu)
{
	struct place p = place_behind(pages, cpu);
	u64 desc = desc_leaf(3, DATA + cpu * granule());
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		watch_store(p.entry, desc);
		if (translate(p.va) != DATA + cpu * granule())
			wrong[cpu]++;
		watch_store(p.entry, desc | PTE_RDONLY);
		flush_leaf(p.va);
		if (*(volatile u64 *)p.entry != (desc | PTE_RDONLY))
			wrong[cpu]++;
		watch_store(p.entry, 0);
		flush_leaf(p.va);
	}
}

/* One entry, invalid all the time, that all of them count in. */
static void count(u64 cpu)
{
	u64 *entry = place_behind(pages, 100).entry;
	unsigned int i;

	for (i = 0; i < COUNTS; i++) {
		u64 old = *(volatile u64 *)entry;

		switch ((cpu + i) % 3) {
		case 0:		/* LDXR and STXR */
			__atomic_fetch_add(entry, 2, __ATOMIC_SEQ_CST);
			break;
		case 1:
			lse_add(entry, 2);
			break;
		case 2:
			while (lse_cas(entry, old, old + 2) != old)
				old = *(volatile u64 *)entry;
			break;
		}
	}
}

/* The same by nothing but LDXR and STXR. */
static void count_exclusive(u64 cpu)
{
	u64 *entry = place_behind(pages, 101).entry;
	unsigned int i;

	(void)cpu;
	for (i = 0; i < COUNTS; i++)
		__atomic_fetch_add(entry, 2, __ATOMIC_SEQ_CST);
}

/* A software bit each, of one valid entry. */
static void own_bit(u64 cpu)
{
	u64 *entry = place_behind(pages, 102).entry;
	u64 bit = PTE_SOFT << cpu;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i & 1 ? lse_set(entry, bit) & bit :
		    __atomic_fetch_or(entry, bit, __ATOMIC_SEQ_CST) & bit)
			wrong[cpu]++;
		if (!(*(volatile u64 *)entry & bit))
			wrong[cpu]++;
		if (!((i & 1 ? lse_clear(entry, bit) :
		       __atomic_fetch_and(entry, ~bit, __ATOMIC_SEQ_CST)) & bit))
			wrong[cpu]++;
	}
}

/* A byte each, of one invalid entry: what the other seven are must stay. */
static void own_byte(u64 cpu)
{
	volatile u8 *byte = (u8 *)place_behind(pages, 103).entry + cpu + 1;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (*byte != (u8)i)
			wrong[cpu]++;
		*byte = i + 1;
	}
}

/* Pairs of entries, invalid ones, that no store may tear or lose. */
static void own_pair(u64 cpu)
{
	u64 *p = place_behind(pages, 104 + 2 * cpu).entry;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (p[0] != 2 * i || p[1] != 4 * i)
			wrong[cpu]++;
		if (i & 1)
			st_stp(p, 2 * i + 2, 4 * i + 4);
		else
			st_str_q(p, 2 * i + 2, 4 * i + 4);
	}
}

/* Link and unlink a table of its own. */
static void own_table(u64 cpu)
{
	struct place p = place_behind(middle, 1 + cpu);
	u64 *table = tables[cpu];
	unsigned int i;

	for (i = 0; i < ROUNDS / 4; i++) {
		table[1] = desc_leaf(3, DATA);
		watch_store(p.entry, desc_table(table));
		watch_store(table + 2, desc_leaf(3, DATA));
		if (translate(p.va + granule()) != DATA ||
		    translate(p.va + 2 * granule()) != DATA)
			wrong[cpu]++;
		watch_store(table + 1, 0);
		watch_store(table + 2, 0);
		flush_leaf(p.va + granule());
		flush_leaf(p.va + 2 * granule());
		watch_store(p.entry, 0);
		flush_walk(p.va);
		memset(table, 0x5a, granule());
		memset(table, 0, granule());
	}
}

/* All want to link a table at one entry; one does. */
static void race_to_link(u64 cpu)
{
	u64 *entry = place_behind(middle, 10).entry, *table = tables[cpu];
	u64 none = 0;

	linked[cpu] = cpu & 1 ?
		!lse_cas(entry, 0, desc_table(table)) :
		__atomic_compare_exchange_n(entry, &none, desc_table(table),
					    false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	/* What was not linked is no table. */
	if (!linked[cpu])
		memset(table, 0x5a, granule());
}

static u64 bad_lr;

static void bad_store(u64 entry)
{
	watch_store_lr((u64 *)entry, *(u64 *)entry ^ BIT(20), bad_lr);
}

/* Nobody begins before all are there. */
static void (*together)(u64 cpu);
static u64 arrived;

static void begin(u64 cpu)
{
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) != CPUS)
		;
	together(cpu);
}

static void all(void (*fn)(u64 cpu), const char *what)
{
	unsigned int cpu;

	for (cpu = 0; cpu < CPUS; cpu++)
		wrong[cpu] = 0;
	together = fn;
	arrived = 0;
	for (cpu = 1; cpu < CPUS; cpu++)
		worker_start(cpu, begin, cpu);
	begin(0);
	for (cpu = 1; cpu < CPUS; cpu++)
		worker_wait(cpu);
	for (cpu = 0; cpu < CPUS; cpu++)
		check_eq(wrong[cpu], 0, what);
	judge(what);
}

static void smp(void)
{
	unsigned int cpu, i, winners;

	if (!watch_start())
		return;
	root = root_new();
	middle = place(root, va_base() + 3 * level_size(2), 2);
	pages = place(root, middle.va, 3);
	*place_behind(pages, 102).entry = desc_leaf(3, DATA);
	for (cpu = 0; cpu < CPUS; cpu++)
		tables[cpu] = table_new();
	workers_start();
	for (cpu = 1; cpu < CPUS; cpu++)
		worker_do(cpu, work_mmu_on, (u64)root);
	mmu_on(root);

	all(own_entry, "an entry each");
	all(count, "count together");
	check_eq(*place_behind(pages, 100).entry, 2 * CPUS * COUNTS,
		 "all were counted");
	all(count_exclusive, "count together, LDXR and STXR");
	check_eq(*place_behind(pages, 101).entry, 2 * CPUS * COUNTS,
		 "all were counted");
	all(own_bit, "a bit each");
	check_eq(*place_behind(pages, 102).entry, desc_leaf(3, DATA),
		 "no bit is left");
	all(own_byte, "a byte each");
	check_eq(*place_behind(pages, 103).entry,
		 0x0101010100UL * (ROUNDS & 0xff), "all bytes");
	all(own_pair, "a pair each");
	flush_all();
	all(own_table, "a table each");
	judge_tables(count_tables(root), "tables");

	for (i = 0; i < 10; i++) {
		all(race_to_link, "one links");
		for (winners = 0, cpu = 0; cpu < CPUS; cpu++)
			winners += linked[cpu];
		check_eq(winners, 1, "one links");
		judge_tables(count_tables(root), "one table more");
		watch_store(place_behind(middle, 10).entry, 0);
		flush_all();
		for (cpu = 0; cpu < CPUS; cpu++)
			memset(tables[cpu], 0, granule());
	}

	/* Changes that are wrong are found on any of them. */
	for (cpu = 1; cpu < CPUS; cpu++) {
		struct place p = place_behind(pages, 120 + cpu);

		watch_store(p.entry, desc_leaf(3, DATA));
		bad_lr = next_lr();
		expect("output-address", p, cpu, 1, bad_lr);
		worker_do(cpu, bad_store, (u64)p.entry);
		judge("on another CPU");
	}
	workers_stop();
	judge_tables(count_tables(root), "tables");
	check_eq(exceptions, 0, "exceptions");
}

const struct scenario watch_smp_scenarios[] = {
	{ "watch-smp", smp },
	{ }
};

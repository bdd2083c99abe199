// SPDX-License-Identifier: GPL-2.0-only
/* Expectations about the page-table watch, and CPUs that help. */

#include "watch.h"

extern u8 watch_store_pc[];

static bool on;
static u64 announced;
static u64 lr = ACCESS_LR;

static struct worker {
	void (*volatile fn)(u64 arg);
	u64 arg;
	volatile bool stop;
} workers[MAX_CPUS];

static struct smc audit(void)
{
	struct smc s = { .x = { WATCH_AUDIT } };

	smc_call(&s);
	return s;
}

void watch_init(void)
{
	on = find_arg("watched");
	check_eq(audit().x[0], on ? 0 : NOT_SUPPORTED, "the audit call");
}

bool watch_start(void)
{
	if (!format_set(arg(0), arg(1), arg(2))) {
		skip("the CPU lacks this format");
		return false;
	}
	watch_init();
	return true;
}

bool watched(void)
{
	return on;
}

u64 next_lr(void)
{
	return lr += 0x10;
}

static void announce(const char *rule, struct place p, u64 cpu, u64 count,
		     u64 lr)
{
	bool minus = p.level < 0;

	print("# finding rule=%s level=%s%lu va=0x%lx entry=0x%lx cpu=%lu count=%lu",
	      rule, minus ? "-" : "", (u64)(minus ? -p.level : p.level), p.va,
	      (u64)p.entry, cpu, count);
	if (lr)
		print(" pc=image+0x%lx lr=0x%lx",
		      (u64)watch_store_pc - GUEST_BASE, lr);
	announced += count;
}

void expect(const char *rule, struct place p, u64 cpu, u64 count, u64 lr)
{
	if (!on)
		return;
	announce(rule, p, cpu, count, lr);
	print("\n");
}

void expect_somewhere(const char *rule, u64 cpu, u64 count)
{
	if (!on)
		return;
	print("# finding rule=%s cpu=%lu count=%lu\n", rule, cpu, count);
	announced += count;
}

void plant(const char *rule, struct place p, u64 value)
{
	plant_difference(rule, p, value, NULL);
}

void plant_difference(const char *rule, struct place p, u64 value,
		      const u64 *differs)
{
	u64 lr = next_lr();

	if (on) {
		announce(rule, p, cpu_index(), 1, lr);
		/* Of what is not valid, the report tells what it was before. */
		if (*p.entry & PTE_VALID)
			print(" old=0x%lx", *p.entry);
		if (differs)
			print(" differs=0x%lx", (u64)differs);
		print(" new=0x%lx\n", value);
	}
	watch_store_lr(p.entry, value, lr);
	check(*p.entry == value, "the store was done");
	judge(rule);
}

void judge(const char *what)
{
	struct smc s;

	if (!on)
		return;
	s = audit();
	if (s.x[0] || s.x[1] != announced || s.x[3])
		print("# status 0x%lx, %lu findings, announced %lu, audit 0x%lx\n",
		      s.x[0], s.x[1], announced, s.x[3]);
	check(!s.x[0] && s.x[1] == announced && !s.x[3], what);
	announced = s.x[1];
}

void judge_tables(u64 n, const char *what)
{
	if (on)
		check_eq(audit().x[2], n, what);
}

static void work(u64 cpu)
{
	struct worker *w = &workers[cpu];

	while (!w->stop) {
		if (!w->fn)
			continue;
		w->fn(w->arg);
		w->fn = NULL;
	}
}

void workers_start(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++) {
		workers[cpu] = (struct worker){ };
		check_eq(cpu_start(cpu, work, cpu), 0, "CPU_ON");
	}
}

void workers_stop(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++) {
		workers[cpu].stop = true;
		cpu_wait_off(cpu);
	}
}

void worker_start(unsigned int cpu, void (*fn)(u64), u64 arg)
{
	workers[cpu].arg = arg;
	dsb_ish();
	workers[cpu].fn = fn;
}

void worker_wait(unsigned int cpu)
{
	while (workers[cpu].fn)
		;
	dsb_ish();
}

void worker_do(unsigned int cpu, void (*fn)(u64), u64 arg)
{
	worker_start(cpu, fn, arg);
	worker_wait(cpu);
}

void work_mmu_on(u64 root)
{
	mmu_on((u64 *)root);
}

void work_mmu_root(u64 root)
{
	mmu_root((u64 *)root);
}

void work_flush(u64 unused)
{
	(void)unused;
	flush_local();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stress test of the linear map: threads change attributes of pages of their own
 * and merge leaves, all at once, against a model that says what the descriptor of
 * each page has to be; and a test that lets each allocation of a change fail.
 *
 * Each page of the memory under test belongs to one thread, but the pages of all
 * threads are mixed within the same tables, contiguous runs and blocks. So they
 * split and merge the same leaves all the time, while nobody but its thread says
 * what a page is like. After each round the threads have ended, and each page
 * must be mapped as the model says: which addresses, which attributes, in tables
 * of whatever size; it must be accessible accordingly (which also tells of TLB
 * entries that should have gone), and hold what was written to it last.
 *
 * What a thread does follows from the seed. An operation that fails for lack of
 * memory leaves its pages as they were.
 */
#define pr_fmt(fmt) "linear_map_stress: " fmt

#include <linux/completion.h>
#include <linux/direct_map.h>
#include <linux/freezer.h>
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <asm/rsi.h>
#include <asm/tlbflush.h>

#include "linear_map.h"

#define MAX_THREADS	64
#define MAX_MBYTES	1024
/* Runs of pages of one thread that are not as at the start, at any time. */
#define NR_OPEN		4
/* A run is one page up to this many, or all that lies in one piece. */
#define MAX_RUN		8
/* But this many if each page is a call of its own that takes long. */
#define MAX_READ_ONLY	2
/* One of so many operations merges leaves. */
#define COLLAPSE_EVERY	16
#define MAX_REPORTED	10

/* What a page is, beside what it was at the start. */
#define INVALID		BIT(0)
#define RDONLY		BIT(1)
#define SHARED		BIT(2)	/* with the host of a realm */

struct run {
	unsigned int first, nr;
};

enum operation {
	COLLAPSE, RESTORED, ACCESS, SPLIT, MAKE_INVALID, MAKE_VALID, MAP_INVALID,
	MAP_DEFAULT, READ_ONLY, READ_WRITE, DECRYPT, ENCRYPT, NR_OPS,
};

static const char * const op_name[] = {
	[COLLAPSE]	= "collapse",
	[RESTORED]	= "restored",
	[ACCESS]	= "access",
	[SPLIT]		= "split",
	[MAKE_INVALID]	= "invalid",
	[MAKE_VALID]	= "valid",
	[MAP_INVALID]	= "map_invalid",
	[MAP_DEFAULT]	= "map_default",
	[READ_ONLY]	= "ro",
	[READ_WRITE]	= "rw",
	[DECRYPT]	= "decrypt",
	[ENCRYPT]	= "encrypt",
};

struct model;

struct worker {
	struct model *model;
	struct rnd_state rnd;
	unsigned int id;
	unsigned int ops;		/* in this round */
	struct run open[NR_OPEN];
	unsigned long done[NR_OPS];
	unsigned long injected, nomem;
	struct linear_map_collapsed merged;
	struct completion ended;
};

struct model {
	const struct linear_map_stress *params;
	unsigned int nr_chunks, chunk_order;
	unsigned int nr_pages;
	unsigned long *chunk;		/* their addresses */
	struct page **page;
	void *area;			/* the pages as set_memory_ro() needs them */
	u64 *base;			/* descriptors at the start */
	u32 *stamp;			/* makes the word that was written last */
	u8 *state;
	struct worker *worker;
	atomic_t mismatches;
};

static unsigned int chunk_pages(const struct model *m)
{
	return 1U << m->chunk_order;
}

static unsigned long addr_of(const struct model *m, unsigned int i)
{
	return m->chunk[i >> m->chunk_order] +
	       (i & (chunk_pages(m) - 1)) * PAGE_SIZE;
}

/* So many pages from an aligned one on belong to one thread. */
static unsigned int granule(const struct model *m, unsigned int i)
{
	switch ((i >> m->chunk_order) % 4) {
	case 0:
		return 1;
	case 1:
		return CONT_PTES / 4;
	case 2:
		return CONT_PTES;
	default:
		return chunk_pages(m);
	}
}

static unsigned int owner(const struct model *m, unsigned int i)
{
	return (i / granule(m, i) + (i >> m->chunk_order) / 4) %
	       m->params->threads;
}

static u64 expected(const struct model *m, unsigned int i)
{
	u64 desc = m->base[i];

	if (m->state[i] & SHARED)
		desc |= PROT_NS_SHARED;
	if (m->state[i] & RDONLY)
		desc = (desc & ~PTE_WRITE) | PTE_RDONLY;
	if (m->state[i] & INVALID)
		desc = (desc & ~PTE_PRESENT_VALID_KERNEL) | PTE_PRESENT_INVALID;

	return desc;
}

static __printf(3, 4) void mismatch(struct model *m, unsigned int i,
				    const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (atomic_inc_return(&m->mismatches) > MAX_REPORTED)
		return;

	va_start(args, fmt);
	vaf.va = &args;
	pr_err("mismatch: page %u at %#lx of thread %u, state %u: %pV\n", i,
	       addr_of(m, i), owner(m, i), m->state[i], &vaf);
	va_end(args);
}

static u64 content(const struct model *m, unsigned int i)
{
	return addr_of(m, i) * GOLDEN_RATIO_64 ^ m->stamp[i];
}

static void write_page(struct model *m, unsigned int i)
{
	m->stamp[i]++;
	WRITE_ONCE(*(u64 *)addr_of(m, i), content(m, i));
}

/* Is the page accessible as it should be, and holds what it should? */
static void check_access(struct model *m, unsigned int i)
{
	void *addr = (void *)addr_of(m, i);
	u64 val;

	if (copy_from_kernel_nofault(&val, addr, sizeof(val))) {
		if (!(m->state[i] & INVALID))
			mismatch(m, i, "cannot be read");
		return;
	}
	if (m->state[i] & INVALID)
		mismatch(m, i, "can be read");
	else if (val != content(m, i))
		mismatch(m, i, "expected content %#llx, found %#llx",
			 content(m, i), val);
	else if (m->state[i] & RDONLY &&
		 !copy_to_kernel_nofault(addr, &val, sizeof(val)))
		mismatch(m, i, "can be written");
}

/* The engine's functions, on a run of pages that are in the same state. */
static int engine(struct model *m, enum operation op, struct run run)
{
	unsigned long addr = addr_of(m, run.first);
	unsigned long size = run.nr * PAGE_SIZE, area;
	unsigned int i, end = run.first + run.nr;
	int ret = 0;

	switch (op) {
	case SPLIT:
		return set_memory_valid(addr, run.nr, true);
	case MAKE_INVALID:
		return set_memory_valid(addr, run.nr, false);
	case MAKE_VALID:
		return set_memory_valid(addr, run.nr, true);
	case DECRYPT:
		return set_memory_decrypted(addr, run.nr);
	case ENCRYPT:
		return set_memory_encrypted(addr, run.nr);
	case READ_ONLY:
	case READ_WRITE:
		/* Page by page, so that we know which ones have been changed. */
		for (i = run.first; i < end && !ret; i++) {
			area = (unsigned long)m->area + i * PAGE_SIZE;
			ret = op == READ_ONLY ? set_memory_ro(area, 1) :
						set_memory_rw(area, 1);
			if (!ret)
				m->state[i] ^= RDONLY;
		}
		return ret;
	case MAP_INVALID:
		for (i = run.first; i < end && !ret; i++) {
			ret = set_direct_map_invalid_noflush(m->page[i]);
			if (!ret)
				m->state[i] |= INVALID;
		}
		flush_tlb_kernel_range(addr, addr + size);
		return ret;
	case MAP_DEFAULT:
		for (i = run.first; i < end && !ret; i++) {
			ret = set_direct_map_default_noflush(m->page[i]);
			if (!ret)
				m->state[i] &= SHARED;
		}
		return ret;
	default:
		return -EINVAL;
	}
}

/* What @op makes of a state; those that go page by page have done it. */
static u8 next_state(enum operation op, u8 state)
{
	switch (op) {
	case MAKE_INVALID:
		return state | INVALID;
	case MAKE_VALID:
		return state & ~INVALID;
	case DECRYPT:
		return SHARED;
	case ENCRYPT:
		return 0;
	default:
		return state;
	}
}

#ifdef CONFIG_FAULT_INJECTION
static void inject(unsigned int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

/* Has what inject() asked for happened? Nothing fails any more. */
static bool injected(void)
{
	return !xchg(&current->fail_nth, 0);
}
#else
static void inject(unsigned int nth)
{
}

static bool injected(void)
{
	return false;
}
#endif

static u32 rnd(struct worker *w)
{
	return prandom_u32_state(&w->rnd);
}

/* The ends of a run stand for it: access to what is invalid takes long. */
static void check_ends(struct model *m, struct run run)
{
	check_access(m, run.first);
	if (run.nr > 1)
		check_access(m, run.first + run.nr - 1);
}

/* With @nth, the allocation of that number fails. */
static void do_op(struct worker *w, enum operation op, struct run run,
		  unsigned int nth)
{
	struct model *m = w->model;
	unsigned int i, end = run.first + run.nr;
	int ret;

	check_ends(m, run);
	w->done[op]++;
	if (op == ACCESS) {
		for (i = run.first; i < end; i++) {
			if (!(m->state[i] & (INVALID | RDONLY)))
				write_page(m, i);
		}
		return;
	}

	inject(nth);
	ret = engine(m, op, run);
	if (nth)
		w->injected += injected();
	if (ret == -ENOMEM) {
		w->nomem++;
	} else if (ret) {
		mismatch(m, run.first, "%s of %u pages: error %d", op_name[op],
			 run.nr, ret);
	} else {
		for (i = run.first; i < end; i++) {
			m->state[i] = next_state(op, m->state[i]);
			/* The host may have scrubbed it. */
			if (op == DECRYPT || op == ENCRYPT)
				write_page(m, i);
		}
	}
	check_ends(m, run);
}

/* Merge leaves, or say that they are to be merged: whosever pages they map. */
static void collapse(struct worker *w)
{
	struct model *m = w->model;
	unsigned long start = addr_of(m, rnd(w) % m->nr_pages);
	unsigned long size = (1 + rnd(w) % (4 * chunk_pages(m))) * PAGE_SIZE;
	int ret;

	if (rnd(w) % 4 == 0) {
		direct_map_restored(start, size);
		w->done[RESTORED]++;
		return;
	}
	ret = linear_map_collapse(start, start + size, NULL, &w->merged);
	w->done[COLLAPSE]++;
	if (ret && ret != -EBUSY && ret != -EOPNOTSUPP)
		mismatch(m, 0, "merge: error %d", ret);
}

/* Some pages of this thread, in one piece. */
static struct run random_run(struct worker *w)
{
	struct model *m = w->model;
	unsigned int i, size;
	u32 dice;

	do {
		i = rnd(w) % m->nr_pages;
	} while (owner(m, i) != w->id);
	size = granule(m, i);
	dice = rnd(w);
	if (dice % (size > CONT_PTES ? 16 : 4) == 0)
		return (struct run){ i - i % size, size };
	return (struct run){
		i, 1 + (dice >> 4) % min(size - i % size, MAX_RUN),
	};
}

/* What can be made of pages in this state. */
static enum operation random_op(struct worker *w, u8 state)
{
	static const enum operation first[] = {
		SPLIT, MAKE_INVALID, MAP_INVALID, DECRYPT, READ_ONLY,
	};
	/* No need to undo the alias of what is no alias. */
	unsigned int n = ARRAY_SIZE(first) - !set_memory_changes_direct_map();
	u32 dice = rnd(w);
	enum operation op;

	if (!state) {
		op = first[dice % n];
		return op == DECRYPT && !is_realm_world() ? MAKE_INVALID : op;
	}
	if (state & INVALID)
		return dice & 1 ? MAKE_VALID : MAP_DEFAULT;
	if (dice % 4 == 0)
		return dice & 4 ? MAKE_INVALID : MAP_INVALID;
	return state & SHARED ? ENCRYPT : READ_WRITE;
}

/* The part of the run that is in the same state as its first page. */
static struct run same_state(struct model *m, struct run run)
{
	unsigned int n = 1;

	while (n < run.nr && m->state[run.first + n] == m->state[run.first])
		n++;
	return (struct run){ run.first, n };
}

/* Change a run that is as at the start, or one that is not; or merge leaves. */
static void step(struct worker *w)
{
	struct model *m = w->model;
	unsigned int fail = m->params->fail, nth = 0;
	u32 dice = rnd(w);
	struct run run = random_run(w);
	struct run *slot = &w->open[(dice >> 8) % NR_OPEN];
	enum operation op;

	/* A place that is looked at all the time, and known: see run_model(). */
	check_access(m, w->id);

	if (dice % COLLAPSE_EVERY == 0) {
		collapse(w);
		return;
	}

	if (!slot->nr) {
		if (same_state(m, run).nr != run.nr || m->state[run.first]) {
			do_op(w, ACCESS, same_state(m, run), 0);
			return;
		}
		*slot = run;
	}
	run = same_state(m, *slot);
	op = random_op(w, m->state[run.first]);
	if (dice & BIT(14))
		op = ACCESS;
	if (op == READ_ONLY)
		run.nr = min(run.nr, MAX_READ_ONLY);
	if (fail && (dice >> 16) % fail == 0)
		nth = 1 + (dice & BIT(15) ? 1 : 0);
	do_op(w, op, run, nth);
	while (slot->nr && !m->state[slot->first]) {
		slot->first++;
		slot->nr--;
	}
}

/* Make all pages of this thread again what they were at the start. */
static void restore_all(struct worker *w)
{
	struct model *m = w->model;
	struct run run;
	u8 state;

	for (struct run *slot = w->open; slot < w->open + NR_OPEN; slot++) {
		for (; slot->nr; slot->first++, slot->nr--) {
			run = (struct run){ slot->first, 1 };
			state = m->state[run.first];
			if (state & INVALID)
				do_op(w, MAKE_VALID, run, 0);
			if (state & RDONLY)
				do_op(w, READ_WRITE, run, 0);
			if (state & SHARED)
				do_op(w, ENCRYPT, run, 0);
		}
	}
}

static int worker_fn(void *data)
{
	struct worker *w = data;

	for (unsigned int i = 0; i < w->ops; i++) {
		step(w);
		cond_resched();
	}
	complete(&w->ended);
	return 0;
}

/* All pages against the model, while nobody changes or merges anything. */
static void check_all(struct model *m)
{
	u64 found;

	/* The tables are walked without a lock. */
	get_online_mems();
	linear_map_collapse_pause();
	for (unsigned int i = 0; i < m->nr_pages; i++) {
		found = linear_map_descriptor(addr_of(m, i), NULL);
		if (found != expected(m, i))
			mismatch(m, i, "expected %#llx, found %#llx",
				 expected(m, i), found);
		check_access(m, i);
	}
	linear_map_collapse_resume();
	put_online_mems();
}

static int run_round(struct model *m, unsigned int ops)
{
	unsigned int threads = m->params->threads, started;
	int ret = 0;

	for (started = 0; started < threads; started++) {
		struct worker *w = &m->worker[started];
		struct task_struct *task;

		w->ops = ops / threads + (w->id < ops % threads);
		reinit_completion(&w->ended);
		task = kthread_run(worker_fn, w, "linear_map/%u", w->id);
		if (IS_ERR(task)) {
			ret = PTR_ERR(task);
			break;
		}
	}
	/* Who hibernates meanwhile can freeze us: nothing is locked. */
	for (unsigned int i = 0; i < started; i++)
		wait_for_completion_state(&m->worker[i].ended,
					  TASK_UNINTERRUPTIBLE | TASK_FREEZABLE);

	return ret;
}

/* Merge what can be merged of our memory, and count who ends in small leaves. */
static unsigned int count_small(struct model *m)
{
	struct linear_map_collapsed merged = {};
	unsigned int small = 0;
	unsigned long size = 0;

	for (unsigned int i = 0; i < m->nr_chunks; i++) {
		/* Who loads a kernel for kexec holds us off, or hibernates. */
		while (linear_map_collapse(m->chunk[i], m->chunk[i] +
					   chunk_pages(m) * PAGE_SIZE,
					   NULL, &merged) == -EBUSY) {
			set_current_state(TASK_UNINTERRUPTIBLE | TASK_FREEZABLE);
			schedule_timeout(HZ / 50);
		}
		get_online_mems();
		linear_map_collapse_pause();
		linear_map_descriptor(m->chunk[i], &size);
		small += size < PMD_SIZE;
		linear_map_collapse_resume();
		put_online_mems();
	}

	return small;
}

/* Returns how many allocations have failed. */
static unsigned long report(struct model *m, u64 ns, unsigned int small)
{
	unsigned long done[NR_OPS] = {}, ops = 0, injected = 0, nomem = 0;
	struct linear_map_collapsed merged = {};

	for (unsigned int t = 0; t < m->params->threads; t++) {
		struct worker *w = &m->worker[t];

		for (int i = 0; i < NR_OPS; i++)
			done[i] += w->done[i];
		injected += w->injected;
		nomem += w->nomem;
		merged.runs += w->merged.runs;
		merged.pmds += w->merged.pmds;
		merged.puds += w->merged.puds;
		merged.tables += w->merged.tables;
	}
	for (int i = 0; i < NR_OPS; i++) {
		ops += done[i];
		pr_info("%s=%lu\n", op_name[i], done[i]);
	}
	pr_info("merged: runs=%lu pmds=%lu puds=%lu tables=%lu small=%u/%u\n",
		merged.runs, merged.pmds, merged.puds, merged.tables, small,
		m->nr_chunks);
	pr_info("seed=%lu threads=%u pages=%u ops=%lu ms=%llu injected=%lu nomem=%lu mismatches=%d\n",
		m->params->seed, m->params->threads, m->nr_pages, ops,
		ns / NSEC_PER_MSEC, injected, nomem, atomic_read(&m->mismatches));

	return injected;
}

static int run_model(struct model *m)
{
	unsigned int rounds = m->params->rounds, small, small_before;
	unsigned long ops = m->params->ops;
	u64 began;
	int ret;

	small_before = count_small(m);
	for (unsigned int i = 0; i < m->nr_pages; i++) {
		m->base[i] = linear_map_descriptor(addr_of(m, i), NULL);
		write_page(m, i);
	}

	/* For who wants to set a breakpoint there. */
	pr_info("thread 0 looks at %#lx\n", addr_of(m, 0));
	began = ktime_get_ns();
	for (unsigned int i = 0; i < rounds; i++) {
		ret = run_round(m, ops / rounds + (i < ops % rounds));
		check_all(m);
		if (ret || atomic_read(&m->mismatches))
			break;
	}
	for (unsigned int t = 0; t < m->params->threads; t++)
		restore_all(&m->worker[t]);
	check_all(m);

	/* Whatever was merged at the start must be so again. */
	small = count_small(m);
	if (small > small_before)
		mismatch(m, 0, "%u blocks are not merged, %u at the start",
			 small, small_before);
	check_all(m);
	if (!report(m, ktime_get_ns() - began, small) && m->params->fail &&
	    !ret) {
		pr_err("fail=%u: no allocation failed\n", m->params->fail);
		ret = -ENODATA;
	}

	return ret;
}

static int check_params(const struct linear_map_stress *p)
{
	if (!p->ops || p->ops > UINT_MAX)
		pr_err("ops=%lu: 1 to %u\n", p->ops, UINT_MAX);
	else if (!p->rounds || p->rounds > p->ops)
		pr_err("rounds=%u: 1 to the number of ops\n", p->rounds);
	else if (!p->threads || p->threads > MAX_THREADS)
		pr_err("threads=%u: 1 to %u\n", p->threads, MAX_THREADS);
	else if (p->mbytes < 4 || p->mbytes > MAX_MBYTES)
		pr_err("mbytes=%u: 4 to %u\n", p->mbytes, MAX_MBYTES);
	else if (p->fail && !IS_ENABLED(CONFIG_FAIL_PAGE_ALLOC))
		pr_err("fail=%u: 0, without CONFIG_FAIL_PAGE_ALLOC\n", p->fail);
	else
		return 0;

	return -EINVAL;
}

/* As much of @mbytes as there is, in pieces that are PMD blocks if possible. */
static int get_memory(struct model *m)
{
	unsigned long size = m->params->mbytes * SZ_1M;
	struct page *page;

	m->chunk_order = min(PMD_ORDER, get_order(SZ_32M));
	m->chunk = kvcalloc(size >> PAGE_SHIFT >> m->chunk_order,
			    sizeof(*m->chunk), GFP_KERNEL);
	if (!m->chunk)
		return -ENOMEM;
	while (m->nr_pages < size >> PAGE_SHIFT) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
				   m->chunk_order);
		if (!page)
			break;
		m->chunk[m->nr_chunks++] =
			(unsigned long)kasan_reset_tag(page_address(page));
		m->nr_pages += chunk_pages(m);
	}

	m->page = kvcalloc(m->nr_pages, sizeof(*m->page), GFP_KERNEL);
	m->base = kvcalloc(m->nr_pages, sizeof(*m->base), GFP_KERNEL);
	m->stamp = kvcalloc(m->nr_pages, sizeof(*m->stamp), GFP_KERNEL);
	m->state = kvcalloc(m->nr_pages, sizeof(*m->state), GFP_KERNEL);
	m->worker = kvcalloc(m->params->threads, sizeof(*m->worker), GFP_KERNEL);
	if (!m->nr_pages || !m->page || !m->base || !m->stamp || !m->state ||
	    !m->worker)
		return -ENOMEM;

	for (unsigned int i = 0; i < m->nr_pages; i++)
		m->page[i] = virt_to_page((void *)addr_of(m, i));
	/* As vmalloc() does it, but for where the pages come from. */
	m->area = vmap(m->page, m->nr_pages, VM_ALLOC | VM_MAP_PUT_PAGES,
		       PAGE_KERNEL);
	if (!m->area)
		return -ENOMEM;
	m->area = kasan_reset_tag(m->area);

	for (unsigned int t = 0; t < m->params->threads; t++) {
		struct worker *w = &m->worker[t];

		w->model = m;
		w->id = t;
		prandom_seed_state(&w->rnd, hash_64(m->params->seed + t, 32));
		init_completion(&w->ended);
	}

	return 0;
}

static void put_memory(struct model *m)
{
	/* Not vfree(): it would free the pages one by one. */
	vunmap(m->area);
	/* A page in an unknown state is not given back. */
	for (unsigned int i = 0; i < m->nr_chunks; i++) {
		if (!atomic_read(&m->mismatches))
			free_pages(m->chunk[i], m->chunk_order);
	}
	kvfree(m->worker);
	kvfree(m->state);
	kvfree(m->stamp);
	kvfree(m->base);
	kvfree(m->page);
	kvfree(m->chunk);
}

/**
 * linear_map_stress_run() - change the linear map from many threads at once
 * @params: what to do
 *
 * The results are in the kernel log.
 *
 * Context: process context, no locks held. Sleeps.
 * Return: the number of mismatches; -EINVAL for wrong parameters, -EOPNOTSUPP
 * where the linear map cannot be changed or, if allocations are to fail, where
 * nothing is split; -ENODATA if none failed; another error if the test cannot
 * be run.
 */
int linear_map_stress_run(const struct linear_map_stress *params)
{
	struct model m = { .params = params };
	int ret = check_params(params);

	if (ret)
		return ret;
	if (!can_set_direct_map() ||
	    (params->fail && linear_map_only_pages()))
		return -EOPNOTSUPP;

	ret = get_memory(&m);
	if (!ret)
		ret = run_model(&m);
	put_memory(&m);

	return ret ?: atomic_read(&m.mismatches);
}
EXPORT_SYMBOL_NS_GPL(linear_map_stress_run, "LINEAR_MAP_SELFTEST");

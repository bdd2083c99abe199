// SPDX-License-Identifier: GPL-2.0-only
/*
 * Merge leaves of the linear map: pages to contiguous runs and blocks, blocks to
 * contiguous runs and larger blocks. This is the inverse of the split code in
 * mmu.c.
 *
 * What may be merged: entries that are all valid, map memory that is contiguous
 * and aligned, and differ in nothing but the contiguous bit. PTE_PRESENT_INVALID
 * shares a bit with PTE_NG, so validity is looked at first.
 *
 * Who can walk the tables meanwhile, and what makes the old ones unreachable:
 *
 * - The hardware of every CPU, speculatively. linear_map_can_collapse() says that
 *   all of them tolerate a live change of size if nothing but the size changes
 *   (Arm ARM, R_KFLJB and R_PVTFW). So that nothing else does, no TLBI may be
 *   outstanding: a change of attributes holds linear_map_lock until it is done.
 *   TLBs may go on using smaller entries; a TLBI for a later change covers
 *   the range of that change, and so all of them that matter.
 * - Attribute changes and splits: they hold linear_map_lock for reading or writing,
 *   and a collapse for writing.
 * - ptdump: it holds init_mm's mmap lock for writing, and a collapse for reading.
 *   Not for writing: a writer, even one that waits, makes vmap_try_huge_pmd() fall
 *   back to small pages.
 * - Memory hotplug: excluded by get_online_mems().
 * - The KFENCE pool and CONFIG_DEBUG_PAGEALLOC change pages without a lock, in
 *   atomic context. The former is left alone, with every leaf that would touch it.
 *   With the latter the map is made of pages for good, and nothing is merged.
 * - Hibernation and the copy of the linear map for kexec walk without a lock, and
 *   read an entry twice: linear_map_collapse_pause().
 * - perf_get_page_size() and show_pte() walk with nothing but interrupts off,
 *   even in NMI: tables are freed after an interrupt on each CPU. That also
 *   waits for a CPU that comes out of idle: until finalise_el2() it may walk by
 *   EL1's TTBR1_EL1 with VHE, where broadcast TLBIs for EL2 do not reach it.
 *   CPUs that come online are kept out by cpus_read_lock().
 * - KPTI rewrites all entries, with all other CPUs stopped and before anything is
 *   merged; kpti_install_ng_mappings() holds linear_map_lock for writing.
 * - The kernel image's alias stays as it is: mark_linear_data_alias_valid() takes
 *   it for granted that it needs no split.
 *
 * Not merged either is memory that can be removed without a look at its leaves:
 * what was not there at boot, and device memory, comes and goes by sections and
 * parts of them. What is read-only or shared with the host becomes contiguous runs,
 * but no blocks.
 *
 * Order of locks: cpu_hotplug_lock, mem_hotplug_lock, init_mm, linear_map_lock.
 */
#define pr_fmt(fmt) "linear map: " fmt

#include <kunit/static_stub.h>

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/direct_map.h>
#include <linux/freezer.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/notifier.h>
#include <linux/pgalloc.h>
#include <linux/sched.h>
#include <linux/suspend.h>
#include <linux/unroll.h>
#include <linux/vmstat.h>
#include <linux/wait.h>

#include <asm/rsi.h>
#include <asm/sections.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>

#include "linear_map.h"

static atomic_t paused = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(pause_wait);

/* Tables that nothing points to any more, and what became of their entries. */
struct collapse {
	struct list_head tables;
	bool (*wanted)(unsigned long addr);
	struct linear_map_collapsed *done;
	bool excludes;			/* something in this step is_excluded() */
	unsigned long cont_pages;	/* of its new PMD blocks, in runs before */
};

/* Does [@start, @start + @size) touch what is not to be merged? */
static bool is_excluded(unsigned long start, unsigned long size)
{
	unsigned long end = start + size;
	unsigned long image = (unsigned long)lm_alias(_text);
	unsigned long image_end = (unsigned long)lm_alias(_end);

	KUNIT_STATIC_STUB_REDIRECT(is_excluded, start, size);

	if (start < image_end && end > image)
		return true;
#ifdef CONFIG_KFENCE
	if (__kfence_pool) {
		unsigned long pool = __tag_reset((unsigned long)__kfence_pool);

		if (start < pool + KFENCE_POOL_SIZE && end > pool)
			return true;
	}
#endif
	return false;
}

static void queue_table(struct collapse *c, phys_addr_t table)
{
	struct ptdesc *ptdesc = page_ptdesc(phys_to_page(table));

	list_add(&ptdesc->pt_list, &c->tables);
	c->done->tables++;
}

/*
 * Do @n entries from @ptep on map contiguous memory as the first one does? In
 * the descriptor the address goes up by the size of a page: within a block no
 * carry gets to the bits that are stored elsewhere.
 */
static bool is_uniform(pte_t *ptep, unsigned int n, unsigned long size)
{
	ptval_t expected = pte_val(__ptep_get(ptep));
	unsigned int i, j;

	if (!pte_valid(__pte(expected)) ||
	    !IS_ALIGNED(__pte_to_phys(__pte(expected)), n * size))
		return false;
	/* Runs and tables have multiples of 8 entries: one branch for these. */
	for (i = 0; i < n; i += 8) {
		ptval_t differ = 0;

		unrolled_full
		for (j = i; j < i + 8; j++, expected += size)
			differ |= pte_val(__ptep_get(ptep + j)) ^ expected;
		if (differ & ~PTE_CONT)
			return false;
	}

	return true;
}

/* How many of the @n entries from @ptep on are in contiguous runs of @run? */
static unsigned int nr_cont(pte_t *ptep, unsigned int n, unsigned int run)
{
	unsigned int i, nr = 0;

	for (i = 0; i < n; i += run)
		nr += pte_cont(__ptep_get(ptep + i)) ? run : 0;

	return nr;
}

/* Make contiguous runs in the table at @ptep, which maps @addr. */
static void collapse_to_contpte(struct collapse *c, pte_t *ptep,
				unsigned long addr)
{
	unsigned long flags;
	unsigned int i, j;

	lazy_mmu_mode_enable();
	for (i = 0; i < PTRS_PER_PTE; i += CONT_PTES) {
		if (pte_cont(__ptep_get(ptep + i)) ||
		    is_excluded(addr + i * PAGE_SIZE, CONT_PTE_SIZE) ||
		    !is_uniform(ptep + i, CONT_PTES, PAGE_SIZE))
			continue;
		/* contpte_ptep_get_lockless() waits until a run is all of one kind. */
		local_irq_save(flags);
		for (j = i; j < i + CONT_PTES; j++)
			__set_pte(ptep + j, pte_mkcont(__ptep_get(ptep + j)));
		local_irq_restore(flags);
		linear_map_recount(LINEAR_MAP_PTE, LINEAR_MAP_CONT_PTE, CONT_PTES);
		c->done->runs++;
	}
	lazy_mmu_mode_disable();
}

/* Make a contiguous run of the PMD blocks from @pmdp on. */
static void collapse_to_contpmd(struct collapse *c, pmd_t *pmdp)
{
	unsigned int i;

	if (pmd_cont(pmdp_get(pmdp)) ||
	    !is_uniform((pte_t *)pmdp, CONT_PMDS, PMD_SIZE))
		return;
	for (i = 0; i < CONT_PMDS; i++, pmdp++)
		set_pmd(pmdp, pmd_mkcont(pmdp_get(pmdp)));
	linear_map_recount(LINEAR_MAP_PMD, LINEAR_MAP_CONT_PMD,
			   CONT_PMDS * PTRS_PER_PTE);
	c->done->runs++;
}

/*
 * Does all of it stay? What was there at boot does, but not device memory in
 * holes of its sections. Memory is not added or removed now.
 */
static bool is_boot_memory(unsigned long addr, unsigned long size)
{
	phys_addr_t start = __pa(addr);
	unsigned long pfn = PHYS_PFN(start), end = PHYS_PFN(start + size);

	KUNIT_STATIC_STUB_REDIRECT(is_boot_memory, addr, size);

	for (; pfn < end; pfn += PAGES_PER_SECTION)
		if (!early_section(__pfn_to_section(pfn)))
			return false;
	return memblock_is_region_memory(start, size);
}

/*
 * May a block have the attributes of this entry? To change a page in a block takes
 * a table, and who frees pages cannot deal with a lack of memory: vm_reset_perms()
 * makes them writable again, and what cannot be made private again is leaked. So
 * what is read-only or shared with the host stays in its table.
 */
static bool may_be_block(ptval_t val)
{
	if ((val & PTE_WRITE) && !(val & PROT_NS_SHARED))
		return true;

	KUNIT_STATIC_STUB_REDIRECT(may_be_block, val);

	return false;
}

/*
 * The block in the place of @table, whose first entry is @first. What the table
 * forbids goes into it; the bits are the same in PMDs and PUDs.
 */
static ptval_t block_of(ptval_t first, ptval_t table)
{
	ptval_t val = first & ~(PTE_TYPE_MASK | PTE_CONT);

	val |= PMD_TYPE_SECT;
	if (table & PMD_TABLE_PXN)
		val |= PMD_SECT_PXN;
	if (table & PMD_TABLE_UXN)
		val |= PMD_SECT_UXN;

	return val;
}

static void collapse_pmd(struct collapse *c, pmd_t *pmdp, pmd_t pmd,
			 unsigned long addr)
{
	pte_t *ptep = pte_offset_kernel(pmdp, addr);

	/* Device memory is added by 2 MiB, which is PMD_SIZE with 4K pages. */
	if ((c->excludes && is_excluded(addr, PMD_SIZE)) ||
	    (!(pmd_val(pmd) & PMD_TABLE_UNIFORM) &&
	     !is_uniform(ptep, PTRS_PER_PTE, PAGE_SIZE)) ||
	    (!IS_ENABLED(CONFIG_ARM64_4K_PAGES) &&
	     !is_boot_memory(addr, PMD_SIZE)) ||
	    !may_be_block(pte_val(__ptep_get(ptep)))) {
		/* Some of its runs may be left as they are. */
		if (pmd_val(pmd) & PMD_TABLE_UNIFORM)
			set_pmd(pmdp, __pmd(pmd_val(pmd) & ~PMD_TABLE_UNIFORM));
		collapse_to_contpte(c, ptep, addr);
		return;
	}

	VM_WARN_ON_ONCE(!is_uniform(ptep, PTRS_PER_PTE, PAGE_SIZE));
	if (!(pmd_val(pmd) & PMD_TABLE_UNIFORM))
		c->cont_pages += nr_cont(ptep, PTRS_PER_PTE, CONT_PTES);
	else if (pte_cont(__ptep_get(ptep)))
		c->cont_pages += PTRS_PER_PTE;
	set_pmd(pmdp, __pmd(block_of(pte_val(__ptep_get(ptep)), pmd_val(pmd))));
	queue_table(c, __pmd_to_phys(pmd));
	c->done->pmds++;
}

/* The entries of the PMD table under @pudp, of which @pmdp is the first. */
static void collapse_pmds(struct collapse *c, pud_t *pudp, pmd_t *pmdp,
			  unsigned long addr, unsigned int n,
			  unsigned long start, unsigned long end)
{
	pmd_t first = pmdp_get(pmdp);
	pud_t pud = pudp_get(pudp);
	unsigned int i, cont;

	if (pud_sect_supported() && pmd_leaf(first) &&
	    !is_excluded(addr, PUD_SIZE) &&
	    is_uniform((pte_t *)pmdp, PTRS_PER_PMD, PMD_SIZE) &&
	    is_boot_memory(addr, PUD_SIZE) && may_be_block(pmd_val(first))) {
		cont = nr_cont((pte_t *)pmdp, PTRS_PER_PMD, CONT_PMDS);
		linear_map_recount(LINEAR_MAP_CONT_PMD, LINEAR_MAP_PUD,
				   cont * PTRS_PER_PTE);
		linear_map_recount(LINEAR_MAP_PMD, LINEAR_MAP_PUD,
				   (PTRS_PER_PMD - cont) * PTRS_PER_PTE);
		count_vm_event(DIRECT_MAP_LEVEL3_COLLAPSE);
		set_pud(pudp, __pud(block_of(pmd_val(first), pud_val(pud))));
		queue_table(c, __pud_to_phys(pud));
		c->done->puds++;
		return;
	}

	for (i = 0; i < n; i += CONT_PMDS) {
		unsigned long run = addr + i * PMD_SIZE;
		pmd_t pmd = pmdp_get(pmdp + i);

		if (run + CONT_PMD_SIZE > start && run < end &&
		    pmd_leaf(pmd) && !is_excluded(run, CONT_PMD_SIZE) &&
		    is_boot_memory(run, CONT_PMD_SIZE))
			collapse_to_contpmd(c, pmdp + i);
	}
}

/**
 * linear_map_pud() - the way to the PMD entry of an address
 * @pgd: the root table
 * @addr: the address
 *
 * Context: the tables on the way are not freed meanwhile.
 * Return: the PUD entry, for pmd_offset(); NULL if it leads to no table.
 */
pud_t *linear_map_pud(pgd_t *pgd, unsigned long addr)
{
	pgd_t *pgdp = pgd_offset_pgd(pgd, addr);
	p4d_t *p4dp;
	pud_t *pudp;

	if (!pgd_present(pgdp_get(pgdp)))
		return NULL;
	p4dp = p4d_offset(pgdp, addr);
	if (!p4d_present(p4dp_get(p4dp)))
		return NULL;
	pudp = pud_offset(p4dp, addr);

	return pud_present(pudp_get(pudp)) && !pud_leaf(pudp_get(pudp)) ?
	       pudp : NULL;
}

static void collapse_step(struct collapse *c, pgd_t *pgd, unsigned long step,
			  unsigned long start, unsigned long end)
{
	unsigned int n = LINEAR_MAP_STEP / PMD_SIZE, i;
	unsigned long before = c->done->pmds, made;
	pud_t *pudp = linear_map_pud(pgd, step);
	pmd_t *pmdp, pmd;

	if (!pudp)
		return;
	pmdp = pmd_offset(pudp, step);
	c->excludes = is_excluded(step, LINEAR_MAP_STEP);
	c->cont_pages = 0;

	for (i = 0; i < n; i++) {
		unsigned long addr = step + i * PMD_SIZE;

		pmd = pmdp_get(pmdp + i);
		if (addr + PMD_SIZE > start && addr < end && pmd_table(pmd) &&
		    (!c->wanted || c->wanted(addr)))
			collapse_pmd(c, pmdp + i, pmd, addr);
	}
	made = c->done->pmds - before;
	linear_map_recount(LINEAR_MAP_CONT_PTE, LINEAR_MAP_PMD, c->cont_pages);
	linear_map_recount(LINEAR_MAP_PTE, LINEAR_MAP_PMD,
			   made * PTRS_PER_PTE - c->cont_pages);
	count_vm_events(DIRECT_MAP_LEVEL2_COLLAPSE, made);
	collapse_pmds(c, pudp, pmdp, step, n, start, end);
}

static void free_reserved_run(unsigned long pfn, unsigned long nr)
{
	while (nr) {
		unsigned int order = min(ilog2(nr), MAX_PAGE_ORDER);

		if (pfn)
			order = min(order, __ffs(pfn));
		free_reserved_pages(pfn_to_page(pfn), order);
		pfn += 1UL << order;
		nr -= 1UL << order;
	}
}

/*
 * Those from memblock, which have no constructor, were allocated one behind the
 * other as the map was made: freed in one piece they cost a fraction.
 */
static void free_tables(struct list_head *tables)
{
	struct ptdesc *ptdesc, *next;
	unsigned long first = 0, nr = 0;

	list_for_each_entry_safe(ptdesc, next, tables, pt_list) {
		unsigned long pfn = page_to_pfn(ptdesc_page(ptdesc));

		if (!PageReserved(ptdesc_page(ptdesc))) {
			pagetable_dtor_free(ptdesc);
			continue;
		}
		/* A block of the buddy allocator lies in one zone. */
		if (pfn != first + nr ||
		    page_zone(pfn_to_page(pfn)) != page_zone(pfn_to_page(first))) {
			free_reserved_run(first, nr);
			first = pfn;
			nr = 0;
		}
		nr++;
	}
	free_reserved_run(first, nr);
	INIT_LIST_HEAD(tables);
}

static bool is_any_wanted(bool (*wanted)(unsigned long addr),
			  unsigned long addr, unsigned long end)
{
	for (; addr < end; addr = ALIGN(addr + 1, PMD_SIZE)) {
		if (wanted(addr))
			return true;
	}

	return false;
}

/**
 * linear_map_collapse() - merge leaves of the linear map
 * @start: first address
 * @end: first address behind it
 * @wanted: says of the address of a PMD block whether its pages are to be merged;
 * NULL: all of them
 * @done: counts what was merged, in addition to what it says already
 *
 * Merges as far up as it goes, where [@start, @end) has a part in it. What cannot
 * be merged stays as it is, and is no error. The locks are released after each
 * LINEAR_MAP_STEP.
 *
 * Context: sleeps; boot memory may be freed (after page_alloc_init_late()).
 * Return: 0; -EBUSY while others may read the tables without a lock; -EOPNOTSUPP
 * where live changes of mapping size are not known to be tolerated.
 */
int linear_map_collapse(unsigned long start, unsigned long end,
			bool (*wanted)(unsigned long addr),
			struct linear_map_collapsed *done)
{
	struct collapse c = { LIST_HEAD_INIT(c.tables), wanted, done };
	unsigned long step;
	int ret = 0;

	for (step = ALIGN_DOWN(start, LINEAR_MAP_STEP); step < end && !ret;
	     step += LINEAR_MAP_STEP) {
		unsigned long from = max(step, start);
		u64 began;

		if (wanted &&
		    !is_any_wanted(wanted, from, min(step + LINEAR_MAP_STEP, end)))
			continue;

		/* From the first write to the last free: see the top. */
		cpus_read_lock();
		get_online_mems();
		/* Steps over holes are not worth the other locks. */
		if (memblock_overlaps_region(&memblock.memory, __pa(from),
					     min(step + LINEAR_MAP_STEP, end) - from)) {
			mmap_read_lock(&init_mm);
			down_write(&linear_map_lock);
			began = ktime_get_ns();

			if (!linear_map_can_collapse())
				ret = -EOPNOTSUPP;
			else if (atomic_read(&paused))
				ret = -EBUSY;
			else
				collapse_step(&c, init_mm.pgd, step, start, end);
			/*
			 * By address, last-level entries or all of them, it would
			 * take one TLBI for each table, and one for each page of
			 * them.
			 */
			if (!list_empty(&c.tables))
				flush_tlb_all();

			done->longest_ns = max(done->longest_ns,
					       ktime_get_ns() - began);
			up_write(&linear_map_lock);
			mmap_read_unlock(&init_mm);
		}
		put_online_mems();

		if (!list_empty(&c.tables)) {
			tlb_remove_table_sync_one();
			free_tables(&c.tables);
		}
		cpus_read_unlock();
		cond_resched();
	}

	return ret;
}

int arch_direct_map_collapse(unsigned long start, unsigned long end,
			     bool (*wanted)(unsigned long addr))
{
	struct linear_map_collapsed done = {};

	return linear_map_collapse(start, end, wanted, &done);
}

/**
 * linear_map_collapse_pause() - merge nothing until linear_map_collapse_resume()
 *
 * For readers of the tables that cannot take linear_map_lock.
 *
 * Context: sleeps. Nests.
 */
void linear_map_collapse_pause(void)
{
	atomic_inc(&paused);
	/* Whoever has not seen it yet is done when we get the lock. */
	down_write(&linear_map_lock);
	up_write(&linear_map_lock);
}

/**
 * linear_map_collapse_resume() - the end of linear_map_collapse_pause()
 *
 * Context: any.
 */
void linear_map_collapse_resume(void)
{
	if (!atomic_dec_return_release(&paused))
		wake_up_all(&pause_wait);
}

#ifdef CONFIG_HIBERNATION
static int collapse_pm_notify(struct notifier_block *nb, unsigned long mode,
			      void *unused)
{
	switch (mode) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		linear_map_collapse_pause();
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		linear_map_collapse_resume();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block collapse_pm_nb = {
	.notifier_call = collapse_pm_notify,
};
#endif

/**
 * linear_map_collapse_ram() - merge leaves of all of the linear map
 * @done: counts what was merged
 *
 * Waits while linear_map_collapse_pause() is in effect.
 *
 * Context: sleeps, freezable.
 * Return: 0; -EOPNOTSUPP as linear_map_collapse(); -ERESTARTSYS after a signal.
 */
int linear_map_collapse_ram(struct linear_map_collapsed *done)
{
	unsigned long addr, end;
	int ret = 0;

	get_online_mems();
	addr = (unsigned long)__va(memblock_start_of_DRAM());
	end = (unsigned long)__va(memblock_end_of_DRAM() - 1) + 1;
	put_online_mems();

	while (addr < end && !ret) {
		unsigned long next = min(ALIGN(addr + 1, LINEAR_MAP_STEP), end);

		ret = linear_map_collapse(addr, next, NULL, done);
		if (!ret)
			addr = next;
		else if (ret == -EBUSY)
			ret = wait_event_freezable(pause_wait,
						   !atomic_read(&paused));
	}

	return ret;
}

/**
 * linear_map_obstacle() - why pages that could be merged are not
 * @addr: a PMD block's address
 * @first: the entry of its first page
 *
 * Context: get_online_mems().
 * Return: the reason, or NULL if there is none but the state of the entries.
 */
const char *linear_map_obstacle(unsigned long addr, pte_t first)
{
	if (!linear_map_can_collapse())
		return "the map stays as it is";
	if (is_excluded(addr, PMD_SIZE))
		return "kernel image or KFENCE pool";
	if (!IS_ENABLED(CONFIG_ARM64_4K_PAGES) &&
	    !is_boot_memory(addr, PMD_SIZE))
		return "memory can be removed";
	if (!may_be_block(pte_val(first)))
		return pte_write(first) ? "shared" : "read-only";
	return NULL;
}

/* After a boot that mapped it by pages first. */
static int collapse_all(void *unused)
{
	struct linear_map_collapsed done = {};
	u64 began;
	int ret;

	set_freezable();
	/*
	 * Until mark_rodata_ro() is done, the root table can become read-only.
	 * Before that, software_resume() freezes us, asleep or not.
	 */
	while (system_state < SYSTEM_RUNNING) {
		__set_current_state(TASK_IDLE | TASK_FREEZABLE);
		schedule_timeout(HZ / 50);
	}

	began = ktime_get_ns();
	ret = linear_map_collapse_ram(&done);
	if (ret) {
		pr_warn("pages are not merged: error %d\n", ret);
		return 0;
	}

	pr_info("pages merged: %lu PMD and %lu PUD blocks, %lu contiguous runs; %lu tables freed, %llu us, %llu us at a time\n",
		done.pmds, done.puds, done.runs, done.tables,
		(ktime_get_ns() - began) / NSEC_PER_USEC,
		done.longest_ns / NSEC_PER_USEC);
	return 0;
}

static int __init linear_map_collapse_init(void)
{
	struct task_struct *task;

#ifdef CONFIG_HIBERNATION
	register_pm_notifier(&collapse_pm_nb);
#endif
	if (!linear_map_pages_first())
		return 0;
	task = kthread_run(collapse_all, NULL, "linear_map");
	if (IS_ERR(task))
		pr_warn("pages are not merged: error %pe\n", task);
	return 0;
}
late_initcall(linear_map_collapse_init);

#ifdef CONFIG_ARM64_LINEAR_MAP_KUNIT_TEST
#include "linear_map_kunit.c"
#endif

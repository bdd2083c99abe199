// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commit a fault on the page tables that the kernel is running on, for the
 * page-table watch of the realm monitor to find.
 *
 * insmod plant.ko fault=NAME[,NAME...] commits each fault of the list once, on
 * entries that map memory of this module and that nobody else uses, and puts
 * the map back as it was, by break-before-make. So the boot goes on as if
 * nothing had happened: an emulator's TLB forgives all of them.
 *
 * A function plants one fault; the comment above it says what is wrong. What is
 * called legal must not be reported. Some of that is legal only where all CPUs
 * tolerate a live change of size (FEAT_BBML3).
 */

#define pr_fmt(fmt) "plant: " fmt

#include <linux/bitfield.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include <asm/cpufeature.h>
#include <asm/rsi.h>
#include <asm/rsi_cmds.h>
#include <asm/sysreg.h>
#include <asm/tlbflush.h>

static char *fault;
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "faults to commit, comma between");

/* What a fault is committed on. */
enum kind {
	PAGES,		/* two pages beside each other, in vmalloc space */
	RUN,		/* a contiguous run of pages, in vmalloc space */
	BLOCKS,		/* two blocks beside each other, in vmalloc space */
	LINEAR,		/* a block of the linear map, in a contiguous run */
};

struct area {
	void *mem;
	unsigned long va;
	u64 *entry;		/* its leaf; with PAGES and BLOCKS the next too */
	u64 leaf, next;		/* what they were */
	u64 *table, *other;	/* tables that translate as the block does */
};

/*
 * All that changes or invalidates an entry is inlined, so that the address
 * that the watch reports lies in the function of the fault.
 */
static __always_inline void store(u64 *entry, u64 desc)
{
	WRITE_ONCE(*entry, desc);
	dsb(ishst);
	isb();
}

static __always_inline void flush_all(void)
{
	dsb(ishst);
	__tlbi(vmalle1is);
	dsb(ish);
	isb();
}

/* Of any ASID, without a level hint. */
static __always_inline u64 tlbi_va(unsigned long va)
{
	return (va >> 12) & GENMASK_ULL(43, 0);
}

/* The entry of the last level only: not those that lead to it. */
static __always_inline void flush_leaf(unsigned long va)
{
	dsb(ishst);
	__tlbi(vaale1is, tlbi_va(va));
	dsb(ish);
	isb();
}

/* The same, for this CPU only. */
static __always_inline void flush_leaf_local(unsigned long va)
{
	dsb(nshst);
	__tlbi(vaale1, tlbi_va(va));
	dsb(nsh);
	isb();
}

/* Legal whatever the two are, and whoever is looking. */
static __always_inline void break_make(u64 *entry, u64 desc)
{
	store(entry, 0);
	flush_all();
	store(entry, desc);
}

static __always_inline u64 link_to(u64 *table)
{
	return __pa(table) | PMD_TYPE_TABLE | PMD_TABLE_AF | PMD_TABLE_UXN;
}

static __always_inline u64 read_only(u64 desc)
{
	return (desc & ~PTE_WRITE) | PTE_RDONLY;
}

/* The first @count blocks of the run that a block of the linear map is in. */
static __always_inline void change_contiguous(struct area *a, int count, u64 bit)
{
	u64 *run = a->entry - (a->va & ~CONT_PMD_MASK) / PMD_SIZE;
	int i;

	for (i = 0; i < count; i++)
		store(&run[i], (run[i] & ~PMD_SECT_CONT) | bit);
}

static __always_inline void change_live(struct area *a, u64 desc)
{
	store(a->entry, desc);
	flush_leaf(a->va);
	break_make(a->entry, a->leaf);
}

/*
 * Between the change and its TLBI some CPUs see the old page and some the new
 * one: neither coherent nor in order.
 */
static noinline void output_address(struct area *a)
{
	change_live(a, a->next);
}

/* CPUs that access one location with two memory types lose coherency. */
static noinline void memory_type(struct area *a)
{
	change_live(a, (a->leaf & ~PTE_ATTRINDX_MASK) |
		       PTE_ATTRINDX(MT_DEVICE_nGnRE));
}

/* Cacheability is a part of the memory type. */
static noinline void cacheability(struct area *a)
{
	change_live(a, (a->leaf & ~PTE_ATTRINDX_MASK) |
		       PTE_ATTRINDX(MT_NORMAL_NC));
}

/* Nor may they disagree on who is kept coherent. */
static noinline void shareability(struct area *a)
{
	change_live(a, a->leaf & ~PTE_SHARED);
}

/* A global entry and one with an ASID for the same address may both hit. */
static noinline void global(struct area *a)
{
	break_make(a->entry, a->leaf | PTE_NG);
	change_live(a, a->leaf);
}

/* Legal where all tolerate it. Else block and page may both hit, and abort. */
static noinline void split(struct area *a)
{
	store(a->entry, link_to(a->table));
	flush_all();
	break_make(a->entry, a->leaf);
}

/* The same in the other direction. */
static noinline void collapse(struct area *a)
{
	break_make(a->entry, link_to(a->table));
	store(a->entry, a->leaf);
}

static __always_inline void set_run(struct area *a, u64 desc)
{
	int i;

	for (i = 0; i < CONT_PTES; i++)
		store(&a->entry[i], desc + i * PAGE_SIZE);
}

/* Legal whatever the run is now. */
static __always_inline void break_make_run(struct area *a, u64 desc)
{
	int i;

	for (i = 0; i < CONT_PTES; i++)
		store(&a->entry[i], 0);
	flush_all();
	set_run(a, desc);
}

/* The contiguous bit, too, says how much an entry of the TLB translates. */
static noinline void contiguous_bit(struct area *a)
{
	set_run(a, a->leaf & ~PTE_CONT);
	flush_all();
	break_make_run(a, a->leaf);
}

/*
 * Tolerance ends where block and table do not agree: until its TLBI, a CPU
 * translates by either.
 */
static noinline void split_and_more(struct area *a)
{
	a->table[7] = read_only(a->table[7]);
	store(a->entry, link_to(a->table));
	flush_all();
	break_make(a->entry, a->leaf);
}

static noinline void collapse_and_more(struct area *a)
{
	a->table[7] = read_only(a->table[7]);
	break_make(a->entry, link_to(a->table));
	store(a->entry, a->leaf);
}

/* The tables map other pages: a change of output address, one level up. */
static noinline void other_table(struct area *a)
{
	swap(a->other[3], a->other[4]);
	break_make(a->entry, link_to(a->table));
	store(a->entry, link_to(a->other));
	flush_all();
	break_make(a->entry, a->leaf);
}

/* Legal: whichever of the two is walked, the translation is the same. */
static noinline void same_table(struct area *a)
{
	break_make(a->entry, link_to(a->table));
	store(a->entry, link_to(a->other));
	flush_all();
	break_make(a->entry, a->leaf);
}

/*
 * The table was made from what the block was a moment ago. A change of its
 * permissions by another CPU comes in between, and the split takes it back.
 */
static noinline void lost_update(struct area *a)
{
	store(a->entry, read_only(a->leaf));
	flush_all();
	store(a->entry, link_to(a->table));
	flush_all();
	break_make(a->entry, a->leaf);
}

/*
 * The table is right for the block as it is now, but a TLB may still hold the
 * block as it was, beside pages with other permissions.
 */
static noinline void stale_size(struct area *a)
{
	int i;

	for (i = 0; i < PTRS_PER_PTE; i++)
		a->table[i] = read_only(a->table[i]);
	store(a->entry, read_only(a->leaf));
	store(a->entry, link_to(a->table));
	flush_all();
	break_make(a->entry, a->leaf);
}

/* An invalid entry in between does not reach who has the old one in his TLB. */
static noinline void no_break(struct area *a)
{
	store(a->entry, 0);
	change_live(a, a->next);
}

/* The same by another size, where the two translate alike: not for all CPUs. */
static noinline void no_break_size(struct area *a)
{
	store(a->entry, 0);
	store(a->entry, link_to(a->table));
	flush_all();
	break_make(a->entry, a->leaf);
}

/* A TLBI that is not broadcast leaves the entry in the other CPUs' TLBs. */
static noinline void no_break_local(struct area *a)
{
	store(a->entry, 0);
	flush_leaf_local(a->va);
	change_live(a, a->next);
}

/* A TLBI with the hint that there was a block leaves pages where they are. */
static noinline void no_break_hint(struct area *a)
{
	u64 hint = FIELD_PREP(TLBI_TTL_MASK, TLBI_TTL_TG_4K << 2 | 2);

	store(a->entry, 0);
	__tlbi(vaale1is, tlbi_va(a->va) | hint);
	dsb(ish);
	isb();
	change_live(a, a->next);
}

/* A TLBI by ASID leaves global entries where they are. */
static noinline void no_break_asid(struct area *a)
{
	store(a->entry, 0);
	__tlbi(aside1is, 0);
	dsb(ish);
	isb();
	change_live(a, a->next);
}

/* A walk cache may still lead to the table: what is written is an entry. */
static noinline void table_reuse(struct area *a)
{
	break_make(a->entry, link_to(a->table));
	store(a->entry, 0);
	WRITE_ONCE(a->table[0], 0);
	flush_all();
	store(a->entry, a->leaf);
}

/* TLBI by last level drops all pages, and leaves the walk caches alone. */
static noinline void table_reuse_last_level(struct area *a)
{
	int i;

	break_make(a->entry, link_to(a->table));
	store(a->entry, 0);
	for (i = 0; i < PTRS_PER_PTE; i++)
		flush_leaf(a->va + i * PAGE_SIZE);
	WRITE_ONCE(a->table[0], 0);
	flush_all();
	store(a->entry, a->leaf);
}

/* What is done to the table at its new address happens at the old one too. */
static noinline void table_relink(struct area *a)
{
	break_make(a->entry, link_to(a->table));
	store(&a->entry[1], 0);
	flush_all();
	store(&a->entry[0], 0);
	store(&a->entry[1], link_to(a->table));
	flush_all();
	store(a->entry, a->leaf);
	break_make(&a->entry[1], a->next);
}

static noinline void table_read_there(void *entry)
{
	READ_ONCE(*(u64 *)entry);
}

/*
 * What has been taken off the tree is free: it may be anybody's by now. Only
 * the CPU that has taken it off may look through it for more to free.
 */
static noinline void table_read(struct area *a)
{
	int there = cpumask_any_but(cpu_online_mask, smp_processor_id());

	break_make(a->entry, link_to(a->table));
	store(a->entry, 0);
	flush_all();
	WARN_ON(smp_call_function_single(there, table_read_there, &a->table[1],
					 true));
	WRITE_ONCE(a->table[0], 0);
	store(a->entry, a->leaf);
}

/* A walk would read the registers of a device, the UART of QEMU's board. */
static noinline void table_address(struct area *a)
{
	break_make(a->entry, 0x09000000 | PMD_TYPE_TABLE);
	break_make(a->entry, a->leaf);
}

static __always_inline void set_ripas(phys_addr_t pa, enum ripas ripas)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_smc(SMC_RSI_IPA_STATE_SET, pa, pa + PAGE_SIZE, ripas,
			  RSI_CHANGE_DESTROYED, &res);
	WARN_ON(res.a0 != RSI_SUCCESS || res.a2 != RSI_ACCEPT);
}

/* What set_memory_decrypted() and set_memory_encrypted() ask for. */
static __always_inline void hand_over_and_back(phys_addr_t pa)
{
	set_ripas(pa, RSI_RIPAS_EMPTY);
	set_ripas(pa, RSI_RIPAS_RAM);
}

/* A TLB still leads to what is the host's now: an abort, at any later time. */
static noinline void handed_over(struct area *a)
{
	change_contiguous(a, CONT_PMDS, 0);
	flush_all();
	store(a->entry, 0);
	hand_over_and_back(__pa(a->mem));
	flush_all();
	store(a->entry, a->leaf & ~PMD_SECT_CONT);
	change_contiguous(a, CONT_PMDS, PMD_SECT_CONT);
}

/* The next walk aborts, as it may not read what is the host's. */
static noinline void handed_over_table(struct area *a)
{
	break_make(a->entry, link_to(a->table));
	hand_over_and_back(__pa(a->table));
	break_make(a->entry, a->leaf);
}

/* Whoever still has the writable entry changes code that others execute. */
static noinline void stale_writable(struct area *a)
{
	break_make(&a->entry[1], read_only(a->leaf));
	store(&a->entry[0], read_only(a->leaf));
	store(&a->entry[1], read_only(a->leaf) & ~PTE_PXN);
	flush_all();
	break_make(&a->entry[1], a->next);
	store(a->entry, a->leaf);
}

/*
 * The TLBI never comes: the page stays writable for whoever has it cached. It
 * must be at the end of the machine, as any TLBI of all that the kernel has
 * other reasons for is good for this too.
 */
static noinline void stale_permission(struct area *a)
{
	store(a->entry, read_only(a->leaf));
}

/*
 * One entry of the TLB stands for the run: it is one half of it or the other.
 * By the TLBI for what was changed, the change is complete.
 */
static noinline void contiguous(struct area *a)
{
	int i;

	for (i = 0; i < CONT_PTES / 2; i++)
		store(&a->entry[i], read_only(a->leaf) + i * PAGE_SIZE);
	for (i = 0; i < CONT_PTES / 2; i++)
		flush_leaf(a->va + i * PAGE_SIZE);
	set_run(a, a->leaf);
}

/* Nor may it stay so. More permissions alone need no TLBI. */
static noinline void contiguous_at_end(struct area *a)
{
	int i;

	break_make_run(a, read_only(a->leaf));
	for (i = 0; i < CONT_PTES / 2; i++)
		store(&a->entry[i], a->leaf + i * PAGE_SIZE);
}

/* The same for blocks, and by the contiguous bit itself. */
static noinline void linear_contiguous(struct area *a)
{
	change_contiguous(a, CONT_PMDS / 2, 0);
	flush_leaf(a->va & CONT_PMD_MASK);
	change_contiguous(a, CONT_PMDS / 2, PMD_SECT_CONT);
}

/*
 * Legal where all tolerate it: what the kernel does in its linear map, and
 * back. The block is in use, with all that is in the same run.
 */
static noinline void linear(struct area *a)
{
	u64 page = a->table[7];

	change_contiguous(a, CONT_PMDS, 0);
	flush_all();
	store(a->entry, link_to(a->table));
	flush_all();
	store(&a->table[7], read_only(page));
	flush_leaf(a->va + 7 * PAGE_SIZE);
	store(&a->table[7], page);
	flush_leaf(a->va + 7 * PAGE_SIZE);
	store(a->entry, a->leaf & ~PMD_SECT_CONT);
	flush_all();
	change_contiguous(a, CONT_PMDS, PMD_SECT_CONT);
}

/* Legal: Normal Tagged is Normal with a permission to check tags. */
static noinline void tagged(struct area *a)
{
	store(a->entry, a->leaf ^ PTE_ATTRINDX(MT_NORMAL) ^
			PTE_ATTRINDX(MT_NORMAL_TAGGED));
	flush_leaf(a->va);
	store(a->entry, a->leaf);
	flush_leaf(a->va);
}

static bool updates_by_walker(void)
{
	return SYS_FIELD_GET(ID_AA64MMFR1_EL1, HAFDBS,
			     read_sysreg(id_aa64mmfr1_el1)) >=
	       ID_AA64MMFR1_EL1_HAFDBS_DBM;
}

/*
 * Legal: a walker sets the access flag, and clears RDONLY for the first write,
 * where TCR_EL1 asks for it.
 */
static noinline void walker(struct area *a)
{
	u64 tcr = read_sysreg(tcr_el1);

	write_sysreg(tcr | TCR_EL1_HA | TCR_EL1_HD, tcr_el1);
	isb();
	break_make(a->entry, (a->leaf & ~PTE_AF) | PTE_RDONLY);
	READ_ONCE(*(u64 *)a->va);
	WARN_ON((READ_ONCE(*a->entry) ^ a->leaf) != PTE_RDONLY);
	WRITE_ONCE(*(u64 *)a->va, 0);
	/* QEMU 11 leaves RDONLY alone where permissions are indirect. */
	if (cpus_have_final_cap(ARM64_HAS_S1PIE))
		store(a->entry, a->leaf);
	write_sysreg(tcr, tcr_el1);
	isb();
}

/* Legal: break-before-make, by the TLBI that a page needs and no more. */
static noinline void break_before_make(struct area *a)
{
	store(a->entry, 0);
	flush_leaf(a->va);
	store(a->entry, a->next);
	store(a->entry, 0);
	flush_leaf(a->va);
	store(a->entry, a->leaf);
}

/* Legal: less with a TLBI, more without; a contiguous run as a whole. */
static noinline void permission(struct area *a)
{
	int i;

	set_run(a, read_only(a->leaf));
	for (i = 0; i < CONT_PTES; i++)
		flush_leaf(a->va + i * PAGE_SIZE);
	set_run(a, a->leaf);
}

/* Legal: off the tree, out of the walk caches, and used for something else. */
static noinline void unlink(struct area *a)
{
	int i;

	break_make(a->entry, link_to(a->table));
	store(a->entry, 0);
	flush_all();
	for (i = 0; i < PTRS_PER_PTE; i++)
		WRITE_ONCE(a->table[i], i);
	store(a->entry, a->leaf);
}

struct fault {
	const char *name;
	void (*plant)(struct area *a);
	enum kind kind;
	bool (*needs)(void);
	bool at_end;	/* of the machine, and not undone */
	bool wanted;
};

#define FAULT(function, kind, ...) { #function, function, kind, __VA_ARGS__ }

static struct fault faults[] = {
	FAULT(output_address, PAGES),
	FAULT(memory_type, PAGES),
	FAULT(cacheability, PAGES),
	FAULT(shareability, PAGES),
	FAULT(global, PAGES),
	FAULT(split, BLOCKS),
	FAULT(collapse, BLOCKS),
	FAULT(contiguous_bit, RUN),
	FAULT(split_and_more, BLOCKS),
	FAULT(collapse_and_more, BLOCKS),
	FAULT(other_table, BLOCKS),
	FAULT(same_table, BLOCKS),
	FAULT(lost_update, BLOCKS),
	FAULT(stale_size, BLOCKS),
	FAULT(no_break, PAGES),
	FAULT(no_break_size, BLOCKS),
	FAULT(no_break_local, PAGES),
	FAULT(no_break_hint, PAGES),
	FAULT(no_break_asid, PAGES),
	FAULT(table_reuse, BLOCKS),
	FAULT(table_reuse_last_level, BLOCKS),
	FAULT(table_relink, BLOCKS),
	FAULT(table_read, BLOCKS),
	FAULT(table_address, BLOCKS),
	FAULT(handed_over, LINEAR, .needs = is_realm_world),
	FAULT(handed_over_table, BLOCKS, .needs = is_realm_world),
	FAULT(stale_writable, PAGES),
	FAULT(stale_permission, PAGES, .at_end = true),
	FAULT(contiguous, RUN),
	FAULT(contiguous_at_end, RUN, .at_end = true),
	FAULT(linear_contiguous, LINEAR),
	FAULT(linear, LINEAR),
	FAULT(tagged, PAGES),
	FAULT(walker, PAGES, .needs = updates_by_walker),
	FAULT(break_before_make, PAGES),
	FAULT(permission, RUN),
	FAULT(unlink, BLOCKS),
};

/* The leaf that maps @va, and whether it is a block. */
static u64 *find_leaf(unsigned long va, bool *block)
{
	u64 root = read_sysreg(ttbr1_el1) & GENMASK_ULL(47, 12);
	pgd_t *pgdp = pgd_offset_pgd(__va(root), va);
	pmd_t *pmdp = pmd_offset(pud_offset(p4d_offset(pgdp, va), va), va);

	*block = pmd_leaf(READ_ONCE(*pmdp));
	return *block ? &pmd_val(*pmdp) : &pte_val(*pte_offset_kernel(pmdp, va));
}

/* A block of the linear map in a contiguous run: not the first try, maybe. */
static void *get_linear(void)
{
	struct page *page, *next;
	LIST_HEAD(others);
	void *mem = NULL;
	bool block;
	u64 leaf;

	while (!mem) {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, PMD_ORDER);
		if (!page)
			break;
		leaf = *find_leaf((unsigned long)page_address(page), &block);
		if (block && (leaf & PMD_SECT_CONT))
			mem = page_address(page);
		else
			list_add(&page->lru, &others);
	}
	list_for_each_entry_safe(page, next, &others, lru)
		__free_pages(page, PMD_ORDER);
	return mem;
}

static void *get_memory(enum kind kind)
{
	switch (kind) {
	case PAGES:
		return vmalloc(3 * PAGE_SIZE);
	case RUN:
		return vmalloc_huge(CONT_PTE_SIZE, GFP_KERNEL);
	case BLOCKS:
		return vmalloc_huge(3 * PMD_SIZE, GFP_KERNEL);
	case LINEAR:
		return get_linear();
	}
	return NULL;
}

static void put_memory(enum kind kind, void *mem)
{
	if (kind == LINEAR)
		free_pages((unsigned long)mem, PMD_ORDER);
	else
		vfree(mem);
}

/* vmalloc space has contiguous runs only in kernels with HugeTLB. */
static int make_run(struct area *a)
{
	int i;

	for (i = 0; i < CONT_PTES; i++)
		if (a->entry[i] != a->leaf + i * PAGE_SIZE)
			return -ENXIO;
	a->leaf |= PTE_CONT;
	break_make_run(a, a->leaf);
	return 0;
}

static void unmake_run(struct area *a)
{
	break_make_run(a, a->leaf & ~PTE_CONT);
}

/* Make a table that translates as @block does. */
static void fill_table(u64 *table, u64 block)
{
	int i;

	block &= ~(PMD_TYPE_MASK | PMD_SECT_CONT);
	for (i = 0; i < PTRS_PER_PTE; i++)
		table[i] = (block | PTE_TYPE_PAGE) + i * PAGE_SIZE;
}

static int prepare(struct area *a, enum kind kind)
{
	bool two = kind == PAGES || kind == BLOCKS;
	unsigned long size = kind == BLOCKS ? PMD_SIZE : PAGE_SIZE;
	bool block;

	a->mem = get_memory(kind);
	a->table = (u64 *)get_zeroed_page(GFP_KERNEL);
	a->other = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!a->mem || !a->table || !a->other)
		return -ENOMEM;
	a->va = (unsigned long)a->mem;
	/* Of three leaves, two that are beside each other are in one table. */
	if (two && (a->va + size) % (size * PTRS_PER_PTE) == 0)
		a->va += size;
	a->entry = find_leaf(a->va, &block);
	a->leaf = READ_ONCE(*a->entry);
	if (block != (kind == BLOCKS || kind == LINEAR))
		return -ENXIO;
	if (two)
		a->next = READ_ONCE(a->entry[1]);
	fill_table(a->table, a->leaf);
	fill_table(a->other, a->leaf);
	return kind == RUN ? make_run(a) : 0;
}

static void clean_up(struct area *a, const struct fault *f)
{
	free_page((unsigned long)a->table);
	free_page((unsigned long)a->other);
	if (a->mem && !f->at_end)
		put_memory(f->kind, a->mem);
}

static int commit(const struct fault *f)
{
	struct area a = {};
	int ret;

	if (f->needs && !f->needs()) {
		pr_info("%s: not on this machine\n", f->name);
		return 0;
	}
	ret = prepare(&a, f->kind);
	if (!ret) {
		/* All steps are this CPU's. */
		preempt_disable();
		f->plant(&a);
		/* The tables are freed after this. */
		if (!f->at_end)
			flush_all();
		preempt_enable();
		WARN_ON(!f->at_end && READ_ONCE(*a.entry) != a.leaf);
		if (f->kind == RUN && !f->at_end)
			unmake_run(&a);
		pr_info("%s: planted\n", f->name);
	}
	clean_up(&a, f);
	return ret;
}

static int commit_at_end(struct notifier_block *block, unsigned long action,
			 void *data)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (faults[i].wanted)
			WARN_ON(commit(&faults[i]));
	return NOTIFY_DONE;
}

static struct notifier_block at_end = {
	.notifier_call = commit_at_end,
};

static int commit_named(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(name, faults[i].name))
			continue;
		if (!faults[i].at_end)
			return commit(&faults[i]);
		faults[i].wanted = true;
		return 0;
	}
	return -EINVAL;
}

/* There is no exit function, so that the module stays. */
static int __init plant_init(void)
{
	char *list = kstrdup(fault ?: "", GFP_KERNEL);
	char *next = list;
	char *name;
	int ret = list ? 0 : -ENOMEM;

	/* By this the addresses of findings are found again in the module. */
	pr_info("output_address is at 0x%px\n", output_address);
	while (!ret && (name = strsep(&next, ","))) {
		ret = commit_named(name);
		if (ret)
			pr_err("%s: not planted: %d\n", name, ret);
	}
	kfree(list);
	return ret ?: register_reboot_notifier(&at_end);
}
module_init(plant_init);

MODULE_DESCRIPTION("Faults for the page-table watch to find");
MODULE_LICENSE("GPL");

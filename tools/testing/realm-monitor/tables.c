// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracking of tables.
 *
 * A tree is protected before it is scanned: what is written to it after the
 * scan faults. Since a table that is found while protecting may have been
 * changed before it was protected, passes are repeated until one finds
 * nothing new.
 *
 * refs counts entries of tracked tables, whether or not the table they point
 * to is tracked itself. A root that no CPU has any more keeps its tree, with
 * no reference to its top, until a page of it is written: KASAN's start-up and
 * cpu_replace_ttbr1() leave swapper_pg_dir for a while and come back.
 */

#include "tables.h"
#include "config.h"
#include "console.h"
#include "end.h"
#include "stage2.h"

_Static_assert(MAX_CPUS <= 8, "struct table: walkers");

#define MAX_ROOTS	16

/* Until a CPU has a root, all that matters is the size of a page. */
struct format format = { .page_shift = 12, .stride = 9 };

static struct table *tables;	/* by granule from RAM_BASE */
static u64 ram_top;
static u64 tracked;

/* current: uses it; stale: has left it, and may have entries of it cached. */
static struct root {
	u64 pa;
	u32 current, stale;
} roots[MAX_ROOTS];

/* A table was linked at several addresses. */
static bool shared;

static u32 pass;

/* Which table which CPUs can walk has changed so often. */
static u32 generation = 1;

u64 tables_layout(u64 ram_end)
{
	u64 size = (ram_end - RAM_BASE) / GRANULE_SIZE * sizeof(*tables);

	ram_top = ALIGN_DOWN(ram_end - size, GRANULE_SIZE);
	tables = (struct table *)ram_top;
	memset(tables, 0, ram_end - ram_top);
	return ram_top;
}

static u64 page_size(void)
{
	return 1UL << format.page_shift;
}

u64 table_page(u64 pa)
{
	return ALIGN_DOWN(pa, page_size());
}

struct table *table_of(u64 pa)
{
	return &tables[(table_page(pa) - RAM_BASE) / GRANULE_SIZE];
}

static u64 *first_entry(u64 page)
{
	return (u64 *)page + table_of(page)->first;
}

bool is_slot(u64 slot)
{
	struct table *t = table_of(slot);
	u64 index = (slot - table_page(slot)) / sizeof(u64);

	return t->state != TABLE_NONE && index >= t->first &&
	       index < (u64)t->first + t->entries;
}

u64 slot_va(u64 slot)
{
	struct table *t = table_of(slot);

	return t->va + ((u64 *)slot - first_entry(table_page(slot))) *
		       level_size(&format, t->level);
}

/* The table that @desc of a table at @level points to, or 0. */
static u64 child(int level, u64 desc)
{
	u64 pa;

	if (desc_kind(&format, level, desc) != TABLE)
		return 0;
	pa = desc_address(&format, level, desc);
	return stage2_is_guest_ram(pa, page_size()) ? pa : 0;
}

static void set_access(u64 page, enum access access)
{
	struct table *t = table_of(page);
	u64 base = (u64)first_entry(page);

	stage2_set_access(ALIGN_DOWN(base, GRANULE_SIZE),
			  ALIGN_UP(base + t->entries * sizeof(u64),
				   GRANULE_SIZE), access);
}

/* Has this pass been here? */
static bool visited(struct table *t)
{
	if (t->visit == pass)
		return true;
	t->visit = pass;
	return false;
}

static void protect(u64 page)
{
	static unsigned int protected;

	/* A fault that the audit has to find. */
	if (config.plant == PLANT_WATCH_AUDIT && ++protected == 8)
		return;
	set_access(page, ACCESS_READ);
}

/* Protect what is not, of the tree at @pa. True if there was something. */
static bool protect_tree(u64 pa, int level, u64 va)
{
	struct table *t = table_of(pa);
	unsigned int i;
	bool found = false;
	u64 *entry, next;

	if (visited(t)) {
		shared |= t->va != va;
		return false;
	}
	if (t->state != TABLE_LIVE) {
		if (t->state == TABLE_NONE) {
			tracked++;
			t->fresh = true;
		}
		t->state = TABLE_LIVE;
		t->va = va;
		t->level = level;
		t->first = (pa - table_page(pa)) / sizeof(u64);
		t->entries = level_entries(&format, level);
		protect(table_page(pa));
		found = true;
	}
	if (t->level != level || level == LAST_LEVEL)
		return found;
	entry = first_entry(table_page(pa));
	for (i = 0; i < t->entries; i++) {
		next = child(level, entry[i]);
		if (next && protect_tree(next, level + 1,
					 va + i * level_size(&format, level)))
			found = true;
	}
	return found;
}

/* Count the references of tables that are new. */
static void count_tree(u64 page)
{
	struct table *t = table_of(page);
	u64 *entry = first_entry(page);
	unsigned int i;
	u64 next;

	if (visited(t) || t->level == LAST_LEVEL) {
		t->fresh = false;
		return;
	}
	for (i = 0; i < t->entries; i++) {
		next = child(t->level, entry[i]);
		if (!next)
			continue;
		if (t->fresh)
			table_of(next)->refs++;
		count_tree(next);
	}
	t->fresh = false;
}

static void track(u64 pa, int level, u64 va)
{
	bool found;

	do {
		pass++;
		found = protect_tree(pa, level, va);
		if (found)
			stage2_flush();
	} while (found);
	pass++;
	count_tree(table_page(pa));
}

void tables_link(u64 page, int level, u64 va)
{
	struct table *t = table_of(page);
	bool live = t->state == TABLE_LIVE && t->refs;
	u64 old_va = t->va;

	generation++;
	t->refs++;
	track(page, level, va);
	if (live && old_va != va)
		shared = true;
}

void tables_release(u64 page)
{
	struct table *t = table_of(page), *next;
	u64 *entry = first_entry(page);
	unsigned int i;
	u64 pa;

	generation++;
	t->state = TABLE_NONE;
	tracked--;
	for (i = 0; i < t->entries && t->level < LAST_LEVEL; i++) {
		pa = child(t->level, entry[i]);
		if (!pa)
			continue;
		next = table_of(pa);
		next->refs--;
		if (!next->refs && next->state == TABLE_LIVE)
			tables_release(pa);
	}
	set_access(page, ACCESS_ALL);
	stage2_flush();
}

static void mark_unlinked(u64 page, u32 walkers, unsigned int cpu, u64 pc,
			  void (*fn)(u64 slot, u64 desc, u32 walkers, u64 pc))
{
	struct table *t = table_of(page), *next;
	u64 *entry = first_entry(page);
	unsigned int i;
	u64 pa;

	t->state = TABLE_UNLINKED;
	t->unlinked_by = cpu;
	for (i = 0; i < t->entries && t->level < LAST_LEVEL; i++) {
		pa = child(t->level, entry[i]);
		if (!pa)
			continue;
		next = table_of(pa);
		if (next->refs > 1 || next->state != TABLE_LIVE)
			continue;
		fn((u64)&entry[i], entry[i], walkers, pc);
		mark_unlinked(pa, walkers, cpu, pc, fn);
	}
}

void tables_unlink(u64 page, u32 walkers, unsigned int cpu, u64 pc,
		   void (*fn)(u64 slot, u64 desc, u32 walkers, u64 pc))
{
	struct table *t = table_of(page);

	generation++;
	t->refs--;
	if (t->refs || t->state != TABLE_LIVE)
		return;
	if (walkers)
		mark_unlinked(page, walkers, cpu, pc, fn);
	else
		tables_release(page);
}

static u64 *root_entry(const struct root *root, u64 va)
{
	return (u64 *)root->pa + level_index(&format, format.start_level, va);
}

/*
 * The entry for @va at @level, by a walk from @root. NULL if the walk ends
 * before, or leaves the guest's RAM.
 */
static u64 *walk(const struct root *root, u64 va, int level)
{
	u64 *entry = root_entry(root, va);
	int l;

	for (l = format.start_level; l < level; l++) {
		u64 next = child(l, *entry);

		if (!next)
			return NULL;
		entry = (u64 *)next + level_index(&format, l + 1, va);
	}
	return entry;
}

u64 leaf_slot(unsigned int cpu, u64 va)
{
	unsigned int i;
	int level;

	for (i = 0; i < MAX_ROOTS; i++) {
		if (!(roots[i].current & BIT(cpu)))
			continue;
		for (level = format.start_level; level <= LAST_LEVEL; level++) {
			u64 *entry = walk(&roots[i], va, level);

			if (entry && desc_kind(&format, level, *entry) == LEAF)
				return (u64)entry;
		}
	}
	return 0;
}

bool tables_has_entries(u64 pa)
{
	unsigned int i;

	for (i = 0; i < level_entries(&format, format.start_level); i++)
		if (((u64 *)pa)[i])
			return true;
	return false;
}

/* Look for an entry that leads to @page, in the tree at @pa. */
static bool find(u64 pa, int level, u64 va, u64 page)
{
	struct table *t = table_of(pa);
	u64 *entry = (u64 *)pa, next;
	unsigned int i;

	if (visited(t) || level >= table_of(page)->level)
		return false;
	for (i = 0; i < level_entries(&format, level); i++) {
		u64 at = va + i * level_size(&format, level);

		next = child(level, entry[i]);
		if (next == page)
			table_of(page)->va = at;
		if (next && (next == page || find(next, level + 1, at, page)))
			return true;
	}
	return false;
}

static bool reaches(const struct root *root, u64 page)
{
	struct table *t = table_of(page);
	u64 *entry;

	if (table_page(root->pa) == page)
		return true;
	entry = walk(root, t->va, t->level);
	if (entry && table_page((u64)entry) == page)
		return true;
	if (!shared)
		return false;
	pass++;
	return find(root->pa, format.start_level, format.va_start, page);
}

u32 tables_walkers(u64 page)
{
	struct table *t = table_of(page);
	u32 walkers = 0, users;
	unsigned int i;

	if (t->generation == generation)
		return t->walkers;
	for (i = 0; i < MAX_ROOTS; i++) {
		users = roots[i].current | roots[i].stale;
		if (users && (users & ~walkers) && reaches(&roots[i], page))
			walkers |= users;
	}
	t->generation = generation;
	t->walkers = walkers;
	return walkers;
}

u32 tables_users(void)
{
	u32 users = 0;
	unsigned int i;

	for (i = 0; i < MAX_ROOTS; i++)
		users |= roots[i].current | roots[i].stale;
	return users;
}

/* Forget roots that no CPU has any more. */
static void drop_roots(void)
{
	struct root *root;

	for (root = roots; root < roots + MAX_ROOTS; root++) {
		if (!root->pa || root->current || root->stale)
			continue;
		table_of(root->pa)->refs--;
		root->pa = 0;
	}
}

static struct root *get_root(u64 pa)
{
	struct root *root, *unused = NULL;

	for (root = roots; root < roots + MAX_ROOTS; root++) {
		if (root->pa == pa)
			return root;
		if (!root->pa)
			unused = root;
	}
	if (!unused) {
		print("\nwatch: more than %lu roots in use\n", (u64)MAX_ROOTS);
		end("error", "watch-roots");
	}
	unused->pa = pa;
	tables_link(pa, format.start_level, format.va_start);
	return unused;
}

void tables_use_root(unsigned int cpu, u64 pa)
{
	struct root *root, *next = NULL;

	if (pa)
		next = get_root(pa);
	for (root = roots; root < roots + MAX_ROOTS; root++) {
		if (root != next && (root->current & BIT(cpu))) {
			root->current &= ~BIT(cpu);
			root->stale |= BIT(cpu);
		}
	}
	if (!next)
		return;
	/* A CPU that comes back to a root may have had it cached all the time. */
	if (!((next->current | next->stale) & BIT(cpu)))
		generation++;
	next->current |= BIT(cpu);
}

void tables_invalidated(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < MAX_ROOTS; i++) {
		if (roots[i].stale & ~roots[i].current & BIT(cpu))
			generation++;
		roots[i].stale &= ~BIT(cpu);
	}
	drop_roots();
}

void tables_forget_all(void)
{
	u64 pa;

	memset(roots, 0, sizeof(roots));
	generation++;
	if (!tracked)
		return;
	for (pa = GUEST_BASE; stage2_is_ram(pa); pa += GRANULE_SIZE) {
		struct table *t = &tables[(pa - RAM_BASE) / GRANULE_SIZE];

		if (t->state != TABLE_NONE) {
			t->state = TABLE_NONE;
			tracked--;
			set_access(pa, ACCESS_ALL);
		}
		t->refs = 0;
		t->waiting = 0;
	}
	stage2_flush();
}

static bool is_protected(u64 pa, int level)
{
	u64 end = pa + level_entries(&format, level) * sizeof(u64);

	for (pa = ALIGN_DOWN(pa, GRANULE_SIZE); pa < end; pa += GRANULE_SIZE)
		if (!stage2_is_protected(pa))
			return false;
	return true;
}

static bool audit_tree(u64 pa, int level, u64 va, u64 *count, bool report)
{
	struct table *t = table_of(pa);
	u64 *entry = (u64 *)pa, next;
	unsigned int i;
	bool ok;

	if (visited(t))
		return true;
	(*count)++;
	ok = t->state == TABLE_LIVE && t->level == level && t->refs &&
	     is_protected(pa, level);
	if (!ok && report)
		print("watch: audit: table 0x%lx of level %lu for 0x%lx is not watched\n",
		      pa, (u64)(level < 0 ? 0 : level), va);
	for (i = 0; level < LAST_LEVEL && i < level_entries(&format, level); i++) {
		next = child(level, entry[i]);
		if (next && !audit_tree(next, level + 1,
					va + i * level_size(&format, level),
					count, report))
			ok = false;
	}
	return ok;
}

bool tables_audit(u64 *count, bool report)
{
	unsigned int i;
	bool ok = true;

	*count = 0;
	pass++;
	for (i = 0; i < MAX_ROOTS; i++)
		if (roots[i].pa &&
		    !audit_tree(roots[i].pa, format.start_level,
				format.va_start, count, report))
			ok = false;
	return ok;
}

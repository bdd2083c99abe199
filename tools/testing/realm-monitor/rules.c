// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which changes of live tables break break-before-make.
 *
 * A change is judged by the transition of one entry, by the CPUs that can
 * walk it or may have it cached, and by the TLBIs since: not by what a TLB
 * really holds. A CPU's own accesses count like those of others.
 */

#include "rules.h"
#include "arm64.h"
#include "config.h"
#include "console.h"
#include "end.h"
#include "finding.h"
#include "tables.h"

/* Contiguous runs that are not uniform now. */
#define MAX_RUNS	256
static struct run {
	u64 base;		/* its first entry; 0: unused */
	u64 va;
	int level;
	unsigned int cpu;	/* changed it last, */
	u64 pc;			/* here */
} runs[MAX_RUNS];

/* The last changes of blocks that kept their size. */
#define MAX_CHANGES	32
static struct change {
	u64 slot, old, new;
} changes[MAX_CHANGES];
static unsigned int next_change;

/* What the judgement of one change needs. */
struct context {
	const struct cpu *cpu;
	const struct regs *regs;
	struct event e;
	u64 mair;
};

/*
 * Linux' list (cpu_supports_bbml3()): CPUs that support BBML3 without saying
 * so in ID_AA64MMFR2_EL1.
 */
static const struct {
	u32 part;		/* MIDR without variant and revision */
	u8 first, last;		/* variant and revision */
} bbml3[] = {
	{ 0x410fd820, 0x03, 0x0f },	/* Cortex-X4 */
	{ 0x410fd840, 0x02, 0x0f },	/* Neoverse V3 */
	{ 0x410fd830, 0x02, 0x0f },	/* Neoverse V3AE */
	{ 0x4e0f0100, 0x00, 0xff },	/* Olympus */
	{ 0xc00fac30, 0x00, 0xff },	/* AmpereOne */
	{ 0xc00fac40, 0x00, 0xff },	/* AmpereOne A */
	{ 0x410fd880, 0x00, 0xff },	/* Cortex-A520AE */
	{ 0x410fd4d0, 0x00, 0xff },	/* Cortex-A715 */
	{ 0x410fd890, 0x00, 0xff },	/* Cortex-A720AE */
	{ 0x410fd870, 0x00, 0xff },	/* Cortex-A725 */
	{ 0x410fd8e0, 0x00, 0xff },	/* Neoverse N3 */
	{ 0x410fd8a0, 0x00, 0xff },	/* C1-Nano */
	{ 0x410fd8b0, 0x00, 0xff },	/* C1-Pro */
	{ 0x410fd8c0, 0x11, 0xff },	/* C1-Ultra */
	{ 0x410fd900, 0x11, 0xff },	/* C1-Premium */
};

static bool midr_supports_bbml3(u64 midr)
{
	u8 revision = (midr >> 16 & 0xf0) | (midr & 0xf);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bbml3); i++)
		if ((midr & 0xff0ffff0) == bbml3[i].part)
			return revision >= bbml3[i].first &&
			       revision <= bbml3[i].last;
	return false;
}

/*
 * A CPU's tables are changed without regard to where it runs at the moment, so
 * it does not matter which of its MIDRs the guest reads now.
 */
bool rules_supports_bbml3(const struct cpu *cpu)
{
	u64 bbm = cpu->bbm >= 0 ? (u64)cpu->bbm :
				  id_field(ID_AA64MMFR2_EL1, 52);
	unsigned int i;

	if (config.intolerant & BIT(cpu->index))
		return false;
	if (bbm >= 3)
		return true;
	for (i = 0; i < config.targets; i++)
		if (!midr_supports_bbml3(config.target[i]))
			return false;
	if (config.becomes_cpu == (int)cpu->index &&
	    !midr_supports_bbml3(config.becomes))
		return false;
	return midr_supports_bbml3(config.midr[cpu->index]);
}

static u32 intolerant(u32 which)
{
	u32 mask = 0;
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		if ((which & BIT(i)) && !rules_supports_bbml3(&cpus[i]))
			mask |= BIT(i);
	return mask;
}

static void broken(const struct context *c, enum rule rule)
{
	finding_add(rule, &c->e, c->cpu, c->regs);
}

/* The TLBs that hold what @p says matter, and who left it there. */
static void blame(struct context *c, const struct pending *p)
{
	c->e.walkers = p->holders | p->leaf_holders;
	c->e.earlier = p->pc;
}

static enum kind kind_of(int level, u64 desc)
{
	return desc_kind(&format, level, desc);
}

static u64 address(int level, u64 desc)
{
	return desc_address(&format, level, desc);
}

/* Can the monitor read the table that @desc points to? */
static bool is_readable(int level, u64 desc)
{
	return stage2_is_guest_ram(address(level, desc),
				   1UL << format.page_shift);
}

/*
 * Does everything at @level, which @desc is an entry of, translate like an
 * output address of @oa with @attributes? @tables: hierarchical bits above.
 * @loose: what is invalid does not count. @e, if given, learns what differs.
 */
static bool translates(int level, u64 desc, u64 tables, u64 oa, u64 attributes,
		       bool loose, struct event *e)
{
	unsigned int i, n;
	u64 *entry;

	switch (kind_of(level, desc)) {
	case INVALID:
		return loose;
	case LEAF:
		return address(level, desc) == oa &&
		       desc_attributes(&format, desc, tables) == attributes;
	case TABLE:
		break;
	}
	if (!is_readable(level, desc))
		return false;
	tables |= desc_hierarchy(&format, desc);
	entry = (u64 *)address(level, desc);
	n = level_entries(&format, level + 1);
	for (i = 0; i < n; i++) {
		if (translates(level + 1, entry[i], tables,
			       oa + i * level_size(&format, level + 1),
			       attributes, loose, e))
			continue;
		if (e && !e->differs) {
			e->differs = (u64)&entry[i];
			e->differs_level = level + 1;
			e->differs_desc = entry[i];
		}
		return false;
	}
	return true;
}

/* Does table descriptor @table translate like leaf @leaf of the same entry? */
static bool table_like_leaf(int level, u64 table, u64 leaf, bool loose)
{
	return translates(level, table, 0, address(level, leaf),
			  desc_attributes(&format, leaf, 0), loose, NULL);
}

/* Do two entries of @level, tables or not, translate alike? */
static bool alike(int level, u64 a, u64 b, u64 a_tables, u64 b_tables)
{
	enum kind ka = kind_of(level, a), kb = kind_of(level, b);
	unsigned int i;
	u64 *x, *y;

	if (ka == INVALID || kb == INVALID)
		return ka == kb;
	if (ka == LEAF)
		return translates(level, b, b_tables, address(level, a),
				  desc_attributes(&format, a, a_tables), false,
				  NULL);
	if (kb == LEAF)
		return alike(level, b, a, b_tables, a_tables);
	if (!is_readable(level, a) || !is_readable(level, b))
		return false;
	a_tables |= desc_hierarchy(&format, a);
	b_tables |= desc_hierarchy(&format, b);
	x = (u64 *)address(level, a);
	y = (u64 *)address(level, b);
	for (i = 0; i < level_entries(&format, level + 1); i++)
		if (!alike(level + 1, x[i], y[i], a_tables, b_tables))
			return false;
	return true;
}

/* The rule that a change between two leaves of one size breaks, or -1. */
static int leaf_rule(const struct context *c, int level, u64 old, u64 new)
{
	if (address(level, old) != address(level, new))
		return RULE_OUTPUT_ADDRESS;
	if (!desc_same_type(old, new, c->mair))
		return RULE_MEMORY_TYPE;
	/* Device memory is outer shareable whatever the field says. */
	if (desc_is_normal(old, c->mair) &&
	    !desc_same_shareability(&format, old, new))
		return RULE_SHAREABILITY;
	if ((old & DESC_NG) && !(new & DESC_NG))
		return RULE_GLOBAL;
	return -1;
}

/* Was a permission taken away? */
static bool narrows(u64 old, u64 new)
{
	return (desc_writable(old) && !desc_writable(new)) ||
	       (desc_executable(old) && !desc_executable(new));
}

/*
 * The size changes. All CPUs that can walk it have to support that; and what
 * their TLBs hold of the range has to be what the tables say.
 */
static void judge_size(struct context *c)
{
	u64 last = c->e.va + level_size(&format, c->e.level) - 1;
	struct pending *p = NULL;
	u32 walkers = c->e.walkers;

	c->e.intolerant = intolerant(walkers);
	if (c->e.intolerant)
		broken(c, RULE_SIZE);
	c->e.intolerant = 0;

	while ((p = pending_next(p, c->e.va, last, false))) {
		/* An unlinked table still says what it did. */
		if (kind_of(p->level, p->old) != LEAF)
			continue;
		blame(c, p);
		broken(c, RULE_STALE_SIZE);
		break;
	}
	c->e.walkers = walkers;
	c->e.earlier = 0;
}

/* Is the size all that table descriptor @table and leaf @leaf differ in? */
static bool resizes_only(struct context *c, u64 table, u64 leaf)
{
	return translates(c->e.level, table, 0, address(c->e.level, leaf),
			  desc_attributes(&format, leaf, 0), false, &c->e);
}

static void judge_split(struct context *c)
{
	const struct change *change;

	judge_size(c);
	if (resizes_only(c, c->e.new, c->e.old))
		return;
	for (change = changes; change < changes + MAX_CHANGES; change++) {
		if (change->slot == c->e.slot && change->new == c->e.old &&
		    table_like_leaf(c->e.level, c->e.new, change->old, false)) {
			broken(c, RULE_LOST_UPDATE);
			return;
		}
	}
	broken(c, RULE_SIZE_AND_MORE);
}

static void judge_collapse(struct context *c)
{
	judge_size(c);
	if (!resizes_only(c, c->e.old, c->e.new))
		broken(c, RULE_SIZE_AND_MORE);
}

/* A permission of a valid entry changed: TLBs may hold the old one. */
static void changed_permission(struct context *c)
{
	struct pending *p = pending_add(c->e.slot, c->e.level, c->e.old,
					c->e.walkers, c->regs->elr);

	if (narrows(p->old, c->e.new))
		p->narrowed = true;
}

static void judge_leaves(struct context *c)
{
	u64 differences = desc_attributes(&format, c->e.old ^ c->e.new, 0);
	int rule = leaf_rule(c, c->e.level, c->e.old, c->e.new);
	bool resized = (c->e.old ^ c->e.new) & DESC_CONT;

	if (rule >= 0)
		broken(c, rule);
	if (resized)
		judge_size(c);
	if (rule < 0 && differences) {
		changed_permission(c);
		changes[next_change++ % MAX_CHANGES] = (struct change) {
			c->e.slot, c->e.old, c->e.new,
		};
	}
}

/*
 * A leaf becomes valid, or executable: does a TLB let another mapping of the
 * same memory be written that should not be any more?
 */
static void judge_executable(struct context *c)
{
	u64 base = address(c->e.level, c->e.new);
	u64 last = base + level_size(&format, c->e.level) - 1;
	struct pending *p = NULL;

	while ((p = pending_next(p, 0, ~0UL, false))) {
		u64 oa = address(p->level, p->old);

		if (p->slot == c->e.slot || !p->narrowed ||
		    !desc_writable(p->old) || oa > last ||
		    oa + level_size(&format, p->level) - 1 < base)
			continue;
		blame(c, p);
		broken(c, RULE_STALE_WRITABLE);
		return;
	}
}

/*
 * The leaf that TLBs may hold for @va, by record @p for a larger range: @p's
 * own, or one of the table that it is about; 0 if there is none.
 */
static u64 stale_leaf(const struct pending *p, u64 va, int *level)
{
	unsigned int index;

	*level = p->level;
	if (kind_of(p->level, p->old) == LEAF)
		return p->old;
	*level = p->level + 1;
	index = level_index(&format, *level, va) - p->leaf_index;
	if (!p->leaf_holders || index >= p->leaf_count ||
	    pending_leaf_gone(p, va))
		return 0;
	return p->leaf + index * level_size(&format, *level);
}

/* Does leaf @a at @level of @va translate like the larger one @b at @larger? */
static bool part_of(const struct context *c, int level, u64 a, u64 va,
		    int larger, u64 b)
{
	return address(level, a) == address(larger, b) +
				    (va & (level_size(&format, larger) - 1)) &&
	       desc_same_type(a, b, c->mair);
}

static bool conflicts(const struct context *c, const struct pending *p);

/* The same for what the table has that the new entry leads to. */
static bool below_conflicts(const struct context *c, const struct pending *p)
{
	u64 *entry = (u64 *)address(c->e.level, c->e.new);
	u64 size = level_size(&format, c->e.level + 1);
	struct context below = *c;
	unsigned int i;

	below.e.level++;
	for (i = 0; i < level_entries(&format, below.e.level); i++) {
		below.e.va = c->e.va + i * size;
		below.e.new = entry[i];
		if (kind_of(below.e.level, entry[i]) != INVALID &&
		    p->va <= below.e.va + size - 1 &&
		    p->va + level_size(&format, p->level) - 1 >= below.e.va &&
		    conflicts(&below, p))
			return true;
	}
	return false;
}

/*
 * The new entry is where a table was, which walks may lead to, or of which TLBs
 * may hold leaves.
 */
static bool table_conflicts(const struct context *c, const struct pending *p)
{
	u64 size = level_size(&format, p->level + 1), new = c->e.new, va, i;
	int level = p->level;

	if (kind_of(level, new) == TABLE)
		return (p->holders &&
			address(level, p->old) != address(level, new)) ||
		       (is_readable(level, new) && below_conflicts(c, p));
	if (p->holders && !table_like_leaf(level, p->old, new, true))
		return true;
	/* One stands for all: they go on from each other. */
	for (i = 0; p->leaf_holders && i < p->leaf_count; i++) {
		va = p->va + (p->leaf_index + i) * size;
		if (!pending_leaf_gone(p, va))
			return !part_of(c, level + 1, p->leaf + i * size, va,
					level, new);
	}
	return false;
}

/* Is what @p says of the range of a new entry another translation? */
static bool conflicts(const struct context *c, const struct pending *p)
{
	u64 new = c->e.new, old;
	int level = c->e.level, of;

	if (p->level == level && kind_of(level, p->old) == TABLE)
		return table_conflicts(c, p);
	if (p->level == level && kind_of(level, new) == TABLE)
		return !table_like_leaf(level, new, p->old, true);
	if (p->level == level)
		return leaf_rule(c, level, p->old, new) >= 0;
	if (kind_of(level, new) == TABLE)
		return is_readable(level, new) && below_conflicts(c, p);
	if (p->level > level)
		return kind_of(p->level, p->old) == LEAF &&
		       !part_of(c, p->level, p->old, p->va, level, new);
	old = stale_leaf(p, c->e.va, &of);
	if (!old)
		return false;
	if (of == level)
		return leaf_rule(c, level, old, new) >= 0;
	return !part_of(c, level, new, c->e.va, of, old);
}

/* Do TLBs hold, of the range of a new entry, leaves of another size? */
static bool is_resized(const struct context *c, const struct pending *p)
{
	enum kind was = kind_of(p->level, p->old);
	enum kind is = kind_of(c->e.level, c->e.new);

	if (p->level != c->e.level)
		return was == LEAF && is == LEAF;
	return was != is || (was == LEAF && ((p->old ^ c->e.new) & DESC_CONT));
}

/* What is known of TLBs and a leaf that becomes valid: is it settled by that? */
static void settle_leaf(struct pending *own, u64 new)
{
	if (narrows(own->old, new))
		own->narrowed = true;
	else if (!((own->old ^ new) & DESC_CONT) &&
		 !desc_attributes(&format, own->old ^ new, 0))
		pending_remove(own);
}

/* An invalid entry becomes valid: have TLBs forgotten what was there? */
static void judge_make(struct context *c)
{
	u64 last = c->e.va + level_size(&format, c->e.level) - 1;
	struct pending *own, *p;
	bool page = c->e.level == LAST_LEVEL;
	u64 new = c->e.new;

	own = pending_find(c->e.slot, c->e.level, new);
	/* At the last level: its own record, and those for larger ranges. */
	for (p = page && own ? own : pending_next(NULL, c->e.va, last, page); p;
	     p = pending_next(p == own && page ? NULL : p, c->e.va, last, page)) {
		bool conflict = conflicts(c, p);
		u32 others = is_resized(c, p) ?
			     intolerant(p->holders | p->leaf_holders) : 0;

		if (!conflict && !others)
			continue;
		c->e.old = p->old;
		blame(c, p);
		c->e.intolerant = conflict ? 0 : others;
		broken(c, RULE_NO_BREAK);
		if (p == own)
			pending_remove(own);
		return;
	}
	if (!own)
		return;
	/* The same table as before: TLBs may hold nothing else. */
	if (kind_of(own->level, own->old) == TABLE)
		pending_remove(own);
	else
		settle_leaf(own, new);
}

/* A table descriptor for a table that the entry did not lead to before. */
static void judge_link(struct context *c)
{
	u64 page = address(c->e.level, c->e.new);
	const struct pending *p;

	if (!is_readable(c->e.level, c->e.new)) {
		broken(c, RULE_TABLE_ADDRESS);
		return;
	}
	if (table_of(page)->state == TABLE_UNLINKED) {
		p = pending_table(page, pending_find(c->e.slot, c->e.level, c->e.new));
		if (p) {
			struct context other = *c;

			blame(&other, p);
			broken(&other, RULE_TABLE_RELINK);
		}
	}
	tables_link(page, c->e.level + 1, c->e.va);
}

/* Is the contiguous run not what its bit promises? */
static bool is_mixed(int level, u64 base)
{
	unsigned int n = run_entries(&format, level), i;
	u64 *entry = (u64 *)base, size = level_size(&format, level);
	u64 first = entry[0];

	for (i = 0; i < n; i++)
		if (kind_of(level, entry[i]) == LEAF && (entry[i] & DESC_CONT))
			break;
	if (i == n)
		return false;
	for (i = 0; i < n; i++)
		if (kind_of(level, entry[i]) != LEAF ||
		    !(entry[i] & DESC_CONT) ||
		    address(level, entry[i]) != address(level, first) + i * size ||
		    desc_attributes(&format, entry[i] ^ first, 0))
			return true;
	return !ALIGNED(address(level, first), n * size);
}

static struct run *find_run(u64 base)
{
	struct run *run;

	for (run = runs; run < runs + MAX_RUNS; run++)
		if (run->base == base)
			return run;
	return NULL;
}

static void run_broken(const struct run *run, const struct cpu *cpu,
		       const struct regs *regs)
{
	u64 *entry = (u64 *)run->base;
	struct context c = {
		.cpu = cpu,
		.regs = regs,
		.e = {
			.level = run->level,
			.va = run->va,
			.slot = run->base,
			.old = entry[0],
			.walkers = tables_walkers(table_page(run->base)),
		},
	};
	unsigned int i;

	/* The table may be gone. */
	if (!is_slot(run->base) || !c.e.walkers)
		return;
	for (i = 1; !((entry[i] ^ entry[0]) & (DESC_CONT | 1)) &&
		    !desc_attributes(&format, entry[i] ^ entry[0], 0) &&
		    i + 1 < run_entries(&format, run->level); i++)
		;
	c.e.new = entry[i];
	broken(&c, RULE_CONTIGUOUS);
}

static void note_run(const struct cpu *cpu, const struct regs *regs, u64 slot,
		     int level, u64 old, u64 new)
{
	u64 bytes = run_entries(&format, level) * sizeof(u64);
	u64 base = ALIGN_DOWN(slot, bytes);
	struct run *run;

	if (!((kind_of(level, old) == LEAF && (old & DESC_CONT)) ||
	      (kind_of(level, new) == LEAF && (new & DESC_CONT))) ||
	    bytes == sizeof(u64))
		return;
	run = find_run(base);
	if (!is_mixed(level, base)) {
		if (run)
			run->base = 0;
		return;
	}
	if (!run)
		run = find_run(0);
	if (!run) {
		print("\nwatch: more than %lu contiguous runs in the making\n",
		      (u64)MAX_RUNS);
		end("error", "watch-runs");
	}
	*run = (struct run) {
		base, slot_va(base), level, cpu->index, regs->elr,
	};
}

static u32 judge(const struct cpu *cpu, const struct regs *regs, u64 slot,
		 u64 old, u64 new, u32 walkers)
{
	struct table *t = table_of(slot);
	struct context c = {
		.cpu = cpu,
		.regs = regs,
		.e = {
			.level = t->level,
			.va = slot_va(slot),
			.slot = slot,
			.old = old,
			.new = new,
			.walkers = walkers,
		},
		.mair = read_sysreg(mair_el1),
	};
	enum kind was = kind_of(t->level, old), is = kind_of(t->level, new);
	u32 happened = 0;

	if (is == TABLE && !(was == TABLE && address(t->level, old) ==
					     address(t->level, new)))
		judge_link(&c);
	if (was == INVALID && is != INVALID) {
		judge_make(&c);
	} else if (was == LEAF && is == LEAF) {
		judge_leaves(&c);
	} else if (was == LEAF && is == TABLE) {
		judge_split(&c);
		happened = HAPPENED_SPLIT;
	} else if (was == TABLE && is == LEAF) {
		judge_collapse(&c);
		happened = HAPPENED_COLLAPSE;
	} else if (was == TABLE && is == TABLE) {
		/* The same table with other hierarchical bits: permissions. */
		if (address(t->level, old) != address(t->level, new) &&
		    !alike(t->level, old, new, 0, 0))
			broken(&c, RULE_SIZE_AND_MORE);
	} else if (was != INVALID) {
		happened = HAPPENED_INVALIDATE;
	}
	if (is == LEAF && desc_executable(new) &&
	    (was != LEAF || !desc_executable(old)))
		judge_executable(&c);
	return happened;
}

u32 rules_entry(const struct cpu *cpu, const struct regs *regs, u64 slot,
		u64 old, u64 new, u32 walkers)
{
	int level = table_of(slot)->level;
	enum kind was = kind_of(level, old), is = kind_of(level, new);

	/* Most stores fill a table, and no TLB can hold what is not so. */
	if (was == INVALID && is == LEAF && !(new & DESC_CONT) && !pending_any())
		return 0;
	return judge(cpu, regs, slot, old, new, walkers);
}

static void unlinked(u64 slot, u64 desc, u32 walkers, u64 pc)
{
	pending_add(slot, table_of(slot)->level, desc, walkers, pc);
}

void rules_entry_done(const struct cpu *cpu, const struct regs *regs, u64 slot,
		      u64 old, u64 new, u32 walkers)
{
	int level = table_of(slot)->level;
	enum kind was = kind_of(level, old), is = kind_of(level, new);

	if (was == INVALID && !(new & DESC_CONT))
		return;
	if (was == TABLE && !(is == TABLE &&
			      address(level, old) == address(level, new))) {
		unlinked(slot, old, walkers, regs->elr);
		if (is_readable(level, old))
			tables_unlink(address(level, old), walkers, cpu->index,
				      regs->elr, unlinked);
	} else if (was == LEAF && is == INVALID) {
		pending_add(slot, level, old, walkers, regs->elr);
	}
	note_run(cpu, regs, slot, level, old, new);
}

/* settled() has made a table unreadable. */
static bool closed;

/* No TLB holds @p any more. */
static void settled(const struct pending *p)
{
	u64 page = address(p->level, p->old);

	if (kind_of(p->level, p->old) != TABLE || !config.reads ||
	    !is_readable(p->level, p->old) ||
	    table_of(page)->state != TABLE_UNLINKED || table_of(page)->waiting)
		return;
	/* From now on nobody has a reason to read it. */
	stage2_set_access(page, page + (1UL << format.page_shift), ACCESS_NONE);
	closed = true;
}

void rules_tlbi(const struct cpu *cpu, const struct regs *regs,
		const struct invalidation *op)
{
	struct run *run;

	closed = false;
	pending_invalidate(op, settled);
	if (closed)
		stage2_flush();
	/* Whoever drops everything does not do so for the sake of this run. */
	if (op->last - op->base == ~0UL)
		return;
	for (run = runs; run < runs + MAX_RUNS; run++) {
		u64 size = run_entries(&format, run->level) *
			   level_size(&format, run->level);

		if (!run->base || run->cpu != cpu->index ||
		    run->va > op->last || run->va + size - 1 < op->base)
			continue;
		run_broken(run, cpu, regs);
		run->base = 0;
	}
}

/* Linux' linear map: what it has in the upper half it unmaps lazily. */
static bool in_lower_half(u64 va)
{
	return !(va & BIT(format.va_bits - 1));
}

void rules_ripas(const struct cpu *cpu, const struct regs *regs, u64 base,
		 u64 top, enum ripas ripas)
{
	struct context c = { .cpu = cpu, .regs = regs };
	struct pending *p = NULL;
	u64 pa;

	for (pa = base; ripas == RIPAS_EMPTY && pa < top; pa += GRANULE_SIZE) {
		struct table *t = table_of(pa);

		if (t->state == TABLE_NONE)
			continue;
		/* Free memory by now. */
		if (t->state == TABLE_UNLINKED ?
		    !t->waiting :
		    !tables_walkers(table_page(pa))) {
			tables_release(table_page(pa));
			continue;
		}
		c.e = (struct event) {
			.level = t->level,
			.va = t->va,
			.slot = pa,
			.walkers = tables_walkers(table_page(pa)),
		};
		broken(&c, RULE_HANDED_OVER);
	}
	while ((p = pending_next(p, 0, ~0UL, false))) {
		u64 oa = address(p->level, p->old) & ~BIT(SHARED_BIT);

		if (kind_of(p->level, p->old) != LEAF || oa >= top ||
		    oa + level_size(&format, p->level) <= base ||
		    !(p->narrowed || in_lower_half(p->va)))
			continue;
		c.e = (struct event) {
			.level = p->level,
			.va = p->va,
			.slot = p->slot,
			.old = p->old,
		};
		blame(&c, p);
		broken(&c, RULE_HANDED_OVER);
		return;
	}
}

void rules_unlinked(const struct cpu *cpu, const struct regs *regs, u64 pa,
		    bool write)
{
	u64 page = table_page(pa);
	struct table *t = table_of(pa);
	struct pending *p = pending_table(page, NULL);
	struct context c = {
		.cpu = cpu,
		.regs = regs,
		.e = { .level = t->level, .va = t->va, .slot = pa },
	};

	if (write) {
		if (p) {
			blame(&c, p);
			broken(&c, RULE_TABLE_REUSE);
		}
		tables_release(page);
		return;
	}
	broken(&c, RULE_TABLE_READ);
	stage2_set_access(page, page + (1UL << format.page_shift), ACCESS_READ);
	stage2_flush();
}

void rules_end(const struct cpu *cpu)
{
	struct regs regs = { 0 };
	struct context c = { .cpu = cpu, .regs = &regs };
	struct pending *p = NULL;
	struct run *run;

	while ((p = pending_next(p, 0, ~0UL, false))) {
		u64 now = is_slot(p->slot) ? *(u64 *)p->slot : 0;

		if (!p->narrowed || kind_of(p->level, now) != LEAF ||
		    !narrows(p->old, now))
			continue;
		regs.elr = p->pc;
		c.e = (struct event) {
			.level = p->level,
			.va = p->va,
			.slot = p->slot,
			.old = p->old,
			.new = now,
			.walkers = p->holders,
		};
		broken(&c, RULE_STALE_PERMISSION);
	}
	for (run = runs; run < runs + MAX_RUNS; run++) {
		regs.elr = run->pc;
		if (run->base)
			run_broken(run, &cpus[run->cpu], &regs);
	}
}

void rules_forget_all(void)
{
	pending_forget_all();
	memset(runs, 0, sizeof(runs));
	memset(changes, 0, sizeof(changes));
}

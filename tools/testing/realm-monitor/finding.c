// SPDX-License-Identifier: GPL-2.0-only
/* Findings: what a rule is, who broke it, and how that is printed. */

#include "finding.h"
#include "arm64.h"
#include "console.h"
#include "guestmem.h"
#include "stage2.h"
#include "tables.h"

#define MAX_FINDINGS	64
#define MAX_FRAMES	16

/*
 * One sentence for each rule, with what it stands on. Break-before-make is:
 * invalid entry, DSB, TLBI, DSB, new entry (Arm ARM, "Using break-before-make
 * when updating translation table entries").
 */
static const struct {
	const char *name, *because;
} rules[] = {
	[RULE_OUTPUT_ADDRESS] = { "output-address",
		"a valid entry got another output address without break-before-make: CPUs may see either, and lose coherency (Arm ARM R_WHZWS)" },
	[RULE_MEMORY_TYPE] = { "memory-type",
		"a valid entry got another memory type or cacheability without break-before-make (Arm ARM R_WHZWS)" },
	[RULE_SHAREABILITY] = { "shareability",
		"a valid entry got another shareability without break-before-make (Arm ARM R_WHZWS)" },
	[RULE_GLOBAL] = { "global",
		"a non-global entry became global without break-before-make: both may match one lookup (Arm ARM R_WHZWS)" },
	[RULE_SIZE] = { "size",
		"the size of a live mapping changed while a CPU that does not tolerate it (FEAT_BBML3) may walk it: TLB conflict abort, or amalgamated entries (Arm ARM R_KFLJB, I_HYQMB)" },
	[RULE_SIZE_AND_MORE] = { "size-and-more",
		"table and block do not translate alike: only the size may change without break-before-make (Arm ARM R_PVTFW)" },
	[RULE_LOST_UPDATE] = { "lost-update",
		"the new table says what the block said before its last change: that change is lost" },
	[RULE_STALE_SIZE] = { "stale-size",
		"the size changed while an earlier change below still waits for its TLBI: more than the size differs from what TLBs hold (Arm ARM R_PVTFW, R_GPPYH)" },
	[RULE_NO_BREAK] = { "no-break",
		"an entry was invalid for a moment, but no TLBI dropped its old translation before the other one was made (Arm ARM R_WHZWS)" },
	[RULE_TABLE_REUSE] = { "table-reuse",
		"a table was written as if it were free, but walk caches may still lead to it: no TLBI of all levels since its last entry went away (Arm ARM R_RVJDB)" },
	[RULE_TABLE_RELINK] = { "table-relink",
		"a table was linked elsewhere, but walk caches may still lead to it at its old address (Arm ARM R_RVJDB)" },
	[RULE_TABLE_READ] = { "table-read",
		"a table was read by another CPU after its entry and all cached walks were gone: the reader holds a pointer to what is free" },
	[RULE_TABLE_ADDRESS] = { "table-address",
		"a table descriptor points to what is not the guest's own memory" },
	[RULE_HANDED_OVER] = { "handed-over",
		"memory changes between guest and host while it is a table, or while a TLB may hold a translation to it" },
	[RULE_STALE_WRITABLE] = { "stale-writable",
		"a page became executable while a TLB may still let another mapping of it be written" },
	[RULE_STALE_PERMISSION] = { "stale-permission",
		"a permission was taken away, and no TLBI ever made that true (Arm ARM R_GPPYH)" },
	[RULE_CONTIGUOUS] = { "contiguous",
		"the entries of a contiguous run differ, or some are missing: any of them may be used for all (Arm ARM R_NGLXZ, R_JQQTC)" },
};

static struct finding {
	enum rule rule;
	unsigned int cpu;
	u64 count;
	struct event event;
	u64 mair;
	unsigned int nframes;
	u64 frames[MAX_FRAMES];		/* pc, then return addresses; */
	u32 in_image;			/* which are offsets in the Image */
	bool earlier_in_image;		/* the same of event.earlier */
} findings[MAX_FINDINGS];

static unsigned int kept;
static u64 total;
static u64 image_end;

void finding_init(u64 size)
{
	image_end = GUEST_BASE + size;
}

/* Kernel addresses without their pointer authentication code. */
static u64 strip(u64 va)
{
	return va & BIT(55) ? va | format.va_start : va;
}

bool image_offset(u64 *va)
{
	u64 pa;

	if (!guest_address(*va, &pa) || pa < GUEST_BASE || pa >= image_end)
		return false;
	*va = pa - GUEST_BASE;
	return true;
}

static void add_frame(struct finding *f, u64 va)
{
	if (image_offset(&va))
		f->in_image |= BIT(f->nframes);
	f->frames[f->nframes++] = va;
}

/* The frame records that x29 leads to: each has the next, and a return address. */
static void backtrace(struct finding *f, const struct regs *regs)
{
	u64 fp = regs->x[29], pa, lower;

	add_frame(f, regs->elr);
	while (f->nframes < MAX_FRAMES && ALIGNED(fp, 8) &&
	       guest_address(fp, &pa) &&
	       ALIGN_DOWN(pa, GRANULE_SIZE) + GRANULE_SIZE >= pa + 16) {
		u64 *record = (u64 *)pa;

		if (!record[1])
			break;
		add_frame(f, strip(record[1]));
		lower = fp;
		fp = record[0];
		/* A stack grows down; one that does not is not followed. */
		if (fp <= lower && fp + 0x10000 > lower)
			break;
	}
}

static bool same(const struct finding *a, const struct finding *b)
{
	return a->rule == b->rule && a->event.level == b->event.level &&
	       a->nframes == b->nframes && a->in_image == b->in_image &&
	       !memcmp(a->frames, b->frames, a->nframes * sizeof(u64));
}

void finding_add(enum rule rule, const struct event *e, const struct cpu *cpu,
		 const struct regs *regs)
{
	struct finding new = {
		.rule = rule,
		.cpu = cpu->index,
		.count = 1,
		.event = *e,
		.mair = read_sysreg(mair_el1),
	};
	unsigned int i;

	backtrace(&new, regs);
	if (e->earlier)
		new.earlier_in_image = image_offset(&new.event.earlier);
	total++;
	for (i = 0; i < kept; i++) {
		if (same(&findings[i], &new)) {
			findings[i].count++;
			return;
		}
	}
	if (kept < MAX_FINDINGS)
		findings[kept++] = new;
}

u64 finding_count(void)
{
	return total;
}

const char *finding_first(void)
{
	return rules[findings[0].rule].name;
}

static void print_finding(unsigned int number, const struct finding *f)
{
	const struct event *e = &f->event;
	unsigned int i;

	print("watch: finding %lu rule=%s count=%lu\n", (u64)number,
	      rules[f->rule].name, f->count);
	print("watch:   because %s\n", rules[f->rule].because);
	print("watch:   level=%s%c va=0x%lx entry=0x%lx cpu=%lu\n",
	      e->level < 0 ? "-" : "", '0' + (e->level < 0 ? 1 : e->level),
	      e->va, e->slot, (u64)f->cpu);
	if (e->old || e->new) {
		print("watch:   old ");
		desc_print(&format, e->level, e->old, f->mair);
		print("\nwatch:   new ");
		desc_print(&format, e->level, e->new, f->mair);
		print("\n");
	}
	if (e->differs) {
		print("watch:   differs at entry=0x%lx ", e->differs);
		desc_print(&format, e->differs_level, e->differs_desc, f->mair);
		print("\n");
	}
	if (e->walkers) {
		print("watch:   walkers");
		for (i = 0; i < nr_cpus; i++)
			if (e->walkers & BIT(i))
				print(" cpu%lu%s", (u64)i,
				      e->intolerant & BIT(i) ?
				      " (does not tolerate it)" : "");
		print("\n");
	}
	if (e->earlier)
		print("watch:   after %s0x%lx\n",
		      f->earlier_in_image ? "image+" : "", e->earlier);
	for (i = 0; i < f->nframes; i++)
		print("watch:   %s %s0x%lx\n", i ? "lr" : "pc",
		      f->in_image & BIT(i) ? "image+" : "", f->frames[i]);
}

void finding_print(void)
{
	unsigned int i;

	for (i = 0; i < kept; i++)
		print_finding(i + 1, &findings[i]);
	if (kept == MAX_FINDINGS)
		print("watch: other findings may not be kept\n");
}

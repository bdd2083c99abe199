/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings of the watch: kept while the guest runs, since its console is the
 * monitor's too, and printed at the end.
 */
#ifndef FINDING_H
#define FINDING_H

#include "cpu.h"

/* In the order of the table in finding.c. */
enum rule {
	RULE_OUTPUT_ADDRESS,
	RULE_MEMORY_TYPE,
	RULE_SHAREABILITY,
	RULE_GLOBAL,
	RULE_SIZE,
	RULE_SIZE_AND_MORE,
	RULE_LOST_UPDATE,
	RULE_STALE_SIZE,
	RULE_NO_BREAK,
	RULE_TABLE_REUSE,
	RULE_TABLE_RELINK,
	RULE_TABLE_READ,
	RULE_TABLE_ADDRESS,
	RULE_HANDED_OVER,
	RULE_STALE_WRITABLE,
	RULE_STALE_PERMISSION,
	RULE_CONTIGUOUS,
};

/* What a rule was broken by. */
struct event {
	int level;
	u64 va;
	u64 slot;
	u64 old, new;
	u32 walkers;		/* CPUs that matter, */
	u32 intolerant;		/* and those of them that do not tolerate it */
	u64 differs;		/* the entry below that makes the difference; or 0 */
	int differs_level;
	u64 differs_desc;
	u64 earlier;		/* the instruction that left it half done; or 0 */
};

/* The guest's Image is @size bytes long. */
void finding_init(u64 size);

/* Keep a finding about @e, which the instruction at @regs on @cpu caused. */
void finding_add(enum rule rule, const struct event *e, const struct cpu *cpu,
		 const struct regs *regs);

/* Turn @va into an offset in the guest's Image; false if it is not there. */
bool image_offset(u64 *va);

/* How often a rule was broken. */
u64 finding_count(void);
/* The name of the rule of the first finding. */
const char *finding_first(void);

/* Print all; the guest is stopped. */
void finding_print(void);

#endif

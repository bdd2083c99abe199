// SPDX-License-Identifier: GPL-2.0-only
/* RSI_IPA_STATE_GET and RSI_IPA_STATE_SET, and what memory does meanwhile. */

#include "guest.h"

#define BASE		PLAYGROUND
#define G(n)		(BASE + (n) * GRANULE_SIZE)

#define ROUNDS		300

static volatile u64 *at(u64 ipa)
{
	return (volatile u64 *)ipa;
}

/* Set the state; all three outputs are checked. */
static void set(u64 base, u64 top, u64 ripas, u64 new_base, u64 response,
		const char *what)
{
	struct smc s = { .x = { RSI_IPA_STATE_SET, base, top, ripas, 1 } };

	smc_call(&s);
	if (s.x[0] != RSI_SUCCESS || s.x[1] != new_base || s.x[2] != response)
		print("# status 0x%lx new_base 0x%lx response 0x%lx\n",
		      s.x[0], s.x[1], s.x[2]);
	check(s.x[0] == RSI_SUCCESS && s.x[1] == new_base &&
	      s.x[2] == response, what);
}

static void get(u64 base, u64 top, u64 out_top, u64 ripas, const char *what)
{
	struct smc s = { .x = { RSI_IPA_STATE_GET, base, top } };

	smc_call(&s);
	if (s.x[0] != RSI_SUCCESS || s.x[1] != out_top || s.x[2] != ripas)
		print("# status 0x%lx out_top 0x%lx ripas 0x%lx\n",
		      s.x[0], s.x[1], s.x[2]);
	check(s.x[0] == RSI_SUCCESS && s.x[1] == out_top && s.x[2] == ripas,
	      what);
}

static void bad(u64 fn, u64 base, u64 top, u64 ripas, const char *what)
{
	struct smc s = { .x = { fn, base, top, ripas } };

	smc_call(&s);
	check_eq(s.x[0], RSI_ERROR_INPUT, what);
	check(!s.x[1] && !s.x[2], "its outputs are zero");
}

static void errors(void)
{
	static const u64 fns[] = { RSI_IPA_STATE_GET, RSI_IPA_STATE_SET };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		u64 fn = fns[i];

		bad(fn, BASE + 8, G(1), RAM, "unaligned base");
		bad(fn, BASE, G(1) + 8, RAM, "unaligned top");
		bad(fn, BASE, BASE, RAM, "empty range");
		bad(fn, G(1), BASE, RAM, "top below base");
		bad(fn, BASE, SHARED + GRANULE_SIZE, RAM, "into the shared half");
		bad(fn, BASE | SHARED, G(1) | SHARED, RAM, "shared half");
		bad(fn, BIT(IPA_BITS), BIT(IPA_BITS) + GRANULE_SIZE, RAM,
		    "outside the address space");
		bad(fn, -2UL * GRANULE_SIZE, -1UL * GRANULE_SIZE, RAM,
		    "end of 64 bits");
	}
	bad(RSI_IPA_STATE_SET, BASE, G(1), 2, "RIPAS DESTROYED");
	bad(RSI_IPA_STATE_SET, BASE, G(1), 3, "RIPAS DEV");
	bad(RSI_IPA_STATE_SET, BASE, G(1), 0xff, "no RIPAS at all");
	get(BASE, G(1), G(1), RAM, "nothing changed");
}

static void state(void)
{
	u64 block = BASE + BLOCK_SIZE;
	u64 guest_end = BASE;
	struct smc s = { .x = { RSI_IPA_STATE_GET, GUEST_BASE, SHARED } };

	smc_call(&s);
	guest_end = s.x[1];
	check(s.x[2] == RAM && guest_end > BASE, "RAM from the start is RAM");

	get(guest_end, SHARED, SHARED, EMPTY, "behind it is EMPTY");
	get(0, RAM_BASE, RAM_BASE, EMPTY, "devices are EMPTY");
	get(MONITOR_BASE, SHARED, GUEST_BASE, EMPTY, "up to the guest's RAM");

	set(G(3), G(5), EMPTY, G(5), RSI_ACCEPT, "two granules EMPTY");
	get(BASE, block, G(3), RAM, "RAM in front of them");
	get(G(3), block, G(5), EMPTY, "they are EMPTY");
	get(G(4), G(5), G(5), EMPTY, "the second one is");
	get(G(5), block, block, RAM, "RAM behind them");
	set(G(3), G(5), EMPTY, G(5), RSI_ACCEPT, "EMPTY again");
	set(BASE, block, RAM, block, RSI_ACCEPT, "RAM again, over mixed states");
	get(BASE, block, block, RAM, "all RAM");
	set(block, block + 2 * BLOCK_SIZE, EMPTY, block + 2 * BLOCK_SIZE,
	    RSI_ACCEPT, "two blocks EMPTY");
	get(BASE, guest_end, block, RAM, "RAM in front of the blocks");
	get(block, guest_end, block + 2 * BLOCK_SIZE, EMPTY, "blocks EMPTY");
	*at(SHARED | block) = 1;
	check_eq(*at(SHARED | block), 1, "shared alias of a block");
	set(block, block + 2 * BLOCK_SIZE, RAM, block + 2 * BLOCK_SIZE,
	    RSI_ACCEPT, "two blocks RAM");

	set(guest_end, guest_end + BLOCK_SIZE, EMPTY, guest_end + BLOCK_SIZE,
	    RSI_ACCEPT, "what is no memory may be EMPTY");
	set(guest_end, guest_end + BLOCK_SIZE, RAM, guest_end, RSI_REJECT,
	    "but not RAM");
	set(MONITOR_BASE, MONITOR_BASE + GRANULE_SIZE, RAM, MONITOR_BASE,
	    RSI_REJECT, "the monitor's memory cannot be RAM");
	set(guest_end - GRANULE_SIZE, guest_end + GRANULE_SIZE, RAM, guest_end,
	    RSI_REJECT, "RAM up to the end of memory");
}

/* Both aliases are the same memory, one at a time. */
static void contents(void)
{
	*at(BASE) = 0x1234;
	*at(G(1)) = 0x5678;
	set(BASE, G(1), EMPTY, G(1), RSI_ACCEPT, "share a granule");
	check_eq(*at(SHARED | BASE), 0x1234, "contents stay");
	*at(SHARED | BASE) = 0x9abc;
	check_eq(*at(G(1)), 0x5678, "the neighbour is still there");
	set(BASE, G(1), RAM, G(1), RSI_ACCEPT, "take it back");
	check_eq(*at(BASE), 0x9abc, "contents stay");
}

/* monitor.scrub=1 */
static void scrub(void)
{
	u64 junk = 0xdbdbdbdbdbdbdbdb;

	*at(BASE) = 0x1234;
	*at(G(1) - 8) = 0x1234;
	*at(G(1)) = 0x5678;
	set(BASE, G(1), EMPTY, G(1), RSI_ACCEPT, "share a granule");
	check_eq(*at(SHARED | BASE), junk, "its first word is overwritten");
	check_eq(*at((SHARED | G(1)) - 8), junk, "its last word is");
	*at(SHARED | BASE) = 0x9abc;
	set(BASE, G(1), EMPTY, G(1), RSI_ACCEPT, "share it again");
	check_eq(*at(SHARED | BASE), 0x9abc, "no change, no scrubbing");
	set(BASE, G(1), RAM, G(1), RSI_ACCEPT, "take it back");
	check_eq(*at(BASE), junk, "it is overwritten");
	check_eq(*at(G(1)), 0x5678, "the neighbour is not");
}

/* monitor.partial=3 */
static void partial(void)
{
	set(BASE, G(8), EMPTY, G(3), RSI_ACCEPT, "three of eight");
	get(BASE, G(8), G(3), EMPTY, "three are EMPTY");
	get(G(3), G(8), G(8), RAM, "the others are not");
	set(G(3), G(8), EMPTY, G(6), RSI_ACCEPT, "three of five");
	set(G(6), G(8), EMPTY, G(8), RSI_ACCEPT, "the last two");
	set(BASE, G(3), RAM, G(3), RSI_ACCEPT, "exactly three");
}

/* monitor.refuse=G(2)-G(4) */
static void refuse(void)
{
	set(BASE, G(8), RAM, G(8), RSI_ACCEPT, "what is RAM stays RAM");
	set(BASE, G(8), EMPTY, G(8), RSI_ACCEPT, "EMPTY cannot be refused");
	set(BASE, G(8), RAM, G(2), RSI_REJECT, "refused in the middle");
	get(BASE, G(8), G(2), RAM, "RAM up to there");
	get(G(2), G(8), G(8), EMPTY, "EMPTY from there");
	set(G(2), G(8), RAM, G(2), RSI_REJECT, "refused at once");
	set(G(3), G(4), RAM, G(3), RSI_REJECT, "refused within the range");
	set(G(4), G(8), RAM, G(8), RSI_ACCEPT, "accepted behind the range");
}

/*
 * Each CPU gives its own granule of one block away and takes it back, and
 * uses it at both aliases in turn; all the while the others change the table
 * that maps it.
 */
static volatile u64 failures[MAX_CPUS];

static void toggle(u64 cpu)
{
	u64 mine = G(cpu + 1);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		*at(mine) = i;
		if (call(RSI_IPA_STATE_SET, mine, mine + GRANULE_SIZE, EMPTY, 1))
			failures[cpu]++;
		if (*at(SHARED | mine) != i)
			failures[cpu]++;
		*at(SHARED | mine) = ~i;
		if (call(RSI_IPA_STATE_SET, mine, mine + GRANULE_SIZE, RAM, 1))
			failures[cpu]++;
		if (*at(mine) != ~i)
			failures[cpu]++;
	}
}

static void concurrent(void)
{
	unsigned int cpu;

	for (cpu = 1; cpu < cpu_count(); cpu++)
		check_eq(cpu_start(cpu, toggle, cpu), 0, "CPU_ON");
	toggle(0);
	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_wait_off(cpu);
	for (cpu = 0; cpu < cpu_count(); cpu++)
		check_eq(failures[cpu], 0, "failures of one CPU");
	get(BASE, BASE + BLOCK_SIZE, BASE + BLOCK_SIZE, RAM, "all RAM again");
}

/*
 * The first change within a block gives it a table, and for a moment it has
 * nothing: accesses of other CPUs to it then are no violations.
 */
static volatile u64 top, stop;

static void read_all(u64 context)
{
	u64 block;

	(void)context;
	while (!stop)
		for (block = BASE; block < top; block += BLOCK_SIZE)
			*at(block);
}

static void split(void)
{
	struct smc s = { .x = { RSI_IPA_STATE_GET, GUEST_BASE, SHARED } };
	unsigned int cpu, failed = 0;
	u64 block;

	smc_call(&s);
	top = s.x[1];
	for (cpu = 1; cpu < cpu_count(); cpu++)
		check_eq(cpu_start(cpu, read_all, 0), 0, "CPU_ON");
	for (block = BASE; block < top; block += BLOCK_SIZE) {
		u64 last = block + BLOCK_SIZE - GRANULE_SIZE;

		failed += call(RSI_IPA_STATE_SET, last, last + GRANULE_SIZE,
			       EMPTY, 1);
	}
	stop = 1;
	for (cpu = 1; cpu < cpu_count(); cpu++)
		cpu_wait_off(cpu);
	check_eq(failed, 0, "failures");
}

const struct scenario ripas_scenarios[] = {
	{ "ripas-errors", errors },
	{ "ripas-state", state },
	{ "ripas-contents", contents },
	{ "ripas-scrub", scrub },
	{ "ripas-partial", partial },
	{ "ripas-refuse", refuse },
	{ "ripas-concurrent", concurrent },
	{ "ripas-split", split },
	{ }
};

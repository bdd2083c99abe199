// SPDX-License-Identifier: GPL-2.0-only
/* How a run ends: with one line that a program can read. */

#include "end.h"
#include "arm64.h"
#include "config.h"
#include "console.h"
#include "cpu.h"
#include "finding.h"
#include "psci.h"
#include "stage2.h"
#include "watch.h"

static u64 start_ticks;
static struct cpu *ending;

void end_start_clock(void)
{
	start_ticks = read_sysreg(cntpct_el0);
}

void end_stop_guest(void)
{
	struct cpu *none = NULL;

	if (__atomic_load_n(&ending, __ATOMIC_RELAXED) == this_cpu() &&
	    this_cpu())
		return;
	if (!__atomic_compare_exchange_n(&ending, &none, this_cpu(), false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		halt();
	stage2_close();
	console_init(UART_BASE);
	/* The guest may have been in the middle of a line. */
	print("\n");
}

void end(const char *result, const char *reason)
{
	bool well = config.watch &&
		    (streq(result, "ok") || streq(result, "guest-reset"));
	u64 smc = 0, rsi = 0, granules = 0, ticks = 0;
	unsigned int i;

	if (well)
		watch_finish();
	end_stop_guest();
	if (well)
		watch_result(&result, &reason);
	for (i = 0; i < nr_cpus; i++) {
		smc += cpus[i].smc_calls;
		rsi += cpus[i].rsi_calls;
		granules += cpus[i].granules;
	}
	if (start_ticks)
		ticks = read_sysreg(cntpct_el0) - start_ticks;
	if (config.watch && start_ticks)
		watch_print();
	print("monitor: end result=%s reason=%s smc=%lu rsi=%lu granules=%lu ticks=%lu findings=%lu\n",
	      result, reason, smc, rsi, granules, ticks, finding_count());
	psci_power_off();
}

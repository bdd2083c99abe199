/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user asked for on the command line. */
#ifndef CONFIG_H
#define CONFIG_H

#include "layout.h"
#include "types.h"

/*
 * Faults that monitor.plant= makes the monitor commit, see README.md. From
 * PLANT_WHOLE_MEMORY on they make sense in a plain VM as well.
 */
enum plant {
	PLANT_NONE,
	PLANT_NO_RSI,
	PLANT_IPA_WIDTH,
	PLANT_KEEP_RAM,
	PLANT_START_EMPTY,
	PLANT_WHOLE_MEMORY,
	PLANT_STAGE2,
	PLANT_TRAP,
	PLANT_FAULT,
	PLANT_WATCH_AUDIT,
};

struct config {
	bool realm;
	bool acpi;		/* hand over by UEFI tables and ACPI */
	bool hvc;		/* the guest calls by HVC instead of SMC */
	bool smccc_1_0;		/* SMCCC 1.0 instead of 1.2 */
	bool scrub;		/* overwrite granules whose RIPAS changes */
	u64 partial;		/* granules per IPA_STATE_SET, 0: no limit */
	u64 refuse_base;	/* EMPTY to RAM is refused in [base, top) */
	u64 refuse_top;
	u32 late_ms;		/* from CPU_ON to the guest's first instruction, */
	u32 late_cpu;		/* of this CPU */
	u64 spin;		/* where the spin table is, 0: PSCI CPU_ON */
	u64 target[MAX_CPUS];	/* MIDRs that the guest may be moved to, */
	unsigned int targets;	/* and how many */
	u32 stray;		/* CPUs that are others than were asked for */
	u32 deny_off;		/* CPUs whose CPU_OFF is denied */
	u32 together;		/* CPUs that enter the guest together */
	u64 becomes;		/* MIDR that a CPU gets while it runs, */
	int becomes_cpu;	/* this one; -1: none */
	enum plant plant;
	bool watch;		/* watch the guest's tables */
	bool reads;		/* of unlinked tables, too */
	u32 intolerant;		/* CPUs that count as such */
	u32 hold_event;		/* hold a CPU here (enum happening), */
	u64 hold_pc;		/* with HAPPENED_PC: offset in the Image */
	u32 hold_ms;		/* so long, */
	int hold_cpu;		/* this one; -1: any */
	u64 seed;		/* of random delays; 0: none */
	u64 midr[MAX_CPUS];
	int bbm[MAX_CPUS];	/* -1: as the CPU has it */
};

extern struct config config;

/*
 * Take the monitor's options out of the command line @args, in place, and
 * fill in config for @ncpus CPUs. Ends the machine on a wrong option.
 */
void config_parse(char *args, unsigned int ncpus);

#endif

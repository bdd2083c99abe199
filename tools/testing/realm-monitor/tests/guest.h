/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test guest: a program at EL1 that takes the place of Linux under the
 * monitor, runs one scenario and reports in TAP on the UART. Its MMU is off,
 * or has an identity map in TTBR0, so a pointer is an IPA.
 */
#ifndef GUEST_H
#define GUEST_H

#include "arm64.h"
#include "console.h"
#include "layout.h"
#include "types.h"

#define SHARED		BIT(SHARED_BIT)

/*
 * Memory that scenarios may give away: four blocks, well behind the image and
 * well in front of the device tree with -m 64M.
 */
#define PLAYGROUND	0x40800000UL

#define GUEST_STACK	0x2000

/* SMCCC and RSI, see the headers of the monitor for the documents. */
#define RSI(n)		(0xc4000190UL + (n))
#define RSI_VERSION		RSI(0)
#define RSI_FEATURES		RSI(1)
#define RSI_MEASUREMENT_READ	RSI(2)
#define RSI_MEASUREMENT_EXTEND	RSI(3)
#define RSI_TOKEN_INIT		RSI(4)
#define RSI_TOKEN_CONTINUE	RSI(5)
#define RSI_REALM_CONFIG	RSI(6)
#define RSI_IPA_STATE_SET	RSI(7)
#define RSI_IPA_STATE_GET	RSI(8)
#define RSI_HOST_CALL		RSI(9)

#define RSI_SUCCESS		0
#define RSI_ERROR_INPUT		1
#define RSI_ERROR_STATE		2
#define RSI_ERROR_UNKNOWN	4
#define RSI_ACCEPT		0
#define RSI_REJECT		1
#define EMPTY			0
#define RAM			1

#define PSCI(n)			(0x84000000UL + (n))
#define PSCI64(n)		(0xc4000000UL + (n))
#define PSCI_CPU_OFF		PSCI(2)
#define PSCI_CPU_ON		PSCI64(3)
#define PSCI_AFFINITY_INFO	PSCI64(4)
#define PSCI_SYSTEM_OFF		PSCI(8)

#define NOT_SUPPORTED		((u64)-1)
#define INVALID_PARAMETERS	((u64)-2)
#define DENIED			((u64)-3)
#define ALREADY_ON		((u64)-4)
#define INVALID_ADDRESS		((u64)-9)

/* x0 to x17: in and out of smc_call(). */
struct smc {
	u64 x[18];
};

/* guest_start.S: by SMC, or by HVC with monitor.hvc=1 */
void smc_call(struct smc *s);
void secondary_start(void);

/* The same, by the number of the CPU: for who comes with nothing in x0. */
void spin_start(void);
enum access { READ, WRITE, EXEC, WALK };
/* Access @ipa at the symbol of its name, with ACCESS_LR in the link register. */
#define ACCESS_LR		0x5a5a0
void access_read(u64 ipa);
void access_write(u64 ipa);
void access_exec(u64 ipa);
/* Turn the MMU on with its level 1 table at @ipa. */
void access_walk(u64 ipa);

/* Called from guest_start.S. */
struct start_info;
void guest_main(void *fdt);
void secondary_main(struct start_info *info);

/* Call with up to four arguments, of which only X0 comes back. */
u64 call(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4);

/* Report one check. */
void check(bool ok, const char *what);
void check_eq(u64 got, u64 expected, const char *what);
/* Report that there is nothing to check. */
void skip(const char *what);

/* What follows @name in the command line, or NULL. */
const char *find_arg(const char *name);
/* Is the word at @s, up to a blank, @word? */
bool is_word(const char *s, const char *word);
/* Number @i, hexadecimal, of the list behind "arg=" on the command line. */
u64 arg(unsigned int i);
bool is_realm(void);

unsigned int cpu_index(void);
unsigned int cpu_count(void);
u64 cpu_mpidr(unsigned int cpu);
/* Turn @cpu on to run @fn(@context) and turn itself off after that. */
u64 cpu_start(unsigned int cpu, void (*fn)(u64 context), u64 context);
/* Wait until @cpu is off. */
void cpu_wait_off(unsigned int cpu);

/* t_cpu.c: let the interrupt of the virtual timer through to CPU 0. */
#define VTIMER		27
void interrupts_set_up(void);

/*
 * Exceptions that the guest took, of any kind; the last one's syndrome, and
 * which group of four vectors it came by.
 */
extern volatile u64 exceptions, last_esr, irqs;
extern volatile u32 last_vector;

/* The guest has to call by HVC. */
extern u32 hvc_conduit;

struct scenario {
	const char *name;
	void (*run)(void);
};
/* One list per file, ended by an empty entry. */
extern const struct scenario smccc_scenarios[], rsi_scenarios[],
	ripas_scenarios[], psci_scenarios[], cpu_scenarios[],
	violation_scenarios[], acpi_scenarios[], tree_scenarios[],
	watch_scenarios[], watch_store_scenarios[], watch_tlbi_scenarios[],
	watch_root_scenarios[], watch_smp_scenarios[], watch_tree_scenarios[],
	watch_rest_scenarios[], watch_stale_scenarios[];

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* SMC calling convention, and what is not there. */

#include "guest.h"

static void smccc(void)
{
	u64 arch_features = 0x80000001;

	check_eq(call(0x80000000, 0, 0, 0, 0), 0x10002, "SMCCC_VERSION");
	check_eq(call(arch_features, 0x80000000, 0, 0, 0), 0,
		 "ARCH_FEATURES of SMCCC_VERSION");
	check_eq(call(arch_features, arch_features, 0, 0, 0), 0,
		 "ARCH_FEATURES of itself");
	check_eq(call(arch_features, 0x80008000, 0, 0, 0), NOT_SUPPORTED,
		 "ARCH_FEATURES of ARCH_WORKAROUND_1");
	check_eq(call(arch_features | 0xffffffff00000000, 0x80000000, 0, 0, 0),
		 0, "the upper half of X0 is ignored");
}

/* Calls that nobody implements change X0 and nothing else. */
static void unknown(void)
{
	static const u64 fns[] = {
		0x80008000, 0x84000050, 0x84000011, 0xc4000000, 0xc40001a0,
		0xc400018f, 0x84000190, 0xc3000000, 0xdeadbeef, 0x4,
	};
	struct smc s;
	unsigned int i, r;
	bool kept = true;

	for (i = 0; i < ARRAY_SIZE(fns); i++) {
		for (r = 0; r < 18; r++)
			s.x[r] = 0xabcd00000000UL + r;
		s.x[0] = fns[i];
		smc_call(&s);
		if (s.x[0] != NOT_SUPPORTED)
			print("# function 0x%lx\n", fns[i]);
		check_eq(s.x[0], NOT_SUPPORTED, "unknown function");
		for (r = 4; r < 18; r++)
			kept &= s.x[r] == 0xabcd00000000UL + r;
	}
	check(kept, "X4 to X17 are preserved");
}

/* What a plain VM answers to RSI, and a realm to HVC. */
static void no_rsi(void)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		check_eq(call(RSI(i), 0, 0, 0, 0), NOT_SUPPORTED,
			 "RSI in a plain VM");
}

static void hvc(void)
{
	asm volatile("mov x0, #0x84000000; hvc #0" : : : "x0", "memory");
	check_eq(exceptions, 1, "HVC is UNDEFINED");
	check_eq(ESR_EC(last_esr), 0, "its exception class");
}

static void smc_immediate(void)
{
	register u64 x0 asm("x0") = 0x84000000;

	asm volatile("smc #1" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	check_eq(x0, NOT_SUPPORTED, "SMC with an immediate");
}

const struct scenario smccc_scenarios[] = {
	{ "smccc", smccc },
	{ "unknown", unknown },
	{ "no-rsi", no_rsi },
	{ "hvc", hvc },
	{ "smc-immediate", smc_immediate },
	{ }
};

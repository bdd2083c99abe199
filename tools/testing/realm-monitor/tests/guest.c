// SPDX-License-Identifier: GPL-2.0-only
/* The test guest's common part: command line, TAP, CPUs. */

#include "guest.h"
#include "fdt.h"

volatile u64 exceptions, last_esr, irqs;
volatile u32 last_vector;
u32 hvc_conduit;

static const struct scenario *const scenarios[] = {
	smccc_scenarios, rsi_scenarios, ripas_scenarios, psci_scenarios,
	cpu_scenarios, violation_scenarios, acpi_scenarios,
	tree_scenarios, watch_scenarios, watch_store_scenarios,
	watch_tlbi_scenarios, watch_root_scenarios, watch_smp_scenarios,
	watch_tree_scenarios, watch_rest_scenarios, watch_stale_scenarios,
};

static char args[512];
static unsigned int checks;

struct start_info {
	u64 stack;
	void (*fn)(u64 context);
	u64 context;
} start_info[MAX_CPUS];
static u8 stacks[MAX_CPUS][GUEST_STACK] __aligned(16);

static unsigned int ncpus;

const char *find_arg(const char *name)
{
	const char *s;

	for (s = args; *s; s++)
		if ((s == args || s[-1] == ' ') && starts_with(s, name))
			return s + strlen(name);
	return NULL;
}

bool is_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return starts_with(s, word) && (!s[n] || s[n] == ' ');
}

bool is_realm(void)
{
	return find_arg("realm");
}

u64 arg(unsigned int i)
{
	const char *s = find_arg("arg=");
	u64 v = 0;

	for (; i; s++)
		if (*s == ',')
			i--;
	for (; *s && *s != ',' && *s != ' '; s++)
		v = v * 16 + (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return v;
}

void check(bool ok, const char *what)
{
	print("%sok %lu - %s\n", ok ? "" : "not ", (u64)++checks, what);
}

void check_eq(u64 got, u64 expected, const char *what)
{
	if (got != expected)
		print("# got 0x%lx, expected 0x%lx\n", got, expected);
	check(got == expected, what);
}

void skip(const char *what)
{
	print("ok %lu - %s # SKIP\n", (u64)++checks, what);
}

u64 call(u64 fn, u64 a1, u64 a2, u64 a3, u64 a4)
{
	struct smc s = { .x = { fn, a1, a2, a3, a4 } };

	smc_call(&s);
	return s.x[0];
}

u64 cpu_mpidr(unsigned int cpu)
{
	return cpu;
}

unsigned int cpu_index(void)
{
	return read_sysreg(mpidr_el1) & 0xff;
}

unsigned int cpu_count(void)
{
	return ncpus;
}

void secondary_main(struct start_info *info)
{
	info->fn(info->context);
	call(PSCI_CPU_OFF, 0, 0, 0, 0);
}

u64 cpu_start(unsigned int cpu, void (*fn)(u64 context), u64 context)
{
	start_info[cpu] = (struct start_info) {
		.stack = (u64)stacks[cpu] + GUEST_STACK,
		.fn = fn,
		.context = context,
	};
	return call(PSCI_CPU_ON, cpu_mpidr(cpu), (u64)secondary_start,
		    (u64)&start_info[cpu], 0);
}

void cpu_wait_off(unsigned int cpu)
{
	while (call(PSCI_AFFINITY_INFO, cpu_mpidr(cpu), 0, 0, 0) != 1)
		asm volatile("yield");
}

static unsigned int count_cpus(void)
{
	struct fdt_iter it = { 0 };
	unsigned int n = 0;

	while (fdt_next_prop(&it))
		if (streq(it.prop.parent, "cpus") &&
		    starts_with(it.prop.node, "cpu@") &&
		    streq(it.prop.name, "reg"))
			n++;
	return n;
}

static void run(const char *name)
{
	const struct scenario *s;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		for (s = scenarios[i]; s->name; s++) {
			if (is_word(name, s->name)) {
				s->run();
				return;
			}
		}
	}
	check(false, "no such scenario");
}

void guest_main(void *fdt)
{
	struct fdt_prop bootargs;

	fdt_init(fdt);
	if (fdt_find("chosen", "bootargs", &bootargs) &&
	    bootargs.len <= sizeof(args))
		memcpy(args, bootargs.data, bootargs.len);
	hvc_conduit = !!find_arg("hvc");
	ncpus = count_cpus();
	console_init(UART_BASE | (is_realm() ? SHARED : 0));
	run(find_arg("test="));
	print("1..%lu\n", (u64)checks);
	call(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
}

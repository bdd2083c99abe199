// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration. Options are words "monitor.<name>=<value>" of the kernel's
 * command line, up to a word "--"; what is left is the guest's.
 */

#include "config.h"
#include "console.h"
#include "end.h"
#include "rules.h"

struct config config;

static unsigned int cpu_count;
static const char *watch_option;	/* one that was given */

/* Parse a number, decimal or 0x, up to @stop. NULL if that fails. */
static const char *parse_number(const char *s, const char *stop, u64 *v)
{
	unsigned int base = 10, digits = 0;

	if (starts_with(s, "0x")) {
		base = 16;
		s += 2;
	}
	for (*v = 0; ; s++, digits++) {
		unsigned int d;

		if (*s >= '0' && *s <= '9')
			d = *s - '0';
		else if (*s >= 'a' && *s <= 'f')
			d = *s - 'a' + 10;
		else
			break;
		if (d >= base || *v > (~0UL - d) / base)
			return NULL;
		*v = *v * base + d;
	}
	if (!digits)
		return NULL;
	for (; *stop; stop++)
		if (*s == *stop)
			return s;
	return *s ? NULL : s;
}

static bool parse_bool(const char *s, bool *v)
{
	*v = *s == '1';
	return streq(s, "0") || streq(s, "1");
}

static bool set_realm(const char *s)
{
	return parse_bool(s, &config.realm);
}

static bool set_acpi(const char *s)
{
	return parse_bool(s, &config.acpi);
}

static bool set_hvc(const char *s)
{
	return parse_bool(s, &config.hvc);
}

static bool set_smccc(const char *s)
{
	config.smccc_1_0 = streq(s, "1.0");
	return config.smccc_1_0 || streq(s, "1.2");
}

static bool set_scrub(const char *s)
{
	return parse_bool(s, &config.scrub);
}

static bool set_partial(const char *s)
{
	return parse_number(s, "", &config.partial) && config.partial;
}

static bool set_refuse(const char *s)
{
	s = parse_number(s, "-", &config.refuse_base);
	return s && *s == '-' &&
	       parse_number(s + 1, "", &config.refuse_top) &&
	       ALIGNED(config.refuse_base | config.refuse_top, GRANULE_SIZE) &&
	       config.refuse_base < config.refuse_top;
}

static const struct {
	const char *name;
	enum plant plant;
} plants[] = {
	{ "no-rsi",		PLANT_NO_RSI },
	{ "ipa-width",		PLANT_IPA_WIDTH },
	{ "keep-ram",		PLANT_KEEP_RAM },
	{ "start-empty",	PLANT_START_EMPTY },
	{ "whole-memory",	PLANT_WHOLE_MEMORY },
	{ "stage2",		PLANT_STAGE2 },
	{ "trap",		PLANT_TRAP },
	{ "fault",		PLANT_FAULT },
	{ "watch-audit",	PLANT_WATCH_AUDIT },
};

static bool set_plant(const char *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plants); i++) {
		if (streq(s, plants[i].name)) {
			config.plant = plants[i].plant;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name;
	u64 midr;
} models[] = {
	{ "v3",		0x410fd842 },	/* Neoverse V3 r0p2 */
	{ "a57",	0x411fd070 },	/* Cortex-A57 r1p0 */
};

/* A MIDR, as in monitor.cpus=. Returns what follows it, or NULL. */
static const char *set_cpu(const char *s, u64 *midr, int *bbm)
{
	const char *end = NULL;
	unsigned int i;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(models); i++) {
		if (starts_with(s, models[i].name)) {
			*midr = models[i].midr;
			end = s + strlen(models[i].name);
		}
	}
	if (!end && starts_with(s, "0x")) {
		end = parse_number(s, ":,", midr);
		if (end && *midr >> 32)
			return NULL;
	}
	*bbm = -1;
	if (end && starts_with(end, ":bbm=")) {
		end = parse_number(end + strlen(":bbm="), ",", &v);
		if (v > 3)
			return NULL;
		*bbm = v;
	}
	return end;
}

static bool set_cpus(const char *s)
{
	unsigned int i;

	for (i = 0; i < cpu_count; i++) {
		s = set_cpu(s, &config.midr[i], &config.bbm[i]);
		if (!s || (*s && *s != ','))
			return false;
		if (!*s)
			break;
		s++;
	}
	if (i == cpu_count)
		return false;
	for (; i + 1 < cpu_count; i++) {
		config.midr[i + 1] = config.midr[i];
		config.bbm[i + 1] = config.bbm[i];
	}
	return true;
}

static bool set_watch(const char *s)
{
	return parse_bool(s, &config.watch);
}

static bool set_reads(const char *s)
{
	return parse_bool(s, &config.reads);
}

static bool set_seed(const char *s)
{
	return parse_number(s, "", &config.seed);
}

/* A CPU's name. Returns what follows it, or NULL. */
static const char *parse_cpu(const char *s, u64 *cpu)
{
	if (!starts_with(s, "cpu"))
		return NULL;
	s = parse_number(s + strlen("cpu"), ",", cpu);
	return s && *cpu < cpu_count ? s : NULL;
}

static bool parse_cpus(const char *s, u32 *cpus)
{
	u64 cpu;

	do {
		s = parse_cpu(s, &cpu);
		if (!s)
			return false;
		*cpus |= BIT(cpu);
	} while (*s++);
	return true;
}

static bool set_intolerant(const char *s)
{
	return parse_cpus(s, &config.intolerant);
}

static bool set_stray(const char *s)
{
	return parse_cpus(s, &config.stray) && !(config.stray & BIT(0));
}

static bool set_deny_off(const char *s)
{
	return parse_cpus(s, &config.deny_off);
}

static bool set_together(const char *s)
{
	return parse_cpus(s, &config.together) &&
	       !(config.together & BIT(0)) &&
	       (config.together & (config.together - 1));
}

/* "<MIDR>:cpu<n>" */
static bool set_becomes(const char *s)
{
	u64 cpu;
	int bbm;

	s = set_cpu(s, &config.becomes, &bbm);
	if (!s || *s != ':')
		return false;
	s = parse_cpu(s + 1, &cpu);
	config.becomes_cpu = cpu;
	return s && !*s;
}

static bool set_targets(const char *s)
{
	int bbm;

	while (config.targets < ARRAY_SIZE(config.target)) {
		s = set_cpu(s, &config.target[config.targets++], &bbm);
		if (!s || bbm >= 0 || (*s && *s != ','))
			return false;
		if (!*s++)
			return true;
	}
	return false;
}

static bool set_spin(const char *s)
{
	return parse_number(s, "", &config.spin) && config.spin &&
	       config.spin % GRANULE_SIZE == 0;
}

/* "<ms>:cpu<n>" */
static bool set_late(const char *s)
{
	u64 ms, cpu;

	s = parse_number(s, ":", &ms);
	if (!s || !*s || !ms || ms > 60000)
		return false;
	s = parse_cpu(s + 1, &cpu);
	if (!s || *s || !cpu)
		return false;
	config.late_ms = ms;
	config.late_cpu = cpu;
	return true;
}

static const struct {
	const char *name;
	enum happening event;
} events[] = {
	{ "mmu-on:",		HAPPENED_MMU_ON },
	{ "split:",		HAPPENED_SPLIT },
	{ "collapse:",		HAPPENED_COLLAPSE },
	{ "invalidate:",	HAPPENED_INVALIDATE },
	{ "tlbi:",		HAPPENED_TLBI },
};

static bool set_hold(const char *s)
{
	unsigned int i;
	u64 ms, cpu;

	if (starts_with(s, "image+")) {
		s = parse_number(s + strlen("image+"), ":", &config.hold_pc);
		if (!s || !*s++)
			return false;
		config.hold_event = HAPPENED_PC;
	} else {
		for (i = 0; !starts_with(s, events[i].name); )
			if (++i == ARRAY_SIZE(events))
				return false;
		s += strlen(events[i].name);
		config.hold_event = events[i].event;
	}
	s = parse_number(s, ":", &ms);
	if (!s || !ms || ms > 10000)
		return false;
	config.hold_ms = ms;
	config.hold_cpu = -1;
	if (!*s)
		return true;
	s = parse_cpu(s + 1, &cpu);
	config.hold_cpu = cpu;
	return s && !*s;
}

static const struct option {
	const char *name;
	bool (*set)(const char *value);
	const char *accepted;
} options[] = {
	{ "realm",	set_realm,	"0 or 1" },
	{ "cpus",	set_cpus,
	  "at most one per CPU of v3, a57 or 0x<MIDR>, each with an optional :bbm=0 to :bbm=3" },
	{ "acpi",	set_acpi,	"0 or 1" },
	{ "hvc",	set_hvc,	"0 or 1" },
	{ "smccc",	set_smccc,	"1.0 or 1.2" },
	{ "scrub",	set_scrub,	"0 or 1" },
	{ "partial",	set_partial,	"a number of granules, at least 1" },
	{ "refuse",	set_refuse,
	  "<base>-<top>, multiples of 4096 with base < top" },
	{ "late",	set_late,
	  "<ms>:cpu<n>, 1 to 60000 and a CPU that there is, but not cpu0" },
	{ "spin",	set_spin,	"an address, a multiple of 4096" },
	{ "stray",	set_stray,
	  "CPUs that there are, as in cpu1,cpu3, but not cpu0" },
	{ "deny-off",	set_deny_off,
	  "CPUs that there are, as in cpu1,cpu3" },
	{ "together",	set_together,
	  "at least two CPUs that there are, as in cpu1,cpu3, but not cpu0" },
	{ "becomes",	set_becomes,
	  "v3, a57 or 0x<MIDR>, and :cpu<n>, a CPU that there is" },
	{ "targets",	set_targets,
	  "at most 8 of v3, a57 or 0x<MIDR>" },
	{ "plant",	set_plant,
	  "no-rsi, ipa-width, keep-ram, start-empty, whole-memory, stage2, trap, fault or watch-audit" },
	{ "watch",	set_watch,	"0 or 1" },
	{ "watch.intolerant", set_intolerant,
	  "CPUs that there are, as in cpu1,cpu3" },
	{ "watch.hold",	set_hold,
	  "mmu-on, split, collapse, invalidate, tlbi or image+0x<offset>, :1 to :10000 (ms), and maybe :cpu<n>" },
	{ "watch.seed",	set_seed,	"a number" },
	{ "watch.reads", set_reads,	"0 or 1" },
};

static void __noreturn config_error(const char *option, const char *accepted)
{
	print("monitor: error: monitor.%s: %s\n", option, accepted);
	end("error", "config");
}

static void set_option(char *word)
{
	const struct option *o;
	char *value = word;

	while (*value && *value != '=')
		value++;
	if (*value)
		*value++ = 0;

	for (o = options; o < options + ARRAY_SIZE(options); o++) {
		if (!streq(word, o->name))
			continue;
		if (!o->set(value))
			config_error(o->name, o->accepted);
		if (starts_with(o->name, "watch."))
			watch_option = o->name;
		return;
	}
	config_error(word,
		     "no such option; there are realm, cpus, acpi, hvc, smccc, scrub, partial, refuse, late, spin, stray, deny-off, together, becomes, targets, plant and watch");
}

/* Length of the word at @s; blanks in double quotes do not end it. */
static size_t word_length(const char *s)
{
	bool quoted = false;
	size_t n;

	for (n = 0; s[n] && (quoted || s[n] != ' '); n++)
		if (s[n] == '"')
			quoted = !quoted;
	return n;
}

void config_parse(char *args, unsigned int ncpus)
{
	char *in = args, *out = args;
	bool mine = true;

	cpu_count = ncpus;
	config.realm = true;
	config.reads = true;
	config.becomes_cpu = -1;
	set_cpus("v3");

	while (*in) {
		size_t n = word_length(in);
		char *word = in;
		bool last = !in[n];

		in += n + !last;
		word[n] = 0;
		if (streq(word, "--"))
			mine = false;
		if (mine && starts_with(word, "monitor.")) {
			set_option(word + strlen("monitor."));
			continue;
		}
		memcpy(out, word, n);
		out += n;
		if (!last)
			*out++ = ' ';
	}
	*out = 0;

	if (!config.realm &&
	    (config.scrub || config.partial || config.refuse_top))
		config_error("realm",
			     "1 where scrub, partial or refuse is given");
	if (config.realm && config.hvc)
		config_error("hvc", "1 only with monitor.realm=0");
	/* Targets are announced by calls of SMCCC 1.1. */
	if (config.smccc_1_0 && (config.realm || config.targets))
		config_error("smccc",
			     "1.0 only with monitor.realm=0 and without monitor.targets");
	/* There the guest's memory is that of the UEFI memory map. */
	if (config.acpi && config.plant == PLANT_WHOLE_MEMORY)
		config_error("plant", "any but whole-memory where monitor.acpi=1");
	if (!config.realm && config.plant != PLANT_NONE &&
	    config.plant < PLANT_WHOLE_MEMORY)
		config_error("plant",
			     "whole-memory, stage2, trap, fault or watch-audit where monitor.realm=0");
	if (!config.watch && watch_option)
		config_error(watch_option, "only with monitor.watch=1");
	if (!config.watch && config.becomes_cpu >= 0)
		config_error("becomes", "only with monitor.watch=1");
	if (!config.watch && config.plant == PLANT_WATCH_AUDIT)
		config_error("plant", "watch-audit only with monitor.watch=1");
}

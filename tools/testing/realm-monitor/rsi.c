// SPDX-License-Identifier: GPL-2.0-only
/*
 * RSI 1.0: what RMM and host together answer to a realm. Each function's
 * failure conditions are those of its section in B5.3 of the specification.
 */

#include "rsi.h"
#include "arm64.h"
#include "config.h"
#include "rules.h"
#include "sha256.h"
#include "stage2.h"

#define RSI_SUCCESS		0
#define RSI_ERROR_INPUT		1
#define RSI_ERROR_STATE		2
#define RSI_ERROR_UNKNOWN	4

#define RSI_ACCEPT		0
#define RSI_REJECT		1

#define RSI_REVISION(major, minor)	((u64)(major) << 16 | (minor))

#define FIRST_FUNCTION		0xc4000190

/* Index 0 is the initial measurement, 1 to 4 are the realm's own. */
#define MEASUREMENTS		5
#define MEASUREMENT_SIZE	64

/* B5.4: what RSI_REALM_CONFIG writes; one granule. */
struct realm_config {
	u64 ipa_width;
	u64 hash_algo;			/* 0: SHA-256 */
	u8 reserved[0x1f0];
	u8 rpv[64];
	u8 reserved2[0xdc0];
};
_Static_assert(sizeof(struct realm_config) == GRANULE_SIZE, "realm_config");

/* B5.4: in and out of RSI_HOST_CALL. */
struct host_call {
	u64 imm;
	u64 gprs[31];
};
_Static_assert(sizeof(struct host_call) == 256, "host_call");

static struct lock measurement_lock;
static u8 measurement[MEASUREMENTS][MEASUREMENT_SIZE];

static bool is_protected(u64 base, u64 top)
{
	return base < top && top <= BIT(SHARED_BIT);
}

/* A range that IPA_STATE_GET and IPA_STATE_SET accept. */
static bool valid_range(u64 base, u64 top)
{
	return ALIGNED(base, GRANULE_SIZE) && ALIGNED(top, GRANULE_SIZE) &&
	       is_protected(base, top);
}

/*
 * B2: only one revision exists, so it is the lower and the higher one in all
 * cases, and a request is compatible if it has this major and no later minor.
 */
static u64 version(struct regs *regs)
{
	bool ok = regs->x[1] == RSI_REVISION(1, 0);

	regs->x[1] = RSI_REVISION(1, 0);
	regs->x[2] = RSI_REVISION(1, 0);
	return ok ? RSI_SUCCESS : RSI_ERROR_INPUT;
}

/* All feature registers of RSI 1.0 read as zero. */
static u64 features(struct regs *regs)
{
	regs->x[1] = 0;
	return RSI_SUCCESS;
}

static u64 measurement_read(struct regs *regs)
{
	u64 index = regs->x[1];

	if (index >= MEASUREMENTS)
		return RSI_ERROR_INPUT;
	lock(&measurement_lock);
	memcpy(&regs->x[1], measurement[index], MEASUREMENT_SIZE);
	unlock(&measurement_lock);
	return RSI_SUCCESS;
}

static u64 measurement_extend(struct regs *regs)
{
	u64 index = regs->x[1], size = regs->x[2];
	struct sha256 sha;

	if (index < 1 || index >= MEASUREMENTS || size > MEASUREMENT_SIZE)
		return RSI_ERROR_INPUT;
	lock(&measurement_lock);
	sha256_init(&sha);
	sha256_update(&sha, measurement[index], SHA256_SIZE);
	sha256_update(&sha, &regs->x[3], size);
	sha256_final(&sha, measurement[index]);
	unlock(&measurement_lock);
	return RSI_SUCCESS;
}

/* Cannot fail by the specification; that there is no token shows later. */
static u64 attestation_token_init(struct regs *regs)
{
	this_cpu()->attesting = true;
	regs->x[1] = GRANULE_SIZE;
	return RSI_SUCCESS;
}

static u64 attestation_token_continue(struct regs *regs)
{
	u64 addr = regs->x[1], offset = regs->x[2], size = regs->x[3];

	if (!ALIGNED(addr, GRANULE_SIZE) ||
	    !stage2_is_guest_ram(addr, GRANULE_SIZE) ||
	    offset >= GRANULE_SIZE || size > GRANULE_SIZE - offset)
		return RSI_ERROR_INPUT;
	if (!this_cpu()->attesting)
		return RSI_ERROR_STATE;
	/* Nobody could check a token that the monitor signed. */
	this_cpu()->attesting = false;
	return RSI_ERROR_UNKNOWN;
}

static u64 realm_config(struct regs *regs)
{
	struct realm_config *rc = (void *)regs->x[1];

	if (!ALIGNED(regs->x[1], GRANULE_SIZE) ||
	    !stage2_is_guest_ram(regs->x[1], GRANULE_SIZE))
		return RSI_ERROR_INPUT;
	memset(rc, 0, sizeof(*rc));
	rc->ipa_width = IPA_BITS;
	if (config.plant == PLANT_IPA_WIDTH)
		rc->ipa_width--;
	return RSI_SUCCESS;
}

/*
 * How far a request that starts at @base gets before the host refuses. The
 * host refuses to turn EMPTY into RAM where it has no memory, and where it is
 * told to; giving memory back it cannot refuse (A5.4, IDRPPK).
 */
static u64 refused_at(u64 base, u64 top)
{
	if (!stage2_is_ram(base))
		return base;
	if (base < config.refuse_top && top > config.refuse_base)
		return base < config.refuse_base ? config.refuse_base : base;
	return top;
}

static u64 ipa_state_set(struct regs *regs)
{
	u64 base = regs->x[1], top = regs->x[2], run, stop;
	u64 ripas = regs->x[3] & 0xff;
	bool rejected = false;

	if (!valid_range(base, top) || ripas > RIPAS_RAM)
		return RSI_ERROR_INPUT;

	if (config.partial && (top - base) / GRANULE_SIZE > config.partial)
		top = base + config.partial * GRANULE_SIZE;

	stage2_lock();
	for (; base < top && !rejected; base = stop) {
		stop = top;
		if (stage2_ripas(base, top, &run) == ripas) {
			stop = run;
			continue;
		}
		if (ripas == RIPAS_RAM) {
			stop = refused_at(base, run);
			rejected = stop != run;
		} else {
			stop = run;
		}
		this_cpu()->granules += (stop - base) / GRANULE_SIZE;
		if (stop > base && config.watch)
			rules_ripas(this_cpu(), regs, base, stop, ripas);
		if (stop > base && config.plant != PLANT_KEEP_RAM)
			stage2_set_ripas(base, stop, ripas);
	}
	stage2_unlock();

	regs->x[1] = base;
	regs->x[2] = rejected ? RSI_REJECT : RSI_ACCEPT;
	return RSI_SUCCESS;
}

static u64 ipa_state_get(struct regs *regs)
{
	u64 base = regs->x[1], top = regs->x[2];

	if (!valid_range(base, top))
		return RSI_ERROR_INPUT;
	stage2_lock();
	regs->x[2] = stage2_ripas(base, top, &regs->x[1]);
	stage2_unlock();
	return RSI_SUCCESS;
}

/* The host knows no calls: it answers any of them as SMCCC says. */
static u64 host_call(struct regs *regs)
{
	struct host_call *call = (void *)regs->x[1];

	if (!ALIGNED(regs->x[1], sizeof(*call)) ||
	    !stage2_is_guest_ram(regs->x[1], sizeof(*call)))
		return RSI_ERROR_INPUT;
	call->gprs[0] = -1UL;
	return RSI_SUCCESS;
}

static const struct {
	u64 (*call)(struct regs *regs);
	unsigned int outputs;	/* from X1 on, zero if the call fails */
} functions[] = {
	{ version,			0 },	/* sets them in any case */
	{ features,			1 },
	{ measurement_read,		8 },
	{ measurement_extend,		0 },
	{ attestation_token_init,	1 },
	{ attestation_token_continue,	1 },
	{ realm_config,			0 },
	{ ipa_state_set,		2 },
	{ ipa_state_get,		2 },
	{ host_call,			0 },
};

bool rsi_call(struct regs *regs)
{
	u64 i = regs->x[0] - FIRST_FUNCTION;

	if (!config.realm || config.plant == PLANT_NO_RSI ||
	    i >= ARRAY_SIZE(functions))
		return false;
	this_cpu()->rsi_calls++;
	regs->x[0] = functions[i].call(regs);
	if (regs->x[0] != RSI_SUCCESS)
		memset(&regs->x[1], 0, functions[i].outputs * sizeof(u64));
	return true;
}

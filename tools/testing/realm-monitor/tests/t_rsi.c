// SPDX-License-Identifier: GPL-2.0-only
/* RSI calls other than those on RIPAS, with good and bad arguments. */

#include "guest.h"

static u8 page[GRANULE_SIZE] __aligned(4096);

static void version(void)
{
	static const struct {
		u64 requested, status;
	} t[] = {
		{ 0x10000, RSI_SUCCESS },
		{ 0x10001, RSI_ERROR_INPUT },
		{ 0x20000, RSI_ERROR_INPUT },
		{ 0x00009, RSI_ERROR_INPUT },
		{ 0x110000, RSI_ERROR_INPUT },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct smc s = { .x = { RSI_VERSION, t[i].requested } };

		smc_call(&s);
		check_eq(s.x[0], t[i].status, "status");
		check_eq(s.x[1], 0x10000, "lower revision");
		check_eq(s.x[2], 0x10000, "higher revision");
	}
}

static void features(void)
{
	u64 index;

	for (index = 0; index < 3; index++) {
		struct smc s = { .x = { RSI_FEATURES, index, 99 } };

		smc_call(&s);
		check_eq(s.x[0], RSI_SUCCESS, "status");
		check_eq(s.x[1], 0, "value");
	}
}

/* Addresses that no call may write to; @align is what the call wants. */
static void bad_addresses(u64 fn, u64 align)
{
	u64 good = (u64)page;

	check_eq(call(fn, good + align / 2, 0, 0, 0), RSI_ERROR_INPUT,
		 "unaligned address");
	check_eq(call(fn, good | SHARED, 0, 0, 0), RSI_ERROR_INPUT,
		 "shared address");
	check_eq(call(fn, MONITOR_BASE, 0, 0, 0), RSI_ERROR_INPUT,
		 "the monitor's memory");
	check_eq(call(fn, UART_BASE, 0, 0, 0), RSI_ERROR_INPUT, "a device");
	check_eq(call(fn, BIT(IPA_BITS), 0, 0, 0), RSI_ERROR_INPUT,
		 "outside the address space");
	check_eq(call(fn, 0xfffffffffffff000, 0, 0, 0), RSI_ERROR_INPUT,
		 "last granule of 64 bits");
	call(RSI_IPA_STATE_SET, PLAYGROUND, PLAYGROUND + GRANULE_SIZE, EMPTY, 0);
	check_eq(call(fn, PLAYGROUND, 0, 0, 0), RSI_ERROR_INPUT,
		 "an EMPTY granule");
}

static void realm_config(void)
{
	unsigned int i;
	u8 rest = 0;

	memset(page, 0xff, sizeof(page));
	check_eq(call(RSI_REALM_CONFIG, (u64)page, 0, 0, 0), RSI_SUCCESS,
		 "status");
	check_eq(*(u64 *)page, IPA_BITS, "IPA width");
	for (i = 8; i < sizeof(page); i++)
		rest |= page[i];
	check_eq(rest, 0, "SHA-256, no personalisation, rest zero");
	bad_addresses(RSI_REALM_CONFIG, GRANULE_SIZE);
}

static void host_call(void)
{
	struct {
		u64 imm, gprs[31];
	} *hc = (void *)(page + 256);

	memset(page, 0x11, sizeof(page));
	check_eq(call(RSI_HOST_CALL, (u64)hc, 0, 0, 0), RSI_SUCCESS, "status");
	check_eq(hc->gprs[0], NOT_SUPPORTED, "the host's answer");
	check_eq(hc->gprs[1], 0x1111111111111111, "other registers");
	bad_addresses(RSI_HOST_CALL, 256);
}

static u64 token_continue(u64 addr, u64 offset, u64 size)
{
	struct smc s = { .x = { RSI_TOKEN_CONTINUE, addr, offset, size } };

	smc_call(&s);
	if (s.x[1])
		print("# 0x%lx bytes of token\n", s.x[1]);
	return s.x[0];
}

static void token(void)
{
	struct smc s = { .x = { RSI_TOKEN_INIT, 1, 2, 3, 4, 5, 6, 7, 8 } };
	u64 good = (u64)page;

	check_eq(token_continue(good, 0, GRANULE_SIZE), RSI_ERROR_STATE,
		 "continue without init");
	smc_call(&s);
	check_eq(s.x[0], RSI_SUCCESS, "init");
	check(s.x[1] > 0 && s.x[1] < BIT(20), "upper bound of size");
	check_eq(token_continue(good, GRANULE_SIZE, 0), RSI_ERROR_INPUT,
		 "offset out of the granule");
	check_eq(token_continue(good, 8, GRANULE_SIZE), RSI_ERROR_INPUT,
		 "size out of the granule");
	check_eq(token_continue(good, 8, -8UL), RSI_ERROR_INPUT,
		 "offset plus size overflows");
	bad_addresses(RSI_TOKEN_CONTINUE, GRANULE_SIZE);
	check_eq(token_continue(good, 0, GRANULE_SIZE), RSI_ERROR_UNKNOWN,
		 "no token");
	check_eq(token_continue(good, 0, GRANULE_SIZE), RSI_ERROR_STATE,
		 "and over");
}

/* Compare a measurement with @hash, SHA-256 in big-endian words. */
static void check_measurement(u64 index, const u64 *hash, const char *what)
{
	struct smc s = { .x = { RSI_MEASUREMENT_READ, index } };
	bool ok = true;
	unsigned int i;

	smc_call(&s);
	check_eq(s.x[0], RSI_SUCCESS, "status of read");
	for (i = 0; i < 4; i++)
		ok &= s.x[1 + i] == __builtin_bswap64(hash[i]);
	for (; i < 8; i++)
		ok &= s.x[1 + i] == 0;
	check(ok, what);
}

static void measurement(void)
{
	/* SHA-256 of 32 zero bytes and "abc", */
	static const u64 abc[4] = {
		0x365aa7d8f7f9402c, 0x4b9434502b4cc89d,
		0xdb09fe50d7cd95b4, 0x93b834c62d5a5370,
	};
	/* and of that and 64 bytes of 0x77. */
	static const u64 abc77[4] = {
		0x3081ba4552040140, 0x11d882d163a6f8c7,
		0x8430a4d9896239bc, 0xf3d699693d53ab98,
	};
	static const u64 zero[4];
	struct smc s = { .x = { RSI_MEASUREMENT_EXTEND, 3, 3, 0x636261 } };
	unsigned int i;

	for (i = 0; i < 5; i++)
		check_measurement(i, zero, "initially zero");
	smc_call(&s);
	check_eq(s.x[0], RSI_SUCCESS, "status of extend");
	check_measurement(3, abc, "extended by three bytes");

	s.x[0] = RSI_MEASUREMENT_EXTEND;
	s.x[1] = 3;
	s.x[2] = 64;
	for (i = 0; i < 8; i++)
		s.x[3 + i] = 0x7777777777777777;
	smc_call(&s);
	check_eq(s.x[0], RSI_SUCCESS, "status of extend");
	check_measurement(3, abc77, "extended by 64 bytes");
	check_measurement(2, zero, "others unchanged");

	check_eq(call(RSI_MEASUREMENT_EXTEND, 0, 8, 0, 0), RSI_ERROR_INPUT,
		 "extend the initial measurement");
	check_eq(call(RSI_MEASUREMENT_EXTEND, 5, 8, 0, 0), RSI_ERROR_INPUT,
		 "extend index 5");
	check_eq(call(RSI_MEASUREMENT_EXTEND, 1, 65, 0, 0), RSI_ERROR_INPUT,
		 "extend by 65 bytes");
	check_eq(call(RSI_MEASUREMENT_READ, 5, 0, 0, 0), RSI_ERROR_INPUT,
		 "read index 5");
}

const struct scenario rsi_scenarios[] = {
	{ "version", version },
	{ "features", features },
	{ "realm-config", realm_config },
	{ "host-call", host_call },
	{ "token", token },
	{ "measurement", measurement },
	{ }
};

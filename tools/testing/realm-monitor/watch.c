// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watch: what it traps, and when.
 *
 *   HCR_EL2.TVM    writes of SCTLR_EL1, TCR_EL1, TTBR1_EL1: which root a CPU uses
 *   HCR_EL2.TTLB   TLBI: what TLBs may still hold
 *   stage 2        stores to tables
 *
 * DSB cannot be trapped, so a TLBI counts as complete when it was executed.
 */

#include "watch.h"
#include "arm64.h"
#include "config.h"
#include "console.h"
#include "end.h"
#include "finding.h"
#include "rules.h"
#include "smc.h"
#include "stage2.h"
#include "store.h"
#include "sysreg.h"
#include "tables.h"
#include "trap.h"

#define HCR_TTLB		BIT(25)
#define HCR_TVM			BIT(26)

#define SCTLR_M			BIT(0)
#define TCR_EPD1		BIT(23)

/* SMC64, vendor-specific hypervisor service. */
#define CALL_AUDIT		0xc6000001

/* Random delays: one trap in 8, up to 64 us. */
#define DELAY_ONE_IN		8
#define DELAY_MAX_US		64

static u64 invalidations;
static bool audit_ok = true;
static u64 audited;

u64 watch_layout(u64 ram_end)
{
	return tables_layout(pending_layout(ram_end));
}

u64 watch_hcr(void)
{
	return config.watch ? HCR_TVM | HCR_TTLB : 0;
}

/* xorshift64 */
static u64 random(struct cpu *cpu)
{
	u64 x = cpu->random;

	if (!x)
		x = config.seed * MAX_CPUS + cpu->index + 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return cpu->random = x;
}

void watch_leave(struct cpu *cpu)
{
	bool hold = (cpu->happened & config.hold_event) &&
		    (config.hold_cpu < 0 ||
		     (unsigned int)config.hold_cpu == cpu->index);

	cpu->happened = 0;
	stage2_unlock();
	/* Under -icount one thread runs all CPUs: let a waiting one have the lock. */
	asm volatile("yield");
	if (hold)
		cpu_spin(config.hold_ms * 1000UL);
	if (config.seed && random(cpu) % DELAY_ONE_IN == 0)
		cpu_spin(random(cpu) % DELAY_MAX_US);
}

void watch_power(struct cpu *cpu)
{
	const struct invalidation all = {
		.cpus = BIT(cpu->index),
		.last = ~0UL,
		.all_asids = true,
		.level = LEVEL_ANY,
	};

	stage2_lock();
	tables_use_root(cpu->index, 0);
	tables_invalidated(cpu->index);
	rules_tlbi(cpu, NULL, &all);
	cpu->mmu_seen = false;
	cpu->reserved = 0;
	stage2_unlock();
}

/* A CPU's SCTLR_EL1, TCR_EL1 or TTBR1_EL1 was written: which root has it? */
static void update_root(struct cpu *cpu)
{
	u64 tcr = read_sysreg(tcr_el1), root = 0;
	struct format f = format_of(tcr);

	if ((read_sysreg(sctlr_el1) & SCTLR_M) && !(tcr & TCR_EPD1))
		root = ttbr_table(read_sysreg(ttbr1_el1));
	if (!stage2_is_guest_ram(root, 1))
		root = 0;
	if (root && !format_equal(&f, &format)) {
		/* Linux does so with an empty root, and no other CPU up. */
		tables_use_root(cpu->index, 0);
		tables_invalidated(cpu->index);
		if (tables_users()) {
			end_stop_guest();
			print("watch: cpu%lu translates in another format\n",
			      (u64)cpu->index);
			end("error", "watch-format");
		}
		tables_forget_all();
		rules_forget_all();
		format = f;
	}
	if (root)
		format.hpd = f.hpd;
	tables_use_root(cpu->index, root);
	if (!root || cpu->mmu_seen)
		return;
	if (tables_has_entries(root)) {
		cpu->mmu_seen = true;
		cpu->happened |= HAPPENED_MMU_ON;
		/* The boot CPU has yet to make the linear map: see psci.c. */
		if (cpu->index)
			cpu_move(cpu);
	}
}

#define REG(crn, crm, op2)	((crn) << 8 | (crm) << 4 | (op2))

void watch_register(struct cpu *cpu, struct regs *regs, u64 esr)
{
	unsigned int rt = ISS_RT(esr);
	u64 v = rt == 31 ? 0 : regs->x[rt];

#define CASE(crn, crm, op2) \
	case REG(crn, crm, op2): \
		write_sysreg(v, S3_0_C##crn##_C##crm##_##op2); \
		break;

	switch (REG(ISS_CRN(esr), ISS_CRM(esr), ISS_OP2(esr))) {
	CASE(1, 0, 0)		/* SCTLR */
	CASE(1, 0, 3)		/* SCTLR2 */
	CASE(2, 0, 0)		/* TTBR0 */
	CASE(2, 0, 1)		/* TTBR1 */
	CASE(2, 0, 2)		/* TCR */
	CASE(2, 0, 3)		/* TCR2 */
	CASE(5, 1, 0)		/* AFSR0 */
	CASE(5, 1, 1)		/* AFSR1 */
	CASE(5, 2, 0)		/* ESR */
	CASE(6, 0, 0)		/* FAR */
	CASE(10, 2, 0)		/* MAIR */
	CASE(10, 2, 1)		/* MAIR2 */
	CASE(10, 2, 2)		/* PIRE0 */
	CASE(10, 2, 3)		/* PIR */
	CASE(10, 2, 4)		/* POR */
	CASE(10, 3, 0)		/* AMAIR */
	CASE(10, 3, 1)		/* AMAIR2 */
	CASE(13, 0, 1)		/* CONTEXTIDR */
	default:
		trap_unexpected(regs, esr);
	}
#undef CASE
	trap_skip(regs);
	/* Most are TTBR0: a process is switched to. */
	switch (REG(ISS_CRN(esr), ISS_CRM(esr), ISS_OP2(esr))) {
	case REG(1, 0, 0):
	case REG(2, 0, 1):
	case REG(2, 0, 2):
		isb();
		stage2_lock();
		update_root(cpu);
		watch_leave(cpu);
	}
}

/* CRm of a TLBI. */
enum { TLBI_OS = 1, TLBI_RANGE_IS, TLBI_IS, TLBI_RANGE_OS = 5, TLBI_RANGE, TLBI };
/* op2: bit 0 by address, bit 1 all ASIDs, bit 2 last level only; and */
#define TLBI_VMALL		0
#define TLBI_ASID		2

static void execute_tlbi(unsigned int crm, unsigned int op2, u64 x)
{
#define OP(crm, op2) \
	case (crm) << 3 | (op2): \
		asm volatile("sys #0, c8, c" #crm ", #" #op2 ", %0" \
			     : : "r"(x) : "memory"); \
		break;
#define BY_ADDRESS(crm) OP(crm, 1) OP(crm, 3) OP(crm, 5) OP(crm, 7)

	switch (crm << 3 | op2) {
	OP(1, 0) OP(1, 2) BY_ADDRESS(1)
	OP(3, 0) OP(3, 2) BY_ADDRESS(3)
	OP(7, 0) OP(7, 2) BY_ADDRESS(7)
	BY_ADDRESS(2) BY_ADDRESS(5) BY_ADDRESS(6)
	}
	asm volatile("dsb ish" : : : "memory");
}

static u64 sign_extend(u64 x, unsigned int bits)
{
	return (u64)((int64_t)(x << (64 - bits)) >> (64 - bits));
}

/* Level by the hint @ttl (two bits granule, two bits level), for our pages. */
static int hinted_level(unsigned int granule, unsigned int level)
{
	static const u8 shifts[] = { 0, 12, 14, 16 };

	if (!granule)
		return LEVEL_ANY;
	/* A hint for other pages need not invalidate anything. */
	return shifts[granule] == format.page_shift ? (int)level : LEVEL_NONE;
}

/* Addresses of a TLBI VA operand. */
static void set_address(struct invalidation *op, u64 x)
{
	op->base = ALIGN_DOWN(sign_extend(x << 12, 56),
			      1UL << format.page_shift);
	op->last = op->base + (1UL << format.page_shift) - 1;
	op->level = hinted_level((x >> 46) & 3, (x >> 44) & 3);
}

/* Addresses of a TLBI range operand. */
static void set_range(struct invalidation *op, u64 x)
{
	unsigned int shift = format.ds ? 16 : format.page_shift;
	unsigned int scale = (x >> 44) & 3, num = (x >> 39) & 0x1f;
	unsigned int ttl = (x >> 37) & 3;
	u64 pages = (u64)(num + 1) << (5 * scale + 1);

	op->base = sign_extend(x, 37) << shift;
	op->last = op->base + (pages << format.page_shift) - 1;
	/* Here the granule is always given, and level 0 is no hint. */
	op->level = hinted_level((x >> 46) & 3, ttl);
	if (!ttl && op->level == 0)
		op->level = LEVEL_ANY;
}

void watch_tlbi(struct cpu *cpu, struct regs *regs, u64 esr)
{
	unsigned int crm = ISS_CRM(esr), op2 = ISS_OP2(esr), i;
	u64 x = ISS_RT(esr) == 31 ? 0 : regs->x[ISS_RT(esr)];
	bool local = crm == TLBI || crm == TLBI_RANGE;
	struct invalidation op = {
		.cpus = local ? BIT(cpu->index) : (1U << nr_cpus) - 1,
		.last = ~0UL,
		.all_asids = op2 == TLBI_VMALL || (op2 & 2),
		.last_level = op2 & 4,
		.level = LEVEL_ANY,
	};

	stage2_lock();
	execute_tlbi(crm, op2, x);
	invalidations++;
	cpu->happened |= HAPPENED_TLBI;
	if (op2 == TLBI_VMALL) {
		for (i = 0; i < nr_cpus; i++)
			if (op.cpus & BIT(i))
				tables_invalidated(i);
		rules_tlbi(cpu, regs, &op);
	} else if (op2 != TLBI_ASID) {
		if (crm == TLBI_RANGE || crm == TLBI_RANGE_IS ||
		    crm == TLBI_RANGE_OS)
			set_range(&op, x);
		else
			set_address(&op, x);
		/* TTBR0's half is not watched. */
		if (op.last & BIT(55))
			rules_tlbi(cpu, regs, &op);
	}
	trap_skip(regs);
	watch_leave(cpu);
}

bool watch_fault(struct cpu *cpu, struct regs *regs, u64 esr, u64 va, u64 ipa)
{
	bool walker = ESR_S1PTW(esr);
	bool write = ESR_EC(esr) == EC_DABT_LOWER && ESR_WNR(esr) && !walker;
	struct table *t;

	stage2_lock();
	if (!stage2_is_guest_ram(ipa, 1)) {
		stage2_unlock();
		return false;
	}
	t = table_of(ipa);
	if (stage2_access(ipa) == ACCESS_ALL) {
		/* Another CPU was faster. */
	} else if (t->state == TABLE_UNLINKED) {
		/* A walker faults on a page that it can read to set a flag. */
		write |= walker && stage2_access(ipa) == ACCESS_READ;
		/* Whoever unlinked it may look for what is to be freed below. */
		if (!write && !walker && t->unlinked_by == cpu->index) {
			store_step(cpu, regs, ipa);
			return true;
		}
		rules_unlinked(cpu, regs, ipa, write);
	} else if (!tables_walkers(table_page(ipa))) {
		/* No CPU can walk it, or has it cached: it is not a table. */
		tables_release(table_page(ipa));
	} else if (walker) {
		store_walker(cpu, esr, va, ipa);
	} else if (write) {
		store_do(cpu, regs, esr, ipa);
		if (cpu->stepping)
			return true;
	}
	watch_leave(cpu);
	return true;
}

bool watch_call(struct regs *regs)
{
	if (!config.watch || regs->x[0] != CALL_AUDIT)
		return false;
	stage2_lock();
	regs->x[0] = 0;
	regs->x[1] = finding_count();
	regs->x[3] = !tables_audit(&regs->x[2], false);
	stage2_unlock();
	return true;
}

void watch_finish(void)
{
	stage2_lock();
	rules_end(this_cpu());
	audit_ok = tables_audit(&audited, false);
	stage2_unlock();
}

void watch_result(const char **result, const char **reason)
{
	if (!audit_ok) {
		*result = "error";
		*reason = "watch-audit";
	} else if (finding_count()) {
		*result = "finding";
		*reason = finding_first();
	}
}

void watch_print(void)
{
	finding_print();
	if (!audit_ok)
		tables_audit(&audited, true);
	print("watch: tables=%lu stores=%lu stepped=%lu exclusives=%lu walker=%lu tlbi=%lu findings=%lu audit=%s\n",
	      audited, store_counts.stores, store_counts.stepped,
	      store_counts.exclusives, store_counts.walker, invalidations,
	      finding_count(), audit_ok ? "ok" : "failed");
}

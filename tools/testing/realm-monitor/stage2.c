// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage 2 translation.
 *
 * One byte per granule of guest RAM (states[]) is the truth: its RIPAS and what
 * the guest may do to it; leaf_desc() is the one place that turns it into a
 * descriptor. A block of 2 MiB that is
 * uniform is a block descriptor or invalid; from the first partial change on
 * it has a table of pages. Each block of RAM has a table reserved for it in
 * either half, at a place that follows from its number, so that nothing is
 * ever allocated or freed and a request cannot run out of memory.
 *
 * Level 1 has 1024 entries (two concatenated tables): the first 512 are the
 * protected half of a realm, the others the shared half.
 */

#include "stage2.h"
#include "arm64.h"
#include "config.h"
#include "console.h"
#include "end.h"
#include "guestmem.h"
#include "trap.h"
#include "watch.h"

#define GIB			BIT(30)
#define ENTRIES			512

#define DESC_VALID		BIT(0)
#define DESC_TABLE		(BIT(0) | BIT(1))
#define DESC_BLOCK		BIT(0)
#define DESC_PAGE		(BIT(0) | BIT(1))
#define DESC_TYPE		(BIT(0) | BIT(1))
#define DESC_RW			(3UL << 6)
#define DESC_RO			(1UL << 6)
#define DESC_SH_INNER		(3UL << 8)
#define DESC_AF			BIT(10)
#define DESC_XN			BIT(54)
#define DESC_NORMAL		(0xfUL << 2)	/* write-back */
#define DESC_DEVICE		(1UL << 2)	/* nGnRE */

#define S2_RAM		(DESC_AF | DESC_SH_INNER | DESC_NORMAL)
#define S2_DEVICE	(DESC_AF | DESC_RW | DESC_DEVICE | DESC_XN)

/* 40-bit IPA from level 1, 4K granule, 40-bit PA, cacheable walks. */
#define VTCR_T0SZ		(64UL - IPA_BITS)
#define VTCR_SL0_1		(1UL << 6)
#define VTCR_WB_INNER		((1UL << 8) | (1UL << 10) | (3UL << 12))
#define VTCR_PS_40		(2UL << 16)
#define VTCR_RES1		BIT(31)

/* VTTBR_EL2.VMID of a CPU's private tables; the guest's common one is 0. */
#define PRIVATE_VMID		BIT(48)

/* Fault status codes, without the level. */
#define FSC_TRANSLATION		0x04
#define FSC_PERMISSION		0x0c
#define ESR_FSC_TYPE(esr)	((esr) & 0x3c)
#define HPFAR_IPA(hpfar)	(((hpfar) & 0xffffffffff0) << 8)
/* Not the address of anything. */
#define NO_IPA			(~0UL)
#define SPSR_EL_MASK		0xcUL

/*
 * What a granule looks like after its RIPAS changed, with monitor.scrub=1.
 * A realm may not expect zeroes either: DATA_CREATE_UNKNOWN gives it any
 * contents, and what comes back from the host is the host's.
 */
#define SCRUB_PATTERN		0xdbdbdbdbdbdbdbdbUL

enum half { PROTECTED, SHARED };

/* A state: RIPAS, and from here on enum access. */
#define STATE_ACCESS_SHIFT	1

static u64 level1[2 * ENTRIES] __aligned(2 * 4096);

static u64 guest_end;		/* guest RAM is [GUEST_BASE, guest_end) */
static u8 *states;		/* by granule from RAM_BASE */
static u64 *level2[2];		/* a table per GiB of RAM, from RAM_BASE */
static u64 *level3[2];		/* a table per block of RAM */

static struct lock table_lock;

void stage2_lock(void)
{
	lock(&table_lock);
}

void stage2_unlock(void)
{
	unlock(&table_lock);
}

/* Round up, in units of @unit from RAM_BASE. */
static u64 count(u64 end, u64 unit)
{
	return (end - RAM_BASE + unit - 1) / unit;
}

u64 stage2_layout(u64 ram_end)
{
	u64 gibs = count(ram_end, GIB), blocks = count(ram_end, BLOCK_SIZE);
	u64 granules = count(ram_end, GRANULE_SIZE);
	u64 need = ALIGN_UP(granules, GRANULE_SIZE) +
		   2 * (gibs + blocks) * GRANULE_SIZE;
	u64 p;

	if (ram_end < GUEST_BASE + need + BLOCK_SIZE)
		return 0;
	/* Whole blocks, so that the guest can map its RAM by blocks too. */
	guest_end = ALIGN_DOWN(ram_end - need, BLOCK_SIZE);

	p = guest_end;
	states = (u8 *)p;
	p += ALIGN_UP(granules, GRANULE_SIZE);
	level2[PROTECTED] = (u64 *)p;
	level2[SHARED] = level2[PROTECTED] + gibs * ENTRIES;
	level3[PROTECTED] = level2[SHARED] + gibs * ENTRIES;
	level3[SHARED] = level3[PROTECTED] + blocks * ENTRIES;
	return guest_end;
}

bool stage2_is_ram(u64 ipa)
{
	return ipa >= GUEST_BASE && ipa < guest_end;
}

static u8 *state(u64 pa)
{
	return &states[(pa - RAM_BASE) >> GRANULE_SHIFT];
}

static enum ripas ripas(u64 pa)
{
	return *state(pa) & (BIT(STATE_ACCESS_SHIFT) - 1);
}

static u64 *level2_entry(enum half half, u64 pa)
{
	return &level2[half][(pa - RAM_BASE) >> BLOCK_SHIFT];
}

static u64 *level3_table(enum half half, u64 pa)
{
	return level3[half] + ((pa - RAM_BASE) >> BLOCK_SHIFT) * ENTRIES;
}

static u64 *level3_entry(enum half half, u64 pa)
{
	return level3_table(half, pa) + (pa >> GRANULE_SHIFT) % ENTRIES;
}

static bool is_table(u64 entry)
{
	return (entry & DESC_TYPE) == DESC_TABLE;
}

/* Descriptor of the granule @pa in @half, but for its type; 0: not mapped. */
static u64 leaf_desc(enum half half, u64 pa)
{
	static const u64 permissions[] = {
		[ACCESS_ALL] = DESC_RW,
		[ACCESS_READ] = DESC_RO,
		[ACCESS_NONE] = 0,
	};

	if (half == PROTECTED)
		return ripas(pa) == RIPAS_RAM ?
		       pa | S2_RAM | permissions[stage2_access(pa)] : 0;
	/* A realm cannot execute from the shared half (A5.2.6, IFVYCM). */
	if (config.realm && ripas(pa) == RIPAS_EMPTY)
		return pa | S2_RAM | DESC_RW | DESC_XN;
	return 0;
}

static u64 page_desc(enum half half, u64 pa)
{
	u64 desc = leaf_desc(half, pa);

	return desc ? desc | DESC_PAGE : 0;
}

static u64 block_desc(enum half half, u64 pa)
{
	u64 desc = leaf_desc(half, pa);

	return desc ? desc | DESC_BLOCK : 0;
}

/*
 * All stage 1 and 2 translations of the guest on all CPUs. Combined entries
 * are tagged by VA, so invalidating by IPA alone would not be enough.
 */
static void tlb_flush(void)
{
	dsb_ishst();
	asm volatile("tlbi vmalls12e1is" : : : "memory");
	dsb_ish();
	isb();
}

/* Give the block at @pa a table, filled from the states. */
static void make_table(enum half half, u64 pa)
{
	u64 base = ALIGN_DOWN(pa, BLOCK_SIZE);
	u64 *table = level3_table(half, base);
	u64 *entry = level2_entry(half, base);
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		table[i] = page_desc(half, base + i * GRANULE_SIZE);
	/* Break before make: a block becomes a table. */
	if (*entry & DESC_VALID) {
		*entry = 0;
		tlb_flush();
	}
	dsb_ishst();
	*entry = (u64)table | DESC_TABLE;
}

/* End of the part of [@pa, @top) that lies in @pa's block. */
static u64 block_part(u64 pa, u64 top)
{
	u64 end = ALIGN_DOWN(pa, BLOCK_SIZE) + BLOCK_SIZE;

	return end < top ? end : top;
}

/*
 * Map [@base, @top) in @half as the states say, or unmap it. The states of the
 * range are uniform. A mapped range was unmapped before; after an unmap the
 * caller flushes.
 */
static void set_mapped(enum half half, u64 base, u64 top, bool mapped)
{
	u64 pa, end;

	for (pa = base; pa < top; pa = end) {
		u64 *entry = level2_entry(half, pa);

		end = block_part(pa, top);
		if (!is_table(*entry)) {
			if (end - pa == BLOCK_SIZE) {
				*entry = mapped ? block_desc(half, pa) : 0;
				continue;
			}
			make_table(half, pa);
		}
		for (; pa < end; pa += GRANULE_SIZE)
			*level3_entry(half, pa) = mapped ? page_desc(half, pa) : 0;
	}
	dsb_ishst();
}

static void scrub(u64 base, u64 top)
{
	u64 *p;

	for (p = (u64 *)base; p < (u64 *)top; p++)
		*p = SCRUB_PATTERN;
}

void stage2_set_ripas(u64 base, u64 top, enum ripas value)
{
	enum half old = value == RIPAS_RAM ? SHARED : PROTECTED;
	enum half new = old == SHARED ? PROTECTED : SHARED;
	u64 pa;

	set_mapped(old, base, top, false);
	tlb_flush();
	if (config.scrub)
		scrub(base, top);
	for (pa = base; pa < top; pa += GRANULE_SIZE)
		*state(pa) = value | stage2_access(pa) << STATE_ACCESS_SHIFT;
	set_mapped(new, base, top, true);
}

enum ripas stage2_ripas(u64 base, u64 limit, u64 *top)
{
	enum ripas first;
	u64 pa = base;

	if (!stage2_is_ram(base)) {
		*top = base < GUEST_BASE && limit > GUEST_BASE ? GUEST_BASE :
								 limit;
		return RIPAS_EMPTY;
	}
	if (limit > guest_end)
		limit = guest_end;
	first = ripas(base);
	while (pa < limit && ripas(pa) == first)
		pa += GRANULE_SIZE;
	*top = pa;
	return first;
}

bool stage2_is_guest_ram(u64 ipa, u64 size)
{
	return stage2_is_ram(ipa) && size <= guest_end - ipa &&
	       ripas(ipa) == RIPAS_RAM && ripas(ipa + size - 1) == RIPAS_RAM;
}

enum access stage2_access(u64 pa)
{
	return *state(pa) >> STATE_ACCESS_SHIFT;
}

void stage2_set_access(u64 base, u64 top, enum access access)
{
	u64 pa;

	for (pa = base; pa < top; pa += GRANULE_SIZE) {
		*state(pa) = ripas(pa) | access << STATE_ACCESS_SHIFT;
		if (!is_table(*level2_entry(PROTECTED, pa)))
			make_table(PROTECTED, pa);
		*level3_entry(PROTECTED, pa) = page_desc(PROTECTED, pa);
	}
}

void stage2_flush(void)
{
	tlb_flush();
}

bool stage2_is_protected(u64 pa)
{
	return !(*level3_entry(PROTECTED, pa) & (DESC_RW & ~DESC_RO)) &&
	       is_table(*level2_entry(PROTECTED, pa));
}

/* A GiB at @ipa of devices, at the same physical address but for SHARED_BIT. */
static void map_devices(u64 ipa)
{
	u64 pa = config.realm ? ipa & ~BIT(SHARED_BIT) : ipa;

	level1[ipa / GIB] = pa | S2_DEVICE | DESC_BLOCK;
}

void stage2_init(void)
{
	u64 shared = config.realm ? BIT(SHARED_BIT) : 0;
	u64 ipa, i;

	memset(state(GUEST_BASE), RIPAS_RAM,
	       (guest_end - GUEST_BASE) / GRANULE_SIZE);

	for (i = 0; i < count(guest_end, GIB); i++) {
		u64 *protected = level2[PROTECTED] + i * ENTRIES;

		memset(protected, 0, ENTRIES * sizeof(u64));
		ipa = RAM_BASE + i * GIB;
		level1[ipa / GIB] = (u64)protected | DESC_TABLE;
		if (config.realm) {
			u64 *unprotected = level2[SHARED] + i * ENTRIES;

			memset(unprotected, 0, ENTRIES * sizeof(u64));
			level1[(ipa | shared) / GIB] =
				(u64)unprotected | DESC_TABLE;
		}
	}
	set_mapped(PROTECTED, GUEST_BASE, guest_end, true);
	if (config.plant == PLANT_STAGE2)
		set_mapped(PROTECTED, guest_end - BLOCK_SIZE, guest_end, false);

	for (ipa = 0; ipa < RAM_BASE; ipa += GIB)
		map_devices(ipa | shared);
	for (ipa = HIGH_DEVICES; ipa < BIT(SHARED_BIT); ipa += GIB)
		map_devices(ipa | shared);
	if (!config.realm)
		for (; ipa < BIT(IPA_BITS); ipa += GIB)
			map_devices(ipa);
}

void stage2_open_private(unsigned int cpu, u64 pa)
{
	static u64 tables[MAX_CPUS][4][ENTRIES] __aligned(2 * 4096);
	u64 (*t)[ENTRIES] = tables[cpu];
	u64 *entry2 = level2_entry(PROTECTED, pa);
	u64 ipa2 = ALIGN_DOWN(pa, BLOCK_SIZE), ipa1 = ALIGN_DOWN(pa, GIB);

	memcpy(t[0], level1, sizeof(level1));
	memcpy(t[2], (void *)ALIGN_DOWN((u64)entry2, GRANULE_SIZE),
	       GRANULE_SIZE);
	memcpy(t[3], level3_table(PROTECTED, pa), GRANULE_SIZE);
	t[0][ipa1 / GIB] = (u64)t[2] | DESC_TABLE;
	t[2][ipa2 / BLOCK_SIZE % ENTRIES] = (u64)t[3] | DESC_TABLE;
	t[3][pa / GRANULE_SIZE % ENTRIES] |= DESC_RW;
	dsb_ishst();
	write_sysreg((u64)t[0] | PRIVATE_VMID, vttbr_el2);
	isb();
	asm volatile("tlbi vmalls12e1" : : : "memory");
	asm volatile("dsb nsh" : : : "memory");
	isb();
}

void stage2_close_private(void)
{
	write_sysreg(level1, vttbr_el2);
	isb();
}

void stage2_enable(void)
{
	write_sysreg(VTCR_T0SZ | VTCR_SL0_1 | VTCR_WB_INNER | VTCR_PS_40 |
		     VTCR_RES1, vtcr_el2);
	write_sysreg(level1, vttbr_el2);
	/* The TLBI is for the VMID in VTTBR_EL2. */
	isb();
	tlb_flush();
}

void stage2_close(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(level1); i++)
		level1[i] = 0;
	tlb_flush();
}

/* Do devices lie at @offset of @half? */
static bool is_device(enum half half, u64 offset)
{
	if (!config.realm && half == SHARED)
		return true;
	return offset < RAM_BASE ||
	       (offset >= HIGH_DEVICES && offset < BIT(SHARED_BIT));
}

/* Why an access is not allowed, or NULL if it is. */
static const char *violation(u64 ipa, bool exec)
{
	u64 offset = ipa & (BIT(SHARED_BIT) - 1);
	enum half half = ipa == offset ? PROTECTED : SHARED;

	if (ipa >= BIT(IPA_BITS))
		return "outside-ipa-space";
	if (is_device(half, offset)) {
		if (exec)
			return "execute-device";
		return config.realm && half == PROTECTED ?
		       "device-protected" : NULL;
	}
	if (!stage2_is_ram(offset))
		return "no-memory";
	if (half == PROTECTED)
		return ripas(offset) == RIPAS_RAM ? NULL : "protected-empty";
	if (ripas(offset) == RIPAS_RAM)
		return "shared-ram";
	return exec ? "execute-shared" : NULL;
}

/* Does the table allow an access to @ipa, which is not a violation? */
static bool is_mapped(u64 ipa)
{
	u64 offset = ipa & (BIT(SHARED_BIT) - 1);
	enum half half = ipa == offset ? PROTECTED : SHARED;
	u64 entry = level1[ipa / GIB];

	if (is_table(entry))
		entry = *level2_entry(half, offset);
	if (is_table(entry))
		entry = *level3_entry(half, offset);
	return entry & DESC_VALID;
}

/*
 * The IPA of a fault on @va. HPFAR_EL2 is valid for translation faults and for
 * faults of a stage 1 walk, of which only the page is known. For a permission
 * fault of stage 2, stage 1 has succeeded and can be asked again.
 */
static u64 fault_ipa(u64 esr, u64 va, u64 spsr)
{
	u64 offset = va & (GRANULE_SIZE - 1);
	u64 ipa;

	if (ESR_S1PTW(esr))
		return HPFAR_IPA(read_sysreg(hpfar_el2));
	if (ESR_FSC_TYPE(esr) == FSC_TRANSLATION)
		return HPFAR_IPA(read_sysreg(hpfar_el2)) | offset;

	/* If it is gone by now, the access will fault again. */
	if (!guest_translate(va, !(spsr & SPSR_EL_MASK), &ipa))
		return NO_IPA;
	return ipa;
}

void stage2_fault(struct cpu *cpu, struct regs *regs, u64 esr)
{
	bool exec = ESR_EC(esr) == EC_IABT_LOWER;
	u64 va = read_sysreg(far_el2);
	const char *reason;
	bool mapped;
	u64 ipa;

	if (ESR_FSC_TYPE(esr) != FSC_TRANSLATION &&
	    ESR_FSC_TYPE(esr) != FSC_PERMISSION)
		trap_unexpected(regs, esr);
	ipa = fault_ipa(esr, va, regs->spsr);
	if (ipa == NO_IPA)
		return;
	if (config.watch && ESR_FSC_TYPE(esr) == FSC_PERMISSION &&
	    watch_fault(cpu, regs, esr, va, ipa))
		return;

	stage2_lock();
	reason = violation(ipa, exec && !ESR_S1PTW(esr));
	mapped = ESR_FSC_TYPE(esr) == FSC_TRANSLATION && is_mapped(ipa);
	stage2_unlock();

	/* Another CPU was changing the map, and is done with it. */
	if (!reason && mapped)
		return;
	end_stop_guest();
	print("monitor: %s %s ipa=0x%lx va=0x%lx cpu=%lu pc=0x%lx lr=0x%lx\n",
	      reason ? reason : "stage2-wrong",
	      ESR_S1PTW(esr) ? "walk" : exec ? "exec" :
	      ESR_WNR(esr) ? "write" : "read",
	      ipa, va, (u64)cpu->index, regs->elr, regs->x[30]);
	end(reason ? "violation" : "error", reason ? reason : "stage2");
}

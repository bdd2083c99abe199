// SPDX-License-Identifier: GPL-2.0-only
/* Stage 1 translation tables of the test guest. */

#include "pgtable.h"

#define ID_AA64MMFR0_TGRAN16	20
#define ID_AA64MMFR0_TGRAN64	24
#define ID_AA64MMFR0_TGRAN4	28
#define ID_AA64MMFR2_VARANGE	16

#define IDENTITY_BITS	42	/* reaches the shared half, bit 39 */

/* Write-back, inner shareable walks, by TTBR0 and TTBR1. */
#define TCR_WALKS	((1UL << 8) | (1UL << 10) | (3UL << 12) | \
			 (1UL << 24) | (1UL << 26) | (3UL << 28))
#define TCR_T0SZ	(64UL - IDENTITY_BITS)
#define TCR_T1SZ(bits)	((64UL - (bits)) << 16)
#define TCR_TG1_4K	(2UL << 30)
#define TCR_TG1_16K	(1UL << 30)
#define TCR_TG1_64K	(3UL << 30)
#define TCR_IPS(range)	((range) << 32)
#define TCR_DS		BIT(59)

#define MAIR		(0x44UL << (8 * NC) | 0xffUL << (8 * NORMAL) | \
			 0x04UL << (8 * DEVICE) | 0xf0UL << (8 * TAGGED) | \
			 0xffUL << (8 * NORMAL_TOO))

#define SCTLR_M		BIT(0)
#define SCTLR_C		BIT(2)
#define SCTLR_I		BIT(12)

struct format format;
u64 walker_updates;

static u64 next_page = TABLES;

/* The identity map: 4K granule, from level 0, blocks of 1 GiB. */
static u64 identity[8] __aligned(64);
static u64 identity_level1[2][512] __aligned(4096);

bool format_set(unsigned int shift, unsigned int bits, bool ds)
{
	u64 tgran;

	format = (struct format){ shift, bits, ds };
	switch (shift) {
	case 12:
		tgran = id_field(ID_AA64MMFR0_EL1, ID_AA64MMFR0_TGRAN4);
		return tgran < 8 && (!ds || tgran >= 1);
	case 14:
		tgran = id_field(ID_AA64MMFR0_EL1, ID_AA64MMFR0_TGRAN16);
		return tgran >= (ds ? 2 : 1);
	default:
		tgran = id_field(ID_AA64MMFR0_EL1, ID_AA64MMFR0_TGRAN64);
		return tgran < 8 &&
		       (bits <= 48 ||
			id_field(ID_AA64MMFR2_EL1, ID_AA64MMFR2_VARANGE));
	}
}

u64 granule(void)
{
	return BIT(format.shift);
}

static unsigned int level_shift(int level)
{
	return format.shift + (3 - level) * (format.shift - 3);
}

u64 level_size(int level)
{
	return BIT(level_shift(level));
}

int start_level(void)
{
	int level = 3;

	while (format.bits - level_shift(level) > format.shift - 3)
		level--;
	return level;
}

unsigned int entries(int level)
{
	if (level == start_level())
		return BIT(format.bits - level_shift(level));
	return BIT(format.shift - 3);
}

bool leaf_allowed(int level)
{
	if (level >= 2)
		return true;
	if (level == 1)
		return format.shift == 12 || format.ds ||
		       (format.shift == 16 && format.bits == 52);
	return level == 0 && format.shift == 12 && format.ds;
}

unsigned int run_length(int level)
{
	if (format.shift == 12)
		return 16;
	return format.shift == 14 && level == 3 ? 128 : 32;
}

u64 va_base(void)
{
	return ~0UL << format.bits;
}

u64 desc_table(const u64 *table)
{
	return (u64)table | PTE_TABLE;
}

u64 desc_leaf(int level, u64 pa)
{
	return pa | PTE_VALID | (level == 3 ? PTE_TYPE : 0) | PTE_AF |
	       PTE_PXN | PTE_UXN | PTE_ATTR(NORMAL) |
	       (format.ds ? 0 : PTE_SH_INNER);
}

u64 desc_with_attr(u64 desc, unsigned int index)
{
	return (desc & ~PTE_ATTR(7)) | PTE_ATTR(index);
}

u64 *pages_new(unsigned int n)
{
	u64 *page;

	next_page = ALIGN_UP(next_page, granule());
	page = (u64 *)next_page;
	next_page += n * granule();
	memset(page, 0, n * granule());
	return page;
}

u64 *table_new(void)
{
	return pages_new(1);
}

u64 *root_new(void)
{
	u64 size = entries(start_level()) * 8;

	/* 64 bytes is the least alignment with 52-bit addresses. */
	if (size < 64)
		size = 64;
	return table_new() + (granule() - size) / 8;
}

void table_fill(u64 *table, int level, u64 first)
{
	unsigned int i;

	for (i = 0; i < entries(level); i++)
		table[i] = first + i * level_size(level);
}

static u64 *next_table(u64 desc)
{
	return (u64 *)(desc & (BIT(48) - 1) & ~(granule() - 1));
}

struct place place(u64 *root, u64 va, int level)
{
	u64 *table = root;
	int l;

	for (l = start_level(); ; l++) {
		u64 *entry = table +
			     ((va >> level_shift(l)) & (entries(l) - 1));

		if (l == level)
			return (struct place){
				entry, ALIGN_DOWN(va, level_size(l)), l };
		if (!*entry)
			*entry = desc_table(table_new());
		table = next_table(*entry);
	}
}

struct place place_behind(struct place p, unsigned int n)
{
	return (struct place){
		p.entry + n, p.va + n * level_size(p.level), p.level };
}

static u64 count_at(const u64 *table, int level)
{
	u64 n = 1;
	unsigned int i;

	if (level == 3)
		return n;
	for (i = 0; i < entries(level); i++)
		if ((table[i] & PTE_TABLE) == PTE_TABLE)
			n += count_at(next_table(table[i]), level + 1);
	return n;
}

u64 count_tables(u64 *root)
{
	return count_at(root, start_level());
}

static void identity_init(void)
{
	/* With DS, what would be shareability is address bits 51:50. */
	u64 attrs = PTE_VALID | PTE_AF | (format.ds ? 0 : PTE_SH_INNER);
	unsigned int half, gib;

	for (half = 0; half < 2; half++) {
		for (gib = 0; gib < 512; gib++) {
			bool ram = gib * BIT(30) >= RAM_BASE;

			identity_level1[half][gib] =
				(half * SHARED + gib * BIT(30)) | attrs |
				PTE_ATTR(ram ? NORMAL : DEVICE);
		}
		identity[half] = desc_table(identity_level1[half]);
	}
}

void mmu_set_up(u64 *root)
{
	u64 tcr = TCR_WALKS | TCR_T0SZ | TCR_T1SZ(format.bits) |
		  TCR_IPS(id_field(ID_AA64MMFR0_EL1, 0) & 7);

	if (!identity[0])
		identity_init();
	tcr |= format.shift == 12 ? TCR_TG1_4K :
	       format.shift == 14 ? TCR_TG1_16K : TCR_TG1_64K;
	if (format.ds)
		tcr |= TCR_DS;
	tcr |= walker_updates;
	write_sysreg(MAIR, mair_el1);
	write_sysreg(tcr, tcr_el1);
	write_sysreg(identity, ttbr0_el1);
	write_sysreg(root, ttbr1_el1);
	isb();
	flush_local();
}

void mmu_enable(void)
{
	write_sysreg(read_sysreg(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I,
		     sctlr_el1);
	isb();
}

void mmu_on(u64 *root)
{
	mmu_set_up(root);
	mmu_enable();
}

void mmu_root(u64 *root)
{
	write_sysreg(root, ttbr1_el1);
	isb();
}

void mmu_asid(u64 asid)
{
	write_sysreg((u64)identity | asid << 48, ttbr0_el1);
	isb();
}

u64 mmu_lend(const u64 *table)
{
	identity[2] = table ? desc_table(table) : 0;
	return 2 * level_size(0);
}

void mmu_off(void)
{
	write_sysreg(read_sysreg(sctlr_el1) & ~SCTLR_M, sctlr_el1);
	isb();
}

u64 translate(u64 va)
{
	u64 par;

	asm volatile("at s1e1r, %0\n\tisb" : : "r"(va) : "memory");
	par = read_sysreg(par_el1);
	if (par & 1)
		return NOWHERE;
	return (par & (BIT(52) - 1) & ~0xfffUL) | (va & 0xfff);
}

void flush_all(void)
{
	asm volatile("dsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb"
		     : : : "memory");
}

void flush_local(void)
{
	asm volatile("dsb nsh\n\ttlbi vmalle1\n\tdsb nsh\n\tisb"
		     : : : "memory");
}

u64 tlbi_va(u64 va, int level)
{
	u64 value = (va >> 12) & (BIT(44) - 1);
	u64 tg = format.shift == 12 ? 1 : format.shift == 14 ? 2 : 3;

	return level ? value | (tg << 2 | level) << 44 : value;
}

u64 tlbi_range(u64 va, unsigned int pairs)
{
	u64 tg = format.shift == 12 ? 1 : format.shift == 14 ? 2 : 3;
	/* With LPA2 the base counts in 64K, whatever the granule. */
	u64 base = va >> (format.ds ? 16 : format.shift);

	return (base & (BIT(37) - 1)) | (u64)(pairs - 1) << 39 | tg << 46;
}

void flush_leaf(u64 va)
{
	tlbi("vaale1is", tlbi_va(va, 0));
}

void flush_walk(u64 va)
{
	tlbi("vaae1is", tlbi_va(va, 0));
}

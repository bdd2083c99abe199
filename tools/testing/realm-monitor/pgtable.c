// SPDX-License-Identifier: GPL-2.0-only
/* The format of stage 1 tables. Arm ARM, "Translation table descriptor formats". */

#include "pgtable.h"
#include "console.h"

#define TCR_T1SZ(tcr)		(((tcr) >> 16) & 0x3f)
#define TCR_TG1(tcr)		(((tcr) >> 30) & 3)
#define TCR_HPD1		BIT(42)
#define TCR_DS			BIT(59)

#define DESC_ATTRINDX(d)	(((d) >> 2) & 7)
#define DESC_USER		BIT(6)
#define DESC_SH(d)		(((d) >> 8) & 3)
#define DESC_PXN		BIT(53)
#define DESC_UXN		BIT(54)
#define DESC_SW			(0xfUL << 55)

#define TABLE_PXN		BIT(59)
#define TABLE_UXN		BIT(60)
#define TABLE_NO_EL0		BIT(61)
#define TABLE_RDONLY		BIT(62)

/* MAIR_EL1 attributes. */
#define ATTR_NORMAL		0xff
#define ATTR_TAGGED		0xf0
#define ATTR_NC			0x44

/* LPA2, and 52-bit addresses with 64K pages, add a level with blocks. */
static int top_block_level(const struct format *f)
{
	if (f->page_shift == 12)
		return f->ds ? 0 : 1;
	if (f->page_shift == 14)
		return f->ds ? 1 : 2;
	return 1;
}

struct format format_of(u64 tcr)
{
	static const u8 shifts[] = { 12, 14, 12, 16 };
	struct format f = {
		.page_shift = shifts[TCR_TG1(tcr)],
		.va_bits = 64 - TCR_T1SZ(tcr),
		.hpd = tcr & TCR_HPD1,
	};

	f.ds = (tcr & TCR_DS) && f.page_shift < 16;
	f.stride = f.page_shift - 3;
	f.start_level = LAST_LEVEL + 1 -
			(int)((f.va_bits - f.page_shift + f.stride - 1) /
			      f.stride);
	f.top_block = top_block_level(&f);
	f.va_start = ~0UL << f.va_bits;
	f.address = (f.ds ? BIT(50) : BIT(48)) - (1UL << f.page_shift);
	return f;
}

bool format_equal(const struct format *a, const struct format *b)
{
	return a->page_shift == b->page_shift && a->va_bits == b->va_bits &&
	       a->ds == b->ds;
}

/* Bits 5:2 are bits 51:48 of the address where that is wider than ours. */
u64 ttbr_table(u64 ttbr1)
{
	return ttbr1 & 0x0000ffffffffffc0;
}

unsigned int run_entries(const struct format *f, int level)
{
	if (level < 1)
		return 1;
	switch (f->page_shift) {
	case 12:
		return 16;
	case 14:
		return level == LAST_LEVEL ? 128 : level == 2 ? 32 : 1;
	default:
		return level == 1 ? 1 : 32;
	}
}

u64 desc_address(const struct format *f, int level, u64 desc)
{
	u64 low = desc & f->address, high = 0;

	if (f->ds)
		high = (desc >> 8 & 3) << 50;
	else if (f->page_shift == 16)
		high = (desc >> 12 & 0xf) << 48;
	if (desc_kind(f, level, desc) == LEAF)
		low = ALIGN_DOWN(low, level_size(f, level));
	return low | high;
}

u64 desc_attributes(const struct format *f, u64 desc, u64 tables)
{
	/* Bits 16:12 of a block are not its address, and nT is one of them. */
	u64 ignored = DESC_VALID | DESC_TABLE | DESC_CONT | DESC_SW |
		      (BIT(50) - BIT(12));

	if (f->ds)
		ignored |= 3UL << 8;
	if (tables & TABLE_PXN)
		desc |= DESC_PXN;
	if (tables & TABLE_UXN)
		desc |= DESC_UXN;
	if (tables & TABLE_NO_EL0)
		desc &= ~DESC_USER;
	if (tables & TABLE_RDONLY)
		desc |= DESC_RDONLY;
	return desc & ~ignored;
}

u64 desc_hierarchy(const struct format *f, u64 desc)
{
	if (f->hpd)
		return 0;
	return desc & (TABLE_PXN | TABLE_UXN | TABLE_NO_EL0 | TABLE_RDONLY);
}

u64 desc_widest(u64 a, u64 b)
{
	u64 less = DESC_RDONLY | DESC_PXN | DESC_UXN;

	return ((a & ~less) | (a & b & less)) | (b & DESC_DBM);
}

bool desc_writable(u64 desc)
{
	return !(desc & DESC_RDONLY) || (desc & DESC_DBM);
}

bool desc_executable(u64 desc)
{
	return !(desc & DESC_PXN);
}

static u8 attribute(u64 desc, u64 mair)
{
	return mair >> (8 * DESC_ATTRINDX(desc));
}

/*
 * Normal and Normal Tagged differ in whether tags are checked, and not in what
 * mismatched aliases are about (Arm ARM, FEAT_MTE; pgattr_change_is_safe()).
 */
bool desc_same_type(u64 a, u64 b, u64 mair)
{
	u8 x = attribute(a, mair), y = attribute(b, mair);

	if (x == ATTR_TAGGED)
		x = ATTR_NORMAL;
	if (y == ATTR_TAGGED)
		y = ATTR_NORMAL;
	return x == y;
}

bool desc_is_normal(u64 desc, u64 mair)
{
	return attribute(desc, mair) & 0xf0;
}

bool desc_same_shareability(const struct format *f, u64 a, u64 b)
{
	return f->ds || DESC_SH(a) == DESC_SH(b);
}

static void print_size(u64 size)
{
	if (size >= BIT(40))
		print("%luT", size >> 40);
	else if (size >= BIT(30))
		print("%luG", size >> 30);
	else if (size >= BIT(20))
		print("%luM", size >> 20);
	else
		print("%luK", size >> 10);
}

static const char *type_name(u8 attr)
{
	switch (attr) {
	case ATTR_NORMAL:
		return "normal";
	case ATTR_TAGGED:
		return "normal-tagged";
	case ATTR_NC:
		return "normal-nc";
	case 0x00:
		return "device-nGnRnE";
	case 0x04:
		return "device-nGnRE";
	default:
		return attr & 0xf0 ? "normal-other" : "device-other";
	}
}

void desc_print(const struct format *f, int level, u64 desc, u64 mair)
{
	static const char *const sh[] = {
		"non-shareable", "reserved-shareability", "outer-shareable",
		"inner-shareable",
	};

	print("0x%lx ", desc);
	switch (desc_kind(f, level, desc)) {
	case INVALID:
		print("invalid");
		return;
	case TABLE:
		print("table at 0x%lx%s%s%s%s", desc_address(f, level, desc),
		      desc & TABLE_RDONLY ? " RO" : "",
		      desc & TABLE_NO_EL0 ? " no-EL0" : "",
		      desc & TABLE_PXN ? " PXN" : "",
		      desc & TABLE_UXN ? " UXN" : "");
		return;
	case LEAF:
		print_size(level_size(f, level));
		print(" %s at 0x%lx %s%s%s%s%s%s%s%s%s%s%s",
		      level == LAST_LEVEL ? "page" : "block",
		      desc_address(f, level, desc),
		      type_name(attribute(desc, mair)),
		      f->ds ? "" : " ", f->ds ? "" : sh[DESC_SH(desc)],
		      desc & DESC_RDONLY ? " RO" : " RW",
		      desc & DESC_DBM ? " DBM" : "",
		      desc & DESC_USER ? " EL0" : "",
		      desc & DESC_PXN ? " PXN" : "",
		      desc & DESC_UXN ? " UXN" : "",
		      desc & DESC_AF ? " AF" : "",
		      desc & DESC_NG ? " nG" : "",
		      desc & DESC_CONT ? " contiguous" : "");
	}
}

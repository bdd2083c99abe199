// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor's own translation. One level 1 table with blocks of 1 GiB maps
 * 39 bits flat: devices, then RAM. It exists so that the monitor's memory is
 * cacheable: load-exclusive (the lock) is only guaranteed to work there, and
 * the guest's mappings of memory that both touch are cacheable too.
 */

#include "mmu.h"
#include "arm64.h"
#include "layout.h"
#include "start.h"

#define ATTR_DEVICE	0	/* MAIR index: nGnRE */
#define ATTR_NORMAL	1	/* write-back */

#define DESC_BLOCK	1UL
#define DESC_AF		BIT(10)
#define DESC_SH_INNER	(3UL << 8)
#define DESC_XN		BIT(54)

#define TCR_T0SZ_39	25UL
#define TCR_WB_INNER	((1UL << 8) | (1UL << 10) | (3UL << 12))
#define TCR_PS_40	(2UL << 16)
#define TCR_RES1	(BIT(31) | BIT(23))

#define SCTLR_RES1	0x30c50830UL
#define SCTLR_M_C_I	(BIT(0) | BIT(2) | BIT(12))

static u64 l1[512] __aligned(4096);

/* Read by mmu_on() with the MMU off. */
struct {
	u64 mair, tcr, ttbr, sctlr;
} mmu_config;

void mmu_init(u64 ram_end)
{
	u64 gib = 1UL << 30;
	u64 pa;

	for (pa = 0; pa < RAM_BASE; pa += gib)
		l1[pa / gib] = pa | DESC_BLOCK | DESC_AF | DESC_XN |
			       (ATTR_DEVICE << 2);
	/* The virt machine puts nothing between RAM's end and the next GiB. */
	for (; pa < ram_end; pa += gib)
		l1[pa / gib] = pa | DESC_BLOCK | DESC_AF | DESC_SH_INNER |
			       (ATTR_NORMAL << 2);

	mmu_config.mair = 0x04 | (0xffUL << 8);
	mmu_config.tcr = TCR_T0SZ_39 | TCR_WB_INNER | TCR_PS_40 | TCR_RES1;
	mmu_config.ttbr = (u64)l1;
	mmu_config.sctlr = SCTLR_RES1 | SCTLR_M_C_I;

	dcache_clean_inval(l1, sizeof(l1));
	dcache_clean_inval(&mmu_config, sizeof(mmu_config));
	mmu_on();
}

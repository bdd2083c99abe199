// SPDX-License-Identifier: GPL-2.0-only
/* The guest's view of its memory. */

#include "guestmem.h"
#include "arm64.h"
#include "layout.h"
#include "stage2.h"

#define PAR_F			BIT(0)
#define PAR_PA			0x000ffffffffff000UL

bool guest_translate(u64 va, bool user, u64 *ipa)
{
	u64 saved = read_sysreg(par_el1), par;

	if (user)
		asm volatile("at s1e0r, %0" : : "r"(va));
	else
		asm volatile("at s1e1r, %0" : : "r"(va));
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(saved, par_el1);
	*ipa = (par & PAR_PA) | (va & (GRANULE_SIZE - 1));
	return !(par & PAR_F);
}

bool guest_address(u64 va, u64 *pa)
{
	return guest_translate(va, false, pa) && stage2_is_guest_ram(*pa, 1);
}

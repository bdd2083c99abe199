/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 2 translation of the guest, and the state of each granule of its RAM.
 *
 * A realm sees its RAM at two addresses: the protected alias, while the
 * granule's RIPAS is RAM, and the shared alias (SHARED_BIT set) while it is
 * EMPTY. Devices are in the shared half only. A plain VM has one flat map.
 */
#ifndef STAGE2_H
#define STAGE2_H

#include "cpu.h"

enum ripas {
	RIPAS_EMPTY = 0,
	RIPAS_RAM = 1,
};

/* What the guest may do to a granule of its RAM at the protected alias. */
enum access {
	ACCESS_ALL,
	ACCESS_READ,
	ACCESS_NONE,
};

/*
 * Lay out the monitor's tables at the end of RAM, [RAM_BASE, @ram_end).
 * Returns the end of the guest's RAM, which is [GUEST_BASE, end), or 0 if
 * there is too little of it.
 */
u64 stage2_layout(u64 ram_end);

/* Build the tables; all of the guest's RAM gets RIPAS RAM. */
void stage2_init(void);

/* Use the tables on this CPU. */
void stage2_enable(void);

/* Take everything away from the guest, on all CPUs, and leave it so. */
void stage2_close(void);

/* Is the address @ipa without SHARED_BIT one of the guest's RAM? */
bool stage2_is_ram(u64 ipa);

/* Is [@ipa, @ipa + @size) guest RAM that is there, at its protected alias? */
bool stage2_is_guest_ram(u64 ipa, u64 size);

/*
 * RIPAS of the granule at the protected address @base; *@top is the end of
 * the run, up to @limit, that has the same. Addresses are granule-aligned.
 */
enum ripas stage2_ripas(u64 base, u64 limit, u64 *top);

/*
 * Change the RIPAS of guest RAM [@base, @top), all of which has the other
 * value now, to @value.
 */
void stage2_set_ripas(u64 base, u64 top, enum ripas value);

enum access stage2_access(u64 pa);

/*
 * Let the guest do no more than @access to its RAM [@base, @top), whose RIPAS
 * is RAM. On other CPUs this holds after stage2_flush().
 */
void stage2_set_access(u64 base, u64 top, enum access access);
void stage2_flush(void);

/* Does the table in use say that the guest cannot write the granule @pa? */
bool stage2_is_protected(u64 pa);

/*
 * Let this CPU, and no other one, write the granule @pa whatever its access
 * says, until stage2_close_private().
 */
void stage2_open_private(unsigned int cpu, u64 pa);
void stage2_close_private(void);

/* Serialises RIPAS changes, changes of access, and faults. */
void stage2_lock(void);
void stage2_unlock(void);

/* Trap handler for EC_IABT_LOWER and EC_DABT_LOWER. */
void stage2_fault(struct cpu *cpu, struct regs *regs, u64 esr);

#endif

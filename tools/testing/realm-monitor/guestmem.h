/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's view of its memory. */
#ifndef GUESTMEM_H
#define GUESTMEM_H

#include "types.h"

/*
 * Translate @va as the guest would that runs on this CPU, at EL1 (or EL0 with
 * @user). False if it has no translation. The IPA need not be RAM.
 */
bool guest_translate(u64 va, bool user, u64 *ipa);

/* The same for EL1, and the address is one of the guest's own RAM. */
bool guest_address(u64 va, u64 *pa);

#endif

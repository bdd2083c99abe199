/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest needs of UEFI to find ACPI tables, without UEFI. */
#ifndef EFI_H
#define EFI_H

#include "types.h"

/*
 * Hand the guest's RAM [@base, @top) over as UEFI would: ACPI tables, a system
 * table that points to them, a memory map, and a device tree with nothing but
 * /chosen. All lie in the last block. Returns the address of the tree, or 0
 * if QEMU has no ACPI tables, or too many for a block.
 */
u64 efi_hand_over(u64 base, u64 top);

#endif

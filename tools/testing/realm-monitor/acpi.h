/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's ACPI tables. */
#ifndef ACPI_H
#define ACPI_H

#include "types.h"

/*
 * Put QEMU's tables into memory from *@next on, which becomes the end of them,
 * at most @top. Returns the address of the RSDP, or 0 if QEMU has no tables
 * or they do not fit.
 */
u64 acpi_load(u64 *next, u64 top);

#endif

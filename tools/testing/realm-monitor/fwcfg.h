/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's fw_cfg device: files that QEMU has for firmware. */
#ifndef FWCFG_H
#define FWCFG_H

#include "types.h"

/*
 * Find the file @name. Its size goes to *@size; the result is what
 * fwcfg_read() wants, or -1.
 */
int fwcfg_find(const char *name, u32 *size);

/* Read the first @n bytes of file @file into @dst. */
void fwcfg_read(int file, void *dst, u32 n);

#endif

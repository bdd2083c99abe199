/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

ENTRY(_start)
SECTIONS
{
	. = MONITOR_BASE;
	_start = .;
	.head : { *(.head) }
	.text : { *(.text*) }
	.rodata : { *(.rodata*) }
	.data : { *(.data*) }
	. = ALIGN(4096);
	__bss_start = .;
	.bss (NOLOAD) : { *(.bss*) *(COMMON) }
	. = ALIGN(4096);
	__bss_end = .;
	/* The stacks, one for each CPU. */
	. += STACK_SIZE * MAX_CPUS;
	ASSERT(. <= GUEST_BASE, "the monitor runs into the guest's RAM")
	/DISCARD/ : { *(.note*) *(.comment*) *(.eh_frame*) }
}

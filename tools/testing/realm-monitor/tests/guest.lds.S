/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

ENTRY(_start)
SECTIONS
{
	. = GUEST_BASE;
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
	. += 0x4000;
	boot_stack_end = .;
	image_end = .;
	/DISCARD/ : { *(.note*) *(.comment*) *(.eh_frame*) }
}

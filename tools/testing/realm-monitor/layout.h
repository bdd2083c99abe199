/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory layout: every fixed address and size of the monitor, and the only
 * place where one is written down. C, assembly, the linker scripts and the
 * Makefile read this file, so values are plain numbers.
 *
 *   RAM_BASE      QEMU's boot stub, which jumps to MONITOR_BASE
 *   MONITOR_BASE  the monitor: text, data, stacks, top-level stage 2 tables
 *   GUEST_BASE    first byte of the guest's RAM; its Image is loaded here
 *   ...           guest RAM: Image, then initrd and DTB where QEMU puts them
 *   guest end     granule states and stage 2 tables; the size depends on the
 *                 amount of RAM, see stage2_init()
 *   RAM end
 */
#ifndef LAYOUT_H
#define LAYOUT_H

/* QEMU's virt machine. */
#define RAM_BASE	0x40000000
#define UART_BASE	0x09000000
#define FW_CFG_BASE	0x09020000

/*
 * Devices lie in [0, RAM_BASE) and, what QEMU calls highmem, from
 * HIGH_DEVICES to bit 39. The PCI window above bit 39 exists in a plain VM
 * only: in a realm bit 39 selects the shared half.
 */
#define HIGH_DEVICES	0x4000000000

/* QEMU loads an Image at RAM_BASE plus the text_offset of its header. */
#define MONITOR_OFFSET	0x80000
#define MONITOR_BASE	0x40080000
#define GUEST_BASE	0x40200000

/*
 * Intermediate physical address space of the guest. The top bit is the
 * protection attribute bit of a realm: set in the shared half.
 */
#define IPA_BITS	40
#define SHARED_BIT	39

#define MAX_CPUS	8
#define STACK_SIZE	0x2000

#define GRANULE_SHIFT	12
#define GRANULE_SIZE	0x1000
#define BLOCK_SHIFT	21
#define BLOCK_SIZE	0x200000

#endif

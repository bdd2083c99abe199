/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All assembly of the monitor: the Image header, the two ways in (boot CPU
 * and PSCI CPU_ON), turning the MMU on, the exception vectors and the way
 * out to the guest.
 */
#include "cpu.h"

	.section .head, "ax"
	/* Header as in Documentation/arch/arm64/booting.rst. */
	b	primary
	nop
	.quad	MONITOR_OFFSET
	.quad	GUEST_BASE - MONITOR_BASE
	.quad	2			// 4K pages, little-endian
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
/* x0: device tree */
primary:
	adrp	x1, __bss_start
	adrp	x2, __bss_end
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	adrp	x1, __bss_end + STACK_SIZE
	sub	sp, x1, #REGS_SIZE	// cpu_enter_guest() fills these
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	wrong_el
	msr	tpidr_el2, xzr
	adr	x1, vectors
	msr	vbar_el2, x1
	isb
	b	monitor_main

/* x0: struct cpu. The stack is used only with the MMU on, as its owner did. */
	.globl	secondary
secondary:
	msr	tpidr_el2, x0
	adr	x1, vectors
	msr	vbar_el2, x1
	mov	x19, x0
	bl	mmu_on
	mov	x0, x19
	ldr	x1, [x0, #CPU_STACK]
	sub	sp, x1, #REGS_SIZE
	b	secondary_main

/*
 * Turn the MMU on with the values in mmu_config (mmu.c): MAIR, TCR, TTBR0,
 * SCTLR. Uses no stack and only x0 to x4.
 */
	.globl	mmu_on
mmu_on:
	adrp	x0, mmu_config
	add	x0, x0, #:lo12:mmu_config
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x3
	isb
	tlbi	alle2
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x4
	isb
	ret

/* Load or store x2 to x29 in a struct regs at sp. */
	.macro	each_pair op
	\op	x2, x3, [sp, #2 * 8]
	\op	x4, x5, [sp, #4 * 8]
	\op	x6, x7, [sp, #6 * 8]
	\op	x8, x9, [sp, #8 * 8]
	\op	x10, x11, [sp, #10 * 8]
	\op	x12, x13, [sp, #12 * 8]
	\op	x14, x15, [sp, #14 * 8]
	\op	x16, x17, [sp, #16 * 8]
	\op	x18, x19, [sp, #18 * 8]
	\op	x20, x21, [sp, #20 * 8]
	\op	x22, x23, [sp, #22 * 8]
	\op	x24, x25, [sp, #24 * 8]
	\op	x26, x27, [sp, #26 * 8]
	\op	x28, x29, [sp, #28 * 8]
	.endm

/* x0: guest registers at the top of this CPU's stack */
	.globl	guest_resume
guest_resume:
	mov	sp, x0
	ldr	x30, [sp, #30 * 8]
	ldp	x1, x2, [sp, #31 * 8]
	msr	elr_el2, x1
	msr	spsr_el2, x2
	each_pair ldp
	ldp	x0, x1, [sp], #REGS_SIZE
	eret

	.macro	fatal_vector n
	.balign	0x80
	mov	x0, #\n
	b	monitor_fault
	.endm

	.balign	0x800
vectors:
	.irp	n, 0,1,2,3,4,5,6,7
	fatal_vector \n
	.endr
	/* Synchronous, from the guest in AArch64 */
	.balign	0x80
	sub	sp, sp, #REGS_SIZE
	stp	x0, x1, [sp]
	b	guest_trap
	.irp	n, 9,10,11,12,13,14,15
	fatal_vector \n
	.endr

guest_trap:
	each_pair stp
	mrs	x1, elr_el2
	mrs	x2, spsr_el2
	str	x30, [sp, #30 * 8]
	stp	x1, x2, [sp, #31 * 8]
	mov	x0, sp
	bl	trap
	mov	x0, sp
	b	guest_resume

/* SPDX-License-Identifier: GPL-2.0-only */
#include "layout.h"

	.section .head, "ax"
	b	primary
	nop
	.quad	0
	.quad	image_end - GUEST_BASE
	.quad	2
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* At image+0x40, for monitor.watch.hold=: store_at_0x40(entry, value) */
	.globl	store_at_0x40
store_at_0x40:
	str	x1, [x0]
	ret

	.text
	.macro	set_up
	adr	x1, vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)		// CPACR_EL1.FPEN
	orr	x1, x1, #(3 << 16)	// ZEN
	orr	x1, x1, #(3 << 24)	// SMEN
	msr	cpacr_el1, x1
	isb
	.endm

primary:
	adrp	x1, __bss_start
	adrp	x2, __bss_end
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	adrp	x1, boot_stack_end
	mov	sp, x1
	set_up
	b	guest_main

/* The entry of this CPU in start_info[], of 24 bytes each */
	.globl	spin_start
spin_start:
	mrs	x0, mpidr_el1
	and	x0, x0, #0xff
	mov	x1, #24
	adrp	x2, start_info
	add	x2, x2, :lo12:start_info
	madd	x0, x0, x1, x2
	b	secondary_start

/* x0: struct start_info: stack, function, context */
	.globl	secondary_start
secondary_start:
	ldr	x1, [x0]
	mov	sp, x1
	set_up
	b	secondary_main

	/* By HVC if hvc_conduit says so */
	.globl	smc_call
smc_call:
	stp	x29, x30, [sp, #-32]!
	str	x0, [sp, #16]
	mov	x30, x0
	.irp	n, 2,4,6,8,10,12,14,16
	ldr	x\n, [x30, #\n * 8]
	.endr
	.irp	n, 1,3,5,7,9,11,13,15,17
	ldr	x\n, [x30, #\n * 8]
	.endr
	ldr	x0, [x30]
	adrp	x18, hvc_conduit
	ldr	w18, [x18, #:lo12:hvc_conduit]
	cbnz	w18, 1f
	smc	#0
	b	2f
1:	hvc	#0
2:	ldr	x30, [sp, #16]
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17
	str	x\n, [x30, #\n * 8]
	.endr
	ldp	x29, x30, [sp], #32
	ret


	.macro	set_lr
	mov	x30, #0xa5a0
	movk	x30, #0x5, lsl #16
	.endm

	.globl	access_read, access_write, access_exec, access_walk
	.globl	pc_read, pc_write, pc_walk
access_read:
	mov	x9, x30
	set_lr
pc_read:
	ldr	w1, [x0]
	ret	x9
access_write:
	mov	x9, x30
	set_lr
pc_write:
	str	w1, [x0]
	ret	x9
access_exec:
	mov	x9, x30
	set_lr
	br	x0
access_walk:
	msr	ttbr0_el1, x0
	mov	x1, #25			// 39-bit VA: starts at level 1
	movk	x1, #2, lsl #32		// 40-bit PA
	msr	tcr_el1, x1
	isb
	mrs	x1, sctlr_el1
	orr	x1, x1, #1
	set_lr
	msr	sctlr_el1, x1
pc_walk:				// QEMU translates from here on
	isb
	b	.

	.balign	0x800
vectors:
	.irp	n, 0,1,2,3
	/* synchronous */
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mrs	x0, elr_el1		// go on behind the instruction
	add	x0, x0, #4
	msr	elr_el1, x0
	adrp	x0, exceptions
	add	x0, x0, #:lo12:exceptions
	ldr	x1, [x0]
	add	x1, x1, #1
	str	x1, [x0]
	adrp	x0, last_esr
	add	x0, x0, #:lo12:last_esr
	mrs	x1, esr_el1
	str	x1, [x0]
	mov	w1, #\n
	adrp	x0, last_vector
	str	w1, [x0, #:lo12:last_vector]
	ldp	x0, x1, [sp], #16
	eret
	/* IRQ: count, acknowledge, end */
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mrs	x0, S3_0_C12_C12_0	// ICC_IAR1_EL1
	msr	S3_0_C12_C12_1, x0	// ICC_EOIR1_EL1
	adrp	x1, irqs
	add	x1, x1, #:lo12:irqs
	str	x0, [x1]
	mov	x0, #2			// timer: mask its interrupt
	msr	cntv_ctl_el0, x0
	isb
	ldp	x0, x1, [sp], #16
	eret
	.balign	0x80
	b	.
	.balign	0x80
	b	.
	.endr

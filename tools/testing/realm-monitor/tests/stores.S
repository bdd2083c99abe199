/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One kind of store each: u64 fn(u64 *p, u64 a, u64 b), with a and b what
 * p[0] and p[1] are to become. What comes back is the base register after
 * it, the old value, or the status. See t_watch_store.c.
 */
	.arch	armv8.4-a+simd+crypto

	.macro	store name
	.text
	.balign	4
	.globl	\name
\name:
	.endm

store st_str
	str	x1, [x0]
	ret
store st_str_imm
	sub	x3, x0, #0x7000
	str	x1, [x3, #0x7000]
	add	x0, x3, #0x7000
	ret
store st_str_pre
	sub	x0, x0, #24
	str	x1, [x0, #24]!
	ret
store st_str_post
	str	x1, [x0], #-8
	ret
store st_stur
	add	x0, x0, #3
	stur	x1, [x0, #-3]
	ret
store st_str_reg
	mov	x3, #-5
	add	x4, x0, #40
	str	x1, [x4, x3, lsl #3]
	ret
store st_str_sxtw
	mov	w3, #-5
	add	x4, x0, #40
	str	x1, [x4, w3, sxtw #3]
	ret
store st_str_xzr
	str	xzr, [x0]
	ret
store st_str_sp			// the base is the stack pointer
	mov	x3, sp
	mov	sp, x0
	str	x1, [sp]
	mov	x0, sp
	mov	sp, x3
	ret
store st_str_x30		// the value is in the link register
	mov	x3, x30
	mov	x30, x1
	str	x30, [x0]
	ret	x3
store st_stp
	stp	x1, x2, [x0]
	ret
store st_stp_pre
	sub	x0, x0, #16
	stp	x1, x2, [x0, #16]!
	ret
store st_stp_post
	stp	x1, x2, [x0], #16
	ret
store st_stnp
	stnp	x1, x2, [x0]
	ret
store st_stp_w
	lsr	x2, x1, #32
	stp	w1, w2, [x0]
	ret
store st_str_low
	str	w1, [x0]
	ret
store st_str_high
	lsr	x1, x1, #32
	str	w1, [x0, #4]
	ret
store st_strh
	lsr	x1, x1, #16
	strh	w1, [x0, #2]
	ret
store st_strb
	lsr	x1, x1, #16
	strb	w1, [x0, #2]
	ret
store st_strb_post
	lsr	x1, x1, #16
	add	x3, x0, #2
	strb	w1, [x3], #1
	sub	x0, x3, #3
	ret
store st_cross			// upper half of p[0], lower half of p[1]
	lsr	x1, x1, #32
	bfi	x1, x2, #32, #32
	str	x1, [x0, #4]
	ret
store st_across			// the same, for a finding of its own
	lsr	x1, x1, #32
	bfi	x1, x2, #32, #32
	str	x1, [x0, #4]
	ret
store st_str_d
	fmov	d0, x1
	str	d0, [x0]
	ret
store st_str_q
	fmov	d0, x1
	fmov	v0.d[1], x2
	str	q0, [x0]
	ret
store st_str_q_post
	fmov	d0, x1
	fmov	v0.d[1], x2
	str	q0, [x0], #16
	ret
store st_stp_d
	fmov	d0, x1
	fmov	d1, x2
	stp	d0, d1, [x0]
	ret
store st_stp_q			// p[2] and p[3] are read first
	fmov	d0, x1
	fmov	v0.d[1], x2
	ldr	q1, [x0, #16]
	stp	q0, q1, [x0]
	ret
store st_st1
	fmov	d0, x1
	fmov	v0.d[1], x2
	st1	{v0.2d}, [x0]
	ret
store st_st1_lane
	fmov	v0.d[1], x1
	st1	{v0.d}[1], [x0]
	ret
store st_st2			// interleaves
	fmov	d0, x1
	fmov	d1, x2
	st2	{v0.d, v1.d}[0], [x0]
	ret
store st_stlr
	stlr	x1, [x0]
	ret
store st_stlrb
	lsr	x1, x1, #16
	add	x3, x0, #2
	stlrb	w1, [x3]
	ret
store st_stllr
	stllr	x1, [x0]
	ret
store st_stlur
	add	x0, x0, #16
	stlur	x1, [x0, #-16]
	ret

/* Tries are limited: x0 is the status of the last one. */
	.macro	exclusive ld, st, base=x0
	mov	x5, #1000
	mov	x4, x0
1:	\ld
	\st
	cbz	w3, 2f
	subs	x5, x5, #1
	b.ne	1b
2:	mov	w0, w3
	ret
	.endm

store st_stxr
	exclusive "ldxr x6, [x4]", "stxr w3, x1, [x4]"
store st_stlxr
	exclusive "ldaxr x6, [x4]", "stlxr w3, x1, [x4]"
store st_stxr_w
	exclusive "ldxr w6, [x4]", "stxr w3, w1, [x4]"
store st_stxrb
	lsr	x1, x1, #16
	add	x0, x0, #2
	exclusive "ldxrb w6, [x4]", "stxrb w3, w1, [x4]"
store st_stxp
	exclusive "ldxp x6, x7, [x4]", "stxp w3, x1, x2, [x4]"
store st_stlxp
	exclusive "ldaxp x6, x7, [x4]", "stlxp w3, x1, x2, [x4]"
store st_stxp_w
	lsr	x2, x1, #32
	exclusive "ldxp w6, w7, [x4]", "stxp w3, w1, w2, [x4]"

/* Exclusive stores that must fail, every time: x0 is how often one did not. */
	.macro	fails ld, st
	mov	x5, #20
	mov	x4, x0
	mov	x0, #0
1:	\ld
	\st
	eor	w3, w3, #1
	add	x0, x0, x3
	subs	x5, x5, #1
	b.ne	1b
	ret
	.endm

store st_stxr_clrex
	fails "ldxr x6, [x4] ; clrex", "stxr w3, x1, [x4]"
store st_stxr_alone
	clrex
	fails "nop", "stxr w3, x1, [x4]"
store st_stxr_elsewhere
	sub	x7, x0, #2048
	fails "ldxr x6, [x7]", "stxr w3, x1, [x4]"

/* Compare with what is there, and with what is not. */
store st_cas
	ldr	x3, [x0]
	mov	x4, x3
	casal	x4, x1, [x0]
	mov	x0, x4
	ret
store st_cas_differs
	ldr	x3, [x0]
	eor	x4, x3, #2
	cas	x4, x1, [x0]
	mov	x0, x4
	ret
store st_cas_w
	ldr	w4, [x0]
	cas	w4, w1, [x0]
	ldr	w5, [x0, #4]
	orr	x0, x4, x5, lsl #32
	ret
store st_casp
	mov	x6, x1
	mov	x7, x2
	ldp	x4, x5, [x0]
	caspal	x4, x5, x6, x7, [x0]
	mov	x0, x4
	ret
store st_casp_differs
	mov	x6, x1
	mov	x7, x2
	ldp	x4, x5, [x0]
	eor	x5, x5, #2
	caspal	x4, x5, x6, x7, [x0]
	mov	x0, x4
	ret
store st_swp
	swpal	x1, x0, [x0]		// result over the base
	ret
store st_swp_w
	swp	w1, w4, [x0]
	ldr	w5, [x0, #4]
	orr	x0, x4, x5, lsl #32
	ret
store st_swp_xzr
	swp	x1, xzr, [x0]
	ret
store st_ldadd
	ldr	x3, [x0]
	sub	x1, x1, x3
	ldaddal	x1, x0, [x0]
	ret
store st_stadd
	ldr	x3, [x0]
	sub	x1, x1, x3
	stadd	x1, [x0]
	ret
store st_ldset
	ldset	x1, x0, [x0]
	ret
store st_stset
	stset	x1, [x0]
	ret
store st_ldclr
	ldr	x3, [x0]
	bic	x1, x3, x1
	ldclr	x1, x0, [x0]
	ret
store st_ldeor
	ldr	x3, [x0]
	eor	x1, x1, x3
	ldeor	x1, x0, [x0]
	ret
store st_ldumax
	ldumax	x1, x0, [x0]
	ret
store st_ldaddb
	lsr	x1, x1, #16
	add	x4, x0, #2
	ldrb	w3, [x4]
	sub	w1, w1, w3
	ldaddb	w1, w3, [x4]
	ret
store st_same			// a store that changes nothing
	ldr	x1, [x0]
	str	x1, [x0]
	ret
store st_dc_civac
	dc	civac, x0
	ret
store st_dc_ivac
	dc	ivac, x0
	ret
store st_prfm
	prfm	pstl1keep, [x0]
	ret
store st_dc_zva
	dc	zva, x0
	ret
store st_mops			// 24 bytes of zero
	mov	x3, x0
	mov	x4, #24
	.inst	0x19df0483		// setp [x3]!, x4!, xzr
	.inst	0x19df4483		// setm [x3]!, x4!, xzr
	.inst	0x19df8483		// sete [x3]!, x4!, xzr
	mov	x0, x3
	ret

/* Atomics with what they do in their names: (p, value) and (p, old, new). */
store lse_add
	ldaddal	x1, x0, [x0]
	ret
store lse_set
	ldsetal	x1, x0, [x0]
	ret
store lse_clear
	ldclral	x1, x0, [x0]
	ret
store lse_cas
	casal	x1, x2, [x0]
	mov	x0, x1
	ret

/* watch_store(entry, value), watch_store_lr(entry, value, lr) */
store watch_store
	str	x1, [x0]
	ret
store watch_store_lr		// a frame record with lr in it
	stp	x29, x2, [sp, #-16]!
	mov	x29, sp
	.globl	watch_store_pc
watch_store_pc:
	str	x1, [x0]
	ldr	x29, [sp], #16
	ret

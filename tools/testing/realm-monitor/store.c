// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores to tables: most are described by the syndrome, or a STR with writeback,
 * and done here. The rest is single-stepped on stage 2 tables of the CPU's own, in which the granule is
 * writable, and found by comparing the granule with what it was. An exclusive
 * store cannot be stepped, because an exception return clears the monitor that
 * the load-exclusive set: it is made to fail once, and done here when it comes
 * again and nothing was stored there in between.
 *
 * All of this happens under one lock, so that stores of several CPUs to the
 * same table come one after the other. Another CPU's exclusive pair or stepped
 * instruction sees them as those of any other CPU.
 */

#include "store.h"
#include "arm64.h"
#include "config.h"
#include "console.h"
#include "end.h"
#include "finding.h"
#include "guestmem.h"
#include "rules.h"
#include "stage2.h"
#include "tables.h"
#include "trap.h"
#include "watch.h"

/* ESR_EL2.ISS of a data abort. */
#define ISS_ISV(esr)		((esr) & BIT(24))
#define ISS_SIZE(esr)		(1U << (((esr) >> 22) & 3))
#define ISS_SRT(esr)		(((esr) >> 16) & 0x1f)

/*
 * STXR, STLXR, STXP, STLXP: size, fixed bits, pair, Rs, order, Rt2, Rn, Rt.
 * With size 0x and the pair bit it is CASP.
 */
#define INSN_EXCLUSIVE_MASK	0x3fc00000
#define INSN_EXCLUSIVE		0x08000000
#define INSN_PAIR		BIT(21)

/*
 * STR with writeback: size, fixed bits, imm9, post- or pre-index, Rn, Rt. Loops
 * that fill tables have it, and its syndrome is not valid.
 */
#define INSN_WRITEBACK_MASK	0x3fe00400
#define INSN_WRITEBACK		0x38000400
#define INSN_IMM9(insn)		(((int)((insn) << 11)) >> 23)
#define INSN_RN(insn)		(((insn) >> 5) & 0x1f)
#define INSN_SIZE(insn)		((insn) >> 30)
#define INSN_RS(insn)		(((insn) >> 16) & 0x1f)
#define INSN_RT2(insn)		(((insn) >> 10) & 0x1f)
#define INSN_RT(insn)		((insn) & 0x1f)

#define SPSR_DAIF		0x3c0UL
#define MDSCR_SS		BIT(0)
#define MDSCR_MDE		BIT(15)
#define MDCR_TDE		BIT(8)
#define OSLSR_OSLK		BIT(1)
#define TCR_HD			BIT(40)

/* What store_stepped() needs of the instruction. */
static struct step {
	u64 page;		/* granule */
	u64 pc, spsr, mdscr;
	bool os_lock;
	u64 before[GRANULE_SIZE / sizeof(u64)];
} steps[MAX_CPUS];

struct store_counts store_counts;

/* Someone has stored to @pa: exclusive stores there have to fail. */
static void clear_reservations(u64 pa)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		if (cpus[i].reserved >> 4 == pa >> 4)
			cpus[i].reserved = 0;
}

/* Store @new to the entry at @slot, which may lie beside a short table. */
static void store_entry(struct cpu *cpu, const struct regs *regs, u64 slot,
			u64 new)
{
	u64 old = *(u64 *)slot;
	u32 walkers = tables_walkers(table_page(slot));
	bool judged = is_slot(slot) && old != new;

	if (judged)
		cpu->happened |= rules_entry(cpu, regs, slot, old, new, walkers);
	__atomic_store_n((u64 *)slot, new, __ATOMIC_RELEASE);
	if (judged)
		rules_entry_done(cpu, regs, slot, old, new, walkers);
	clear_reservations(slot);
}

/* Store the low @size bytes of @value to @pa, within one entry. */
static void store_part(struct cpu *cpu, const struct regs *regs, u64 pa,
		       u64 value, unsigned int size)
{
	unsigned int shift = 8 * (pa % sizeof(u64));
	u64 mask = (size == 8 ? ~0UL : (1UL << 8 * size) - 1) << shift;
	u64 slot = ALIGN_DOWN(pa, sizeof(u64));

	store_entry(cpu, regs, slot,
		    (*(u64 *)slot & ~mask) | (value << shift & mask));
}

/*
 * Does a store of @size bytes, that faulted at @pa, change one entry only? At the
 * start of a granule it may have begun in front of it, and nothing says so.
 */
static bool within_entry(u64 pa, unsigned int size)
{
	return !ALIGNED(pa, GRANULE_SIZE) &&
	       pa % sizeof(u64) + size <= sizeof(u64);
}

static u64 reg(const struct regs *regs, unsigned int n)
{
	return n == 31 ? 0 : regs->x[n];
}

static void store_exclusive(struct cpu *cpu, struct regs *regs, u64 pa, u32 insn)
{
	unsigned int size = 1U << INSN_SIZE(insn), rs = INSN_RS(insn);
	bool ok = cpu->reserved == pa;

	store_counts.exclusives++;
	if (ok) {
		store_part(cpu, regs, pa, reg(regs, INSN_RT(insn)), size);
		if (insn & INSN_PAIR)
			store_part(cpu, regs, pa + size,
				   reg(regs, INSN_RT2(insn)), size);
	}
	cpu->reserved = ok ? 0 : pa;
	if (rs != 31)
		regs->x[rs] = !ok;
	trap_skip(regs);
}

void store_step(struct cpu *cpu, struct regs *regs, u64 pa)
{
	struct step *s = &steps[cpu->index];

	s->page = ALIGN_DOWN(pa, GRANULE_SIZE);
	s->pc = regs->elr;
	s->spsr = regs->spsr;
	s->mdscr = read_sysreg(mdscr_el1);
	s->os_lock = read_sysreg(oslsr_el1) & OSLSR_OSLK;
	memcpy(s->before, (void *)s->page, GRANULE_SIZE);

	/* Nothing but this instruction: no interrupt, no watchpoint. */
	regs->spsr |= SPSR_SS | SPSR_DAIF;
	write_sysreg(0, oslar_el1);
	write_sysreg((s->mdscr & ~MDSCR_MDE) | MDSCR_SS, mdscr_el1);
	write_sysreg(read_sysreg(mdcr_el2) | MDCR_TDE, mdcr_el2);
	stage2_open_private(cpu->index, s->page);
	cpu->stepping = true;
	store_counts.stepped++;
}

/* Undo store_step(). */
static void end_step(struct cpu *cpu, struct regs *regs)
{
	struct step *s = &steps[cpu->index];
	u64 spsr;

	stage2_close_private();
	write_sysreg(read_sysreg(mdcr_el2) & ~MDCR_TDE, mdcr_el2);
	write_sysreg(s->mdscr, mdscr_el1);
	write_sysreg(s->os_lock, oslar_el1);
	cpu->stepping = false;

	if (regs->elr == s->pc || regs->elr == s->pc + 4) {
		regs->spsr &= ~(SPSR_SS | SPSR_DAIF);
		regs->spsr |= s->spsr & SPSR_DAIF;
		return;
	}
	/* It took an exception to EL1, which saved what store_step() set. */
	spsr = read_sysreg(spsr_el1) & ~(SPSR_SS | SPSR_DAIF);
	write_sysreg(spsr | (s->spsr & SPSR_DAIF), spsr_el1);
	regs->spsr &= ~SPSR_SS;
}

bool store_stepped(struct cpu *cpu, struct regs *regs, u64 esr)
{
	struct step *s = &steps[cpu->index];
	struct regs then = *regs;
	u64 *now = (u64 *)s->page;
	bool changed = false;
	unsigned int i;

	end_step(cpu, regs);
	then.elr = s->pc;
	for (i = 0; i < ARRAY_SIZE(s->before); i++) {
		u64 old = s->before[i], new = now[i];

		if (old == new)
			continue;
		changed = true;
		if (is_slot((u64)&now[i])) {
			u32 walkers = tables_walkers(table_page(s->page));

			cpu->happened |= rules_entry(cpu, &then, (u64)&now[i],
						     old, new, walkers);
			rules_entry_done(cpu, &then, (u64)&now[i], old, new,
					 walkers);
		}
		clear_reservations((u64)&now[i]);
	}
	watch_leave(cpu);
	if (ESR_EC(esr) == EC_STEP_LOWER)
		return true;
	/* An instruction that stores to two granules of tables never ends. */
	if (regs->elr == s->pc && !changed) {
		end_stop_guest();
		print("watch: cannot follow the store at pc=0x%lx\n", s->pc);
		end("error", "watch-store");
	}
	return false;
}

static bool store_writeback(struct cpu *cpu, struct regs *regs, u64 pa, u32 insn)
{
	unsigned int size = 1U << INSN_SIZE(insn), rn = INSN_RN(insn);

	/* The stack pointer is not among the registers. */
	if ((insn & INSN_WRITEBACK_MASK) != INSN_WRITEBACK || rn == 31 ||
	    !within_entry(pa, size))
		return false;
	store_part(cpu, regs, pa, reg(regs, INSN_RT(insn)), size);
	regs->x[rn] += INSN_IMM9(insn);
	trap_skip(regs);
	return true;
}

void store_do(struct cpu *cpu, struct regs *regs, u64 esr, u64 pa)
{
	unsigned int size = ISS_SIZE(esr);
	u32 insn = 0;
	u64 pc_pa;

	store_counts.stores++;
	if (config.hold_event == HAPPENED_PC) {
		u64 pc = regs->elr;

		if (image_offset(&pc) && pc == config.hold_pc)
			cpu->happened |= HAPPENED_PC;
	}
	if (ISS_ISV(esr) && within_entry(pa, size)) {
		store_part(cpu, regs, pa, reg(regs, ISS_SRT(esr)), size);
		trap_skip(regs);
		return;
	}
	if (guest_address(regs->elr, &pc_pa))
		insn = *(u32 *)pc_pa;
	if ((insn & INSN_EXCLUSIVE_MASK) == INSN_EXCLUSIVE &&
	    (!(insn & INSN_PAIR) || insn >> 31))
		store_exclusive(cpu, regs, pa, insn);
	else if (!store_writeback(cpu, regs, pa, insn))
		store_step(cpu, regs, pa);
}

void store_walker(struct cpu *cpu, u64 esr, u64 va, u64 pa)
{
	u64 slot = leaf_slot(cpu->index, va), desc;

	if (!slot || ALIGN_DOWN(slot, GRANULE_SIZE) != ALIGN_DOWN(pa, GRANULE_SIZE)) {
		end_stop_guest();
		print("watch: walk of 0x%lx does not end in 0x%lx\n", va, pa);
		end("error", "watch-walker");
	}
	desc = *(u64 *)slot;
	if (!(desc & DESC_AF))
		desc |= DESC_AF;
	else if ((desc & DESC_DBM) && ESR_WNR(esr) &&
		 (read_sysreg(tcr_el1) & TCR_HD))
		desc &= ~DESC_RDONLY;
	else
		return;		/* another CPU's walker was faster */
	store_counts.walker++;
	/* A flag that hardware may set at any time breaks no rule. */
	__atomic_store_n((u64 *)slot, desc, __ATOMIC_RELEASE);
	clear_reservations(slot);
}

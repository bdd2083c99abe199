/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PSCI for the guest, on top of QEMU's own: an SMC at EL2 is answered by the
 * machine.
 */
#ifndef PSCI_H
#define PSCI_H

#include "cpu.h"

/*
 * Handle the PSCI call in @regs->x[0], whose 32-bit arguments are already
 * zero-extended. False if the function is not one that we have.
 */
bool psci_call(struct regs *regs);

/* Turn all other CPUs on: they are to be held in a spin table. */
void psci_power_on_all(void);

/* Power the machine off. */
void __noreturn psci_power_off(void);

#endif

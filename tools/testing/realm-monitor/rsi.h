/* SPDX-License-Identifier: GPL-2.0-only */
/* Realm Services Interface 1.0, Arm DEN 0137, chapter B5. */
#ifndef RSI_H
#define RSI_H

#include "cpu.h"

/*
 * Handle the RSI call in @regs->x[0]. False if the guest is not a realm, or
 * the function is not one of RSI's.
 */
bool rsi_call(struct regs *regs);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Stores of stores.S that are called by name; see there. */
#ifndef STORES_H
#define STORES_H

#include "types.h"

u64 lse_add(u64 *p, u64 value);
u64 lse_set(u64 *p, u64 value);
u64 lse_clear(u64 *p, u64 value);
u64 lse_cas(u64 *p, u64 old, u64 new);

u64 st_across(u64 *p, u64 a, u64 b);
u64 st_cross(u64 *p, u64 a, u64 b);
u64 st_stp(u64 *p, u64 a, u64 b);
u64 st_str_q(u64 *p, u64 a, u64 b);
u64 st_stxr(u64 *p, u64 a, u64 b);

#endif

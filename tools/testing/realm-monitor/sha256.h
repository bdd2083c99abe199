/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256, FIPS 180-4: the hash algorithm of the realm's measurements. */
#ifndef SHA256_H
#define SHA256_H

#include "types.h"

#define SHA256_SIZE	32
#define SHA256_BLOCK	64

struct sha256 {
	u32 h[8];
	u8 block[SHA256_BLOCK];
	u64 length;		/* bytes so far */
};

void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, const void *data, size_t n);
void sha256_final(struct sha256 *sha, u8 digest[SHA256_SIZE]);

#endif

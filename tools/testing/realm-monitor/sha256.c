// SPDX-License-Identifier: GPL-2.0-only
/* SHA-256, FIPS 180-4. Names are the standard's. */

#include "sha256.h"

static const u32 k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 ror(u32 x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static void process_block(struct sha256 *sha)
{
	u32 w[64], v[8];
	unsigned int t;

	for (t = 0; t < 16; t++)
		w[t] = (u32)sha->block[4 * t] << 24 |
		       sha->block[4 * t + 1] << 16 |
		       sha->block[4 * t + 2] << 8 | sha->block[4 * t + 3];
	for (; t < 64; t++) {
		u32 x = w[t - 15], y = w[t - 2];

		w[t] = w[t - 16] + (ror(x, 7) ^ ror(x, 18) ^ x >> 3) +
		       w[t - 7] + (ror(y, 17) ^ ror(y, 19) ^ y >> 10);
	}

	memcpy(v, sha->h, sizeof(v));
	for (t = 0; t < 64; t++) {
		u32 a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
		u32 t1 = v[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +
			 ((e & f) ^ (~e & g)) + k[t] + w[t];
		u32 t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +
			 ((a & b) ^ (a & c) ^ (b & c));

		v[7] = g;
		v[6] = f;
		v[5] = e;
		v[4] = v[3] + t1;
		v[3] = c;
		v[2] = b;
		v[1] = a;
		v[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		sha->h[t] += v[t];
}

void sha256_init(struct sha256 *sha)
{
	static const u32 h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(sha->h, h, sizeof(h));
	sha->length = 0;
}

void sha256_update(struct sha256 *sha, const void *data, size_t n)
{
	const u8 *p = data;

	while (n--) {
		sha->block[sha->length++ % SHA256_BLOCK] = *p++;
		if (sha->length % SHA256_BLOCK == 0)
			process_block(sha);
	}
}

void sha256_final(struct sha256 *sha, u8 digest[SHA256_SIZE])
{
	u64 bits = sha->length * 8;
	unsigned int i;

	sha256_update(sha, "\x80", 1);
	while (sha->length % SHA256_BLOCK != SHA256_BLOCK - 8)
		sha256_update(sha, "", 1);
	for (i = 0; i < 8; i++) {
		u8 byte = bits >> (56 - 8 * i);

		sha256_update(sha, &byte, 1);
	}
	for (i = 0; i < SHA256_SIZE; i++)
		digest[i] = sha->h[i / 4] >> (24 - 8 * (i % 4));
}

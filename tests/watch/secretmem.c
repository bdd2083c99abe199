// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touch pages of a memfd_secret() one by one, for some seconds. The kernel
 * takes each out of its linear map, and splits the leaf that it is in.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE	(256UL << 20)
#define PAGE	4096
/* At this pace the splits last longer than a CPU takes to come up. */
#define PAGES_PER_MS	32

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

int main(void)
{
	int fd = syscall(__NR_memfd_secret, 0);
	volatile char *mem;
	unsigned long i;

	if (fd < 0 || ftruncate(fd, SIZE)) {
		perror("memfd_secret");
		return 1;
	}
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (i = 0; i < SIZE / PAGE; i++) {
		mem[i * PAGE] = 1;
		if (i % PAGES_PER_MS == 0)
			usleep(1000);
	}
	return 0;
}

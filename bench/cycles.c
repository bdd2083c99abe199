// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: cycles MODULE
 *
 * Runs in the guest of scripts/bench: how long it takes, in ticks of the virtual
 * counter, to make, touch and free a page of secret memory, and to load and remove
 * a module. Of several times, the shortest: other CPUs and interrupts take part of some.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	4096UL
#define CYCLES	50

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

static unsigned long ticks(void)
{
	unsigned long value;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r" (value) :: "memory");
	return value;
}

static int secretmem(void)
{
	int fd = syscall(__NR_memfd_secret, 0);
	volatile char *mem;

	if (fd < 0 || ftruncate(fd, PAGE))
		return -1;
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return -1;
	*mem = 1;
	return munmap((void *)mem, PAGE) ? -1 : close(fd);
}

static int module(int fd)
{
	if (syscall(__NR_finit_module, fd, "", 0))
		return -1;
	return syscall(__NR_delete_module, "cycle", O_NONBLOCK);
}

int main(int argc, char **argv)
{
	unsigned long start, time, least[2] = { -1UL, -1UL };
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	int i;

	for (i = 0; i < CYCLES * 2; i++) {
		start = ticks();
		if (i < CYCLES ? secretmem() : module(fd)) {
			perror("cycles");
			return 1;
		}
		time = ticks() - start;
		if (time < least[i / CYCLES])
			least[i / CYCLES] = time;
	}
	printf("bench: secretmem=%lu module=%lu\n", least[0], least[1]);
	return 0;
}

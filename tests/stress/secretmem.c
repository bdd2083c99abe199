// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: secretmem PAGES   take so many pages out of the linear map, give them back
 *        secretmem fail    let each allocation fail of the page fault that does it
 *
 * The second prints "failures=N". It needs fail_page_alloc to let any allocation
 * fail. The fault is one of the kernel's, in read(), so that we get an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

/* Enough for all that a fault may allocate. */
#define MAX_FAILURES	64

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(long pages, int *fd)
{
	long size = pages * sysconf(_SC_PAGESIZE);
	char *mem;

	*fd = syscall(__NR_memfd_secret, 0);
	if (*fd < 0 || ftruncate(*fd, size))
		fail("memfd_secret");
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (mem == MAP_FAILED)
		fail("mmap");
	return mem;
}

/* The pages are taken from blocks that are split already, unless they are merged. */
static void merge(void)
{
	int fd = open("/sys/kernel/debug/linear_map/collapse", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fail("/sys/kernel/debug/linear_map/collapse");
	close(fd);
}

/* Let the allocation of number @nth fail from now on; how many are left to it? */
static void fail_nth(int fd, int nth)
{
	char text[16] = "";

	snprintf(text, sizeof(text), "%d", nth);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		fail("/proc/thread-self/fail-nth");
}

static int nth_left(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		fail("/proc/thread-self/fail-nth");
	return atoi(text);
}

static int fail_each(void)
{
	int nth = open("/proc/thread-self/fail-nth", O_RDWR);
	int zero = open("/dev/zero", O_RDONLY), fd, left, i;
	ssize_t got;
	char *mem;

	if (nth < 0 || zero < 0)
		fail("/proc/thread-self/fail-nth or /dev/zero");
	for (i = 1; i <= MAX_FAILURES; i++) {
		mem = map(1, &fd);
		merge();
		fail_nth(nth, i);
		got = read(zero, mem, 1);
		left = nth_left(nth);
		fail_nth(nth, 0);
		if (left) {
			/* Nothing failed any more. */
			if (got != 1 || mem[0])
				fail("read without a failure");
			printf("failures=%d\n", i - 1);
			return i == 1;
		}
		if (got >= 0 || errno != EFAULT)
			printf("allocation %d failed, and read returned %zd\n", i, got);
		/* The next try, without a failure, has to go well. */
		if (read(zero, mem, 1) != 1 || mem[0])
			fail("read after a failure");
		munmap(mem, sysconf(_SC_PAGESIZE));
		close(fd);
	}
	printf("more than %d allocations\n", MAX_FAILURES);
	return 1;
}

int main(int argc, char **argv)
{
	long pages = argc == 2 ? atol(argv[1]) : 0, i;
	char *mem;
	int fd;

	if (argc == 2 && !strcmp(argv[1], "fail"))
		return fail_each();
	if (pages <= 0) {
		fprintf(stderr, "secretmem: a number of pages, or fail\n");
		return 2;
	}
	mem = map(pages, &fd);
	for (i = 0; i < pages; i++)
		mem[i * sysconf(_SC_PAGESIZE)] = 1;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: wear fragment MIB       take RAM but for MIB, and holes all over it
 *        wear take MIB           take so much
 *        wear secretmem CYCLES   make, touch and free secret memory
 *        wear toggle MS PAUSE    the same with one page, again and again for
 *                                MS ms, with PAUSE ms in between
 *        wear hold               have one secret page
 *
 * What wears the linear map down, in user space. The kernel takes each page of a
 * memfd_secret() that is touched out of its linear map, so it splits the leaf
 * that the page is in. fragment, take and hold say
 * "ready" and stay until they are killed; toggle says how often it was done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096UL
#define PIPE		(1 << 20)
#define HOLE		(64 << 10)
#define FILES		16384

/* In each cycle a mapping is made, and the one of so many cycles ago goes. */
#define ALIVE		1536
#define PAGES_MAX	16

#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

static void die(const char *what)
{
	fprintf(stderr, "wear: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *map(unsigned long size, int flags, int fd)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (mem == MAP_FAILED)
		die("mmap");
	return mem;
}

static volatile char *make_secret(unsigned long pages)
{
	int fd = syscall(__NR_memfd_secret, 0);
	volatile char *mem;
	unsigned long i;

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		die("memfd_secret");
	mem = map(pages * PAGE, MAP_SHARED, fd);
	close(fd);
	for (i = 0; i < pages; i++)
		mem[i * PAGE] = 1;
	return mem;
}

static void free_secret(volatile char *mem, unsigned long pages)
{
	if (munmap((void *)mem, pages * PAGE))
		die("munmap");
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
	pause();
}

/* A pipe and what is in it: pages that do not move, from beside each other. */
static void fill(int pipe_fds[2])
{
	static char data[PIPE];

	if (pipe(pipe_fds) || fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE) < 0 ||
	    write(pipe_fds[1], data, PIPE) != PIPE)
		die("pipe");
}

/*
 * On a machine that has run for a while, single pages come from all over RAM.
 * On one that has just booted they come from a few blocks. So take most of it,
 * and give some of each MiB back: this is taken first by whoever wants a single
 * page.
 */
static void fragment(unsigned long mib)
{
	static int pipes[FILES / 2][2];
	static char data[HOLE];
	struct sysinfo info;
	int n = 0;

	for (;;) {
		if (sysinfo(&info))
			die("sysinfo");
		if (info.freeram * info.mem_unit < mib << 20)
			break;
		fill(pipes[n++]);
	}
	while (n--)
		if (read(pipes[n][0], data, HOLE) != HOLE)
			die("read");
	ready();
}

static void take(unsigned long mib)
{
	int pipe_fds[2];

	while (mib--)
		fill(pipe_fds);
	ready();
}

static void secretmem(unsigned long cycles)
{
	static volatile char *alive[ALIVE];
	unsigned long i;

	for (i = 0; i < cycles; i++) {
		volatile char **slot = &alive[i % ALIVE];
		unsigned long pages = i % ALIVE % PAGES_MAX + 1;

		if (*slot)
			free_secret(*slot, pages);
		*slot = make_secret(pages);
	}
}

static unsigned long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000UL + t.tv_nsec / 1000000;
}

static void toggle(unsigned long ms, unsigned long pause_ms)
{
	unsigned long end = now_ms() + ms, times = 0;

	while (now_ms() < end) {
		free_secret(make_secret(1), 1);
		times++;
		usleep(pause_ms * 1000);
	}
	printf("toggled %lu times\n", times);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end) {
		fprintf(stderr, "wear: %s: a number\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	const struct rlimit files = { FILES, FILES };
	const char *what = argc > 1 ? argv[1] : "";

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	if (argc == 3 && !strcmp(what, "fragment")) {
		fragment(number(argv[2]));
	} else if (argc == 3 && !strcmp(what, "take")) {
		take(number(argv[2]));
	} else if (argc == 3 && !strcmp(what, "secretmem")) {
		secretmem(number(argv[2]));
	} else if (argc == 4 && !strcmp(what, "toggle")) {
		toggle(number(argv[2]), number(argv[3]));
	} else if (argc == 2 && !strcmp(what, "hold")) {
		make_secret(1);
		ready();
	} else {
		fprintf(stderr, "wear: %s: fragment MIB, take MIB, secretmem CYCLES, toggle MS PAUSE, hold\n",
			what);
		return 2;
	}
	return 0;
}

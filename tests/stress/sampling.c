// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: sampling SECONDS ADDRESS
 *
 * Sample page sizes with perf on all CPUs: of code by the clock, and of data
 * when the kernel touches ADDRESS, which walks the linear map with interrupts
 * off. Prints "clock=N data=N sizes=BYTES,...": samples that have a size, and
 * the sizes of the leaf at ADDRESS that were seen.
 */
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS	64
#define BUFFER_PAGES	8
#define MAX_SIZES	8

/* As sample_type below says. */
struct sample {
	struct perf_event_header header;
	__u64 addr;
	__u64 data_page_size;
	__u64 code_page_size;
};

static unsigned long clocks, data, sizes[MAX_SIZES];

static struct perf_event_mmap_page *sample_on(struct perf_event_attr *attr, int cpu)
{
	long size = (BUFFER_PAGES + 1) * sysconf(_SC_PAGESIZE);
	void *buffer;
	int fd;

	attr->size = sizeof(*attr);
	attr->sample_type = PERF_SAMPLE_ADDR | PERF_SAMPLE_DATA_PAGE_SIZE |
			    PERF_SAMPLE_CODE_PAGE_SIZE;
	fd = syscall(__NR_perf_event_open, attr, -1, cpu, -1, 0);
	if (fd < 0) {
		/* A CPU can be away for a moment. */
		if (errno == ENODEV || errno == EINVAL)
			return NULL;
		perror("perf_event_open");
		exit(1);
	}
	buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (buffer == MAP_FAILED) {
		perror("mmap of a perf event");
		exit(1);
	}
	return buffer;
}

static void seen(__u64 size)
{
	int i;

	for (i = 0; i < MAX_SIZES && sizes[i] && sizes[i] != size; i++)
		;
	if (i < MAX_SIZES)
		sizes[i] = size;
}

static void count(struct perf_event_mmap_page *buffer)
{
	__u64 head = __atomic_load_n(&buffer->data_head, __ATOMIC_ACQUIRE);
	__u64 tail = buffer->data_tail;
	char *base = (char *)buffer + buffer->data_offset;

	while (tail < head) {
		struct sample sample;
		char *to = (char *)&sample;
		unsigned int i;

		for (i = 0; i < sizeof(sample); i++)
			to[i] = base[(tail + i) % buffer->data_size];
		if (sample.header.type == PERF_RECORD_SAMPLE && sample.data_page_size) {
			data++;
			seen(sample.data_page_size);
		} else if (sample.header.type == PERF_RECORD_SAMPLE) {
			clocks += !!sample.code_page_size;
		}
		tail += sample.header.size;
	}
	__atomic_store_n(&buffer->data_tail, head, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	struct perf_event_mmap_page *buffer[2 * MAX_CPUS];
	int cpus = sysconf(_SC_NPROCESSORS_CONF), n = 0, i;
	time_t end;

	if (argc != 3) {
		fprintf(stderr, "sampling: seconds and an address\n");
		return 2;
	}
	for (i = 0; i < cpus && i < MAX_CPUS; i++) {
		struct perf_event_attr clock = {
			.type = PERF_TYPE_SOFTWARE,
			.config = PERF_COUNT_SW_CPU_CLOCK,
			.sample_period = 1000000,
		};
		struct perf_event_attr access = {
			.type = PERF_TYPE_BREAKPOINT,
			.bp_type = HW_BREAKPOINT_RW,
			.bp_addr = strtoull(argv[2], NULL, 0),
			.bp_len = HW_BREAKPOINT_LEN_8,
			.sample_period = 1,
		};

		buffer[n] = sample_on(&clock, i);
		n += !!buffer[n];
		buffer[n] = sample_on(&access, i);
		n += !!buffer[n];
	}
	for (end = time(NULL) + atoi(argv[1]); time(NULL) < end; usleep(10000))
		for (i = 0; i < n; i++)
			count(buffer[i]);
	printf("clock=%lu data=%lu sizes=", clocks, data);
	for (i = 0; i < MAX_SIZES && sizes[i]; i++)
		printf("%s%lu", i ? "," : "", sizes[i]);
	printf("\n");
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* usage: kexec IMAGE: load a kernel for kexec, which copies the linear map, and unload it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEXEC_FILE_UNLOAD	1
#define KEXEC_FILE_NO_INITRAMFS	4

#ifndef __NR_kexec_file_load
#define __NR_kexec_file_load 294
#endif

int main(int argc, char **argv)
{
	static const char arguments[] = "console=ttyAMA0";
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	if (fd < 0) {
		perror("kexec: the image");
		return 1;
	}
	if (syscall(__NR_kexec_file_load, fd, -1, sizeof(arguments), arguments,
		    KEXEC_FILE_NO_INITRAMFS)) {
		perror("kexec_file_load");
		return 1;
	}
	if (syscall(__NR_kexec_file_load, -1, -1, 0, NULL, KEXEC_FILE_UNLOAD)) {
		perror("kexec_file_load: unload");
		return 1;
	}
	return 0;
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run TEST
# Runs in the guest, by guest.run=test guest.test=TEST. It prints what run on the
# host judges: the linear map and what the kernel counts, at several times.
debugfs=/sys/kernel/debug

linear_map() {
	sed -n '/^---\[ Linear Mapping start/,/^---\[ Linear Mapping end/p' \
		$debugfs/kernel_page_tables
}

counts() {
	grep ^DirectMap /proc/meminfo
	grep ^direct_map_ /proc/vmstat
}

# snapshot NAME: all at one time, so nothing has changed while it was read.
snapshot() {
	for try in $(seq 20); do
		counts >/tmp/counts
		linear_map >/tmp/map
		counts | cmp -s - /tmp/counts && break
	done
	echo "guest: begin $1"
	cat /tmp/counts
	grep -E '^Mem(Total|Free)' /proc/meminfo
	grep ^nr_page_table_pages /proc/vmstat
	echo "uptime $(cut -d' ' -f1 /proc/uptime)"
	cat /tmp/map
	echo "guest: end $1"
}

# start COMMAND...: run it until it says that it is ready
start() {
	mkfifo /tmp/ready
	"$@" >/tmp/ready &
	started="$started $!"
	read -r word </tmp/ready
	rm /tmp/ready
	[ "$word" = ready ] || exit 1
}

# stop: end what was started
stop() {
	kill $started
	wait $started
	started=
}

# worn COMMAND...: what the linear map is like before, after, and healed
worn() {
	snapshot before
	"$@" || exit 1
	snapshot after
	stop
	sleep 5
	snapshot later
}

secretmem() {
	start /test/wear fragment
	/test/wear secretmem 10000
}

# The areas of vmalloc() are not made of single pages if there are larger ones, so
# each time others.
module() {
	for i in $(seq 40); do
		insmod /test/wear.ko && rmmod wear || return 1
		start /test/wear take 16
	done
}

share() {
	start /test/wear fragment
	insmod /test/wear.ko share=10240 && rmmod wear
}

started=
# Secret memory counts as locked.
ulimit -l unlimited
case $1 in
secretmem|module|share) worn "$1" ;;
*) exit 1 ;;
esac

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run TEST
# Runs in the guest, by guest.run=test guest.test=TEST. It prints what run on the
# host judges: the linear map and what the kernel counts, at several times.
debugfs=/sys/kernel/debug
cpus=/sys/devices/system/cpu
memory=/sys/devices/system/memory

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

# section NAME COMMAND...: what it prints
section() {
	echo "guest: begin $1"
	shift
	"$@" 2>&1
	echo "guest: end section"
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
	insmod /test/wear.ko share=9216 && rmmod wear
}

# Behind memory that is taken first, there is the leaf of 1 GiB.
level3() {
	start /test/wear take 1200
	/test/wear secretmem 2000
}

# Is anything left behind each time?
rounds() {
	start /test/wear fragment
	for round in $(seq 6); do
		/test/wear secretmem 2000 || exit 1
		snapshot "worn$round"
		sleep 5
		snapshot "healed$round"
	done
	stop
}

# One page of one block, again and again.
thrash() {
	snapshot before
	/test/wear toggle 5000 0 || exit 1
	snapshot after
	/test/wear toggle 10000 1300 || exit 1
	snapshot slowly
	sleep 5
	snapshot later
}

# The files in debugfs.
obstacles() {
	cat $debugfs/linear_map/obstacles
}

trigger() {
	for value in "$@"; do
		echo "trigger $value:" $( (echo "$value" >$debugfs/linear_map/collapse) 2>&1)
	done
}

debugfs() {
	snapshot before
	secretmem || exit 1
	stop
	trigger 1
	snapshot later
	trigger 0 2 -1 x 11
	start /test/wear hold
	sleep 3
	trigger 1
	snapshot held
	section held_obstacles obstacles
	stop
	trigger 1
	snapshot released
	section released_obstacles obstacles
}

cpu() {
	snapshot before
	/test/wear toggle 600000 1 &
	started=$!
	for i in $(seq 34); do
		for value in 0 1; do
			for n in 1 2 3; do
				echo $value >$cpus/cpu$n/online || exit 1
			done
		done
		/test/wear secretmem 20 || exit 1
	done
	echo "guest: 102 times offline and online"
	snapshot after
	stop
	sleep 5
	snapshot later
}

kexec() {
	snapshot first
	/test/wear secretmem 2000 || exit 1
	sleep 5
	/test/wear secretmem 100 || exit 1
	# Some pages are not in the linear map while it is copied.
	start /test/wear hold
	/test/kexec /test/Image /test/initrd \
		"$(sed 's/guest.test=[a-z]*//' /proc/cmdline) guest.test=kexeced"
}

hibernate() {
	disk=/dev/vda
	snapshot before
	mkswap $disk && swapon $disk || exit 1
	cat /sys/block/vda/dev >/sys/power/resume
	# Resumed by the same kernel, and by another boot.
	for how in test_resume shutdown; do
		secretmem || exit 1
		stop
		sleep 1
		echo $how >/sys/power/disk
		echo disk >/sys/power/state || exit 1
		echo "guest: resumed $how"
		snapshot $how
	done
	sleep 5
	snapshot later
}

# states VALUE: of all blocks of memory that was added
states() {
	for block in $added; do
		echo "$1" >$memory/$block/state || return 1
	done
}

hotplug() {
	added=$(cd $memory && grep -l offline */state | sed 's:/.*::' | sort -r)
	boot=$(grep -l online $memory/memory*/state | head -n 1)
	echo "guest: added" $added
	snapshot before
	echo offline >$boot && exit 1
	for round in 1 2 3; do
		# Pages that move, and pages of the kernel's, which split leaves.
		states online_kernel || exit 1
		secretmem
		stop
		sleep 5
		snapshot online$round
		for try in $(seq 20); do
			states offline && break
			sleep 0.5
		done
	done
	states online_movable || exit 1
	states offline || exit 1
	for device in /sys/bus/acpi/devices/PNP0C80*; do
		echo 1 >$device/eject
	done 2>/dev/null
	sleep 1
	for block in $added; do
		[ ! -e $memory/$block ] || exit 1
	done
	echo "guest: removed"
	snapshot removed
	worn secretmem
}

started=
# Secret memory counts as locked.
ulimit -l unlimited
case $1 in
secretmem|module|share|level3) worn "$1" ;;
kexeced) worn secretmem ;;
rounds|thrash|debugfs|cpu|kexec|hibernate|hotplug) "$1" ;;
settled)
	sleep 3
	snapshot later
	trigger 1
	;;
*) exit 1 ;;
esac

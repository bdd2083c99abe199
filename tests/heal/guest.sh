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
	# Free as well: what CPUs keep to themselves.
	awk '$1 == "count:" { kb += 4 * $2 } END { print "MemKept: " kb + 0 " kB" }' \
		/proc/zoneinfo
	grep ^nr_page_table_pages /proc/vmstat
	echo "uptime $(cut -d' ' -f1 /proc/uptime)"
	cat /tmp/map
	echo "guest: end $1"
}

# large: kB in leaves of 2 MiB or more
large() {
	awk '/^DirectMap.*[MG]:/ { kb += $2 } END { print kb + 0 }' /proc/meminfo
}

# begin: when the splits of the boot have been healed
begin() {
	sleep 3
	snapshot before
	wanted=$(($(large) / 1000 * 995))
}

# settle: wait until the blocks are back. That takes 1 to 2 s, and longer where
# others want the CPUs. On the unpatched kernel there are 0 of them to wait for.
settle() {
	sleep 3
	for try in $(seq 24); do
		[ "$(large)" -lt "$wanted" ] || return
		sleep 0.5
	done
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
	begin
	"$@" || exit 1
	snapshot after
	stop
	settle
	snapshot later
}

# On one CPU: what another one has freed it may keep to itself. Some is left for
# everybody else.
fragment() {
	start taskset 1 /test/wear fragment $((88 + ${1:-0}))
}

secretmem() {
	fragment "$@"
	taskset 1 /test/wear secretmem 10000
}

# The same, for a fifth of the time.
brief() {
	fragment
	taskset 1 /test/wear secretmem 2000
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
	fragment
	taskset 1 insmod /test/wear.ko share=9216 && rmmod wear
}

# Behind memory that is taken first, there is the leaf of 1 GiB.
level3() {
	start /test/wear take 1200
	/test/wear secretmem 2000
}

# Is anything left behind each time?
rounds() {
	begin
	fragment
	for round in $(seq 6); do
		taskset 1 /test/wear secretmem 2000 || exit 1
		snapshot "worn$round"
		settle
		snapshot "healed$round"
	done
	stop
}

# One page of one block, again and again.
thrash() {
	begin
	/test/wear toggle 5000 0 || exit 1
	snapshot after
	/test/wear toggle 10000 1300 || exit 1
	snapshot slowly
	settle
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
	begin
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
	begin
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
	settle
	snapshot later
}

kexec() {
	snapshot first
	/test/wear secretmem 2000 || exit 1
	settle
	/test/wear secretmem 100 || exit 1
	# Some pages are not in the linear map while it is copied.
	start /test/wear hold
	/test/kexec /test/Image /test/initrd "$(sed 's/guest.test=[a-z]*//
		s/irqchip.gicv3_nolpi=1//' /proc/cmdline) guest.test=kexeced"
}

hibernate() {
	disk=/dev/vda
	begin
	mkswap $disk && swapon $disk || exit 1
	cat /sys/block/vda/dev >/sys/power/resume
	# Resumed by the same kernel, and by another boot.
	for how in test_resume shutdown; do
		brief || exit 1
		stop
		sleep 1
		echo $how >/sys/power/disk
		echo disk >/sys/power/state || exit 1
		echo "guest: resumed $how"
		snapshot $how
	done
	settle
	snapshot later
}

# states VALUE BLOCK...: of blocks of memory
states() {
	value=$1
	shift
	for block; do
		echo "$value" >$memory/$block/state || return 1
	done
}

# Of the two modules of memory that are added after the boot, one is for the
# kernel, which splits leaves of it; the other one is removed again.
hotplug() {
	boot=$(grep -l online $memory/memory*/state | tail -n 1)
	set -- $(cd $memory && grep -l offline */state | sed 's:/.*::' | sort)
	begin
	echo offline >$boot && exit 1
	states online_kernel "$1" "$2" || exit 1
	states online_movable "$3" "$4" || exit 1
	# The memory that is free for what moves only is not for it.
	secretmem 256 || exit 1
	stop
	settle
	snapshot added
	states offline "$3" "$4" || exit 1
	echo 1 >/sys/bus/acpi/devices/PNP0C80:01/eject || exit 1
	sleep 1
	[ ! -e $memory/$3 ] && [ ! -e $memory/$4 ] || exit 1
	echo "guest: removed $3 $4"
	snapshot removed
	worn secretmem
}

started=
# Secret memory counts as locked.
ulimit -l unlimited
case $1 in
secretmem|module|share|level3) worn "$1" ;;
kexeced) worn brief ;;
rounds|thrash|debugfs|cpu|kexec|hibernate|hotplug) "$1" ;;
settled)
	sleep 3
	snapshot later
	trigger 1
	;;
*) exit 1 ;;
esac

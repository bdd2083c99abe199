#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run TEST[,CPU[,TIMES]]
# Runs in the guest, by guest.run=test guest.test=TEST...
IFS=, read -r test number times <<END
$1
END
cpus=/sys/devices/system/cpu
cpu=$cpus/cpu$number

splits() {
	grep '^direct_map_level._splits' /proc/vmstat
}

fail() {
	echo "guest: failed: $*"
	exit 1
}

# It cannot hibernate.
realm=$(dmesg | grep 'RME: Using RSI')

kernel_can_be_loaded() { /test/kexec /test/Image 2>/dev/null; }

# A snapshot is made unless that is refused; there is no swap to write it to.
hibernation_is_refused() {
	dmesg -c >/dev/null
	echo disk 2>/dev/null >/sys/power/state
	log=$(dmesg)
	case $log in
	*"Can't hibernate: no mechanism to offline secondary CPUs"*) return 0 ;;
	*"Cannot get swap writer"*) return 1 ;;
	*) fail "no word of a snapshot" ;;
	esac
}

cycle() {
	echo 0 >"$cpus/cpu$1/online" || fail "cpu$1 does not go offline"
	echo 1 >"$cpus/cpu$1/online" || fail "cpu$1 does not come online"
}

# What has to work after a CPU has powered itself off: kexec, hibernation, hotplug.
nothing_is_stuck() {
	kernel_can_be_loaded || fail "no kernel can be loaded"
	[ "$realm" ] || ! hibernation_is_refused || fail "the machine cannot hibernate"
	cycle 1
}

# What has to be refused while a CPU is stuck in the kernel; hotplug works.
something_is_stuck() {
	! kernel_can_be_loaded || fail "a kernel can be loaded"
	[ "$realm" ] || hibernation_is_refused || fail "the machine can hibernate"
	cycle 1
}

rejected() {
	before=$(splits)
	for try in 1 2 3; do
		! echo 1 2>/dev/null >"$cpu/online" || fail "cpu$number is online"
	done
	[ "$before" = "$(splits)" ] || fail "something was split for cpu$number"
	# The runs of bits that are set, as in 0-3.
	[ "$(cat $cpus/present)" = "$(cat $cpus/possible)" ] ||
		fail "cpu$number is no longer present"
	nothing_is_stuck
	echo "guest: rejected $try times"
}

# CPUs that may come, come and go.
admitted() {
	[ "$(cat "$cpu/online")" = 1 ] || echo 1 >"$cpu/online" ||
		fail "cpu$number does not come online"
	# The console takes longer than the CPUs.
	dmesg -n 1
	for try in $(seq "$times"); do
		for number in 1 2 3; do
			cycle $number
		done
	done
	dmesg -n 7
	echo "guest: $((times * 3)) times offline and online"
}

# It arrived after it was given up, and is parked.
parked() {
	absent
	# Until it has arrived.
	sleep "${times:-0}"
	! echo 1 2>/dev/null >"$cpu/online" || fail "cpu$number is online"
	something_is_stuck
	echo "guest: parked"
}

# It arrived after it was given up, and has powered itself off. Nothing else tells that.
left() {
	absent
	for try in $(seq 300); do
		kernel_can_be_loaded && rejected && return
		sleep 0.1
	done
	fail "no kernel can be loaded"
}

# All CPUs, which need not be able to go offline.
all_for_good() {
	[ "$(cat $cpus/online)" = "$(cat $cpus/possible)" ] || fail "CPUs are missing"
}

all() {
	all_for_good
	nothing_is_stuck
}

# It was rejected, and cannot power itself off.
stuck() {
	! kernel_can_be_loaded || fail "a kernel can be loaded"
	echo "guest: stuck"
}

# The same, brought up late.
late_stuck() {
	for try in 1 2; do
		! echo 1 2>/dev/null >"$cpu/online" || fail "cpu$number is online"
	done
	something_is_stuck
	echo "guest: stuck"
}

# It did not come online during boot: the others do without it.
absent() {
	[ "$(cat "$cpu/online")" = 0 ] || fail "cpu$number is online"
}

# What was split for it until memory ran out is collapsed again.
healed() {
	absent
	# The selftest splits a few blocks by itself.
	[ "$(splits | awk '{ n += $2 } END { print n }')" -ge 50 ] || fail "nothing was split"
	for try in $(seq 60); do
		awk '/^DirectMap/ { kb += $2; if (/[MG]:/) large += $2 }
			END { exit large < 0.9 * kb }' /proc/meminfo && return
		sleep 0.5
	done
	fail "it is not collapsed: $(grep ^DirectMap /proc/meminfo | tr -s '\n ' ' ')"
}

"$test"

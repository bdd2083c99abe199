#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run TEST[,CPU[,TIMES or SECONDS]]
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
	echo "guest: $*"
	exit 1
}

# A CPU that must not come in: again and again, without any trace. Kexec is
# possible, so no CPU counts as stuck in the kernel.
refused() {
	before=$(splits)
	for try in 1 2 3; do
		! echo 1 2>/dev/null >"$cpu/online" || fail "it is online"
	done
	[ "$before" = "$(splits)" ] || fail "something was split for it"
	# The runs of bits that are set, as in 0-3.
	[ "$(cat $cpus/present)" = "$(cat $cpus/possible)" ] || fail "it is no longer present"
	/test/kexec /test/Image || fail "no kernel can be loaded"
	echo "guest: refused $try times"
}

# CPUs that may come, come and go.
admitted() {
	[ "$(cat "$cpu/online")" = 1 ] || echo 1 >"$cpu/online" || fail "it does not come"
	# The console takes longer than the CPUs.
	dmesg -n 1
	for try in $(seq "$times"); do
		for number in 1 2 3; do
			echo 0 >$cpus/cpu$number/online || fail "cpu$number does not go"
			echo 1 >$cpus/cpu$number/online || fail "cpu$number does not come"
		done
	done
	dmesg -n 7
	echo "guest: $((times * 3)) times offline and online"
}

# One that came when nobody waited for it any more has gone, and can be called again.
late() {
	[ "$(cat "$cpu/online")" = 0 ] || fail "it is online"
	# A call that fails would close the gate, too.
	sleep "${times:-0}"
	for try in $(seq 100); do
		if echo 1 2>/dev/null >"$cpu/online"; then
			echo "guest: called again"
			return
		fi
		sleep 0.1
	done
	fail "it does not come"
}

all() {
	[ "$(cat $cpus/online)" = "$(cat $cpus/possible)" ] || fail "cpus are missing"
}

# One that was refused and cannot go: no kernel can be loaded that would overwrite
# what it runs.
stuck() {
	! /test/kexec /test/Image || fail "a kernel can be loaded"
	echo "guest: stuck"
}

# One that was not admitted in the boot: the others do without it.
absent() {
	[ "$(cat "$cpu/online")" = 0 ] || fail "it is online"
}

# What was split for it until there was no memory is merged again.
healed() {
	absent
	# The selftest splits a few blocks by itself.
	[ "$(splits | awk '{ n += $2 } END { print n }')" -ge 50 ] || fail "nothing was split"
	for try in $(seq 60); do
		awk '/^DirectMap/ { kb += $2; if (/[MG]:/) large += $2 }
			END { exit large < 0.9 * kb }' /proc/meminfo && return
		sleep 0.5
	done
	fail "it is not merged: $(grep ^DirectMap /proc/meminfo | tr -s '\n ' ' ')"
}

"$test"

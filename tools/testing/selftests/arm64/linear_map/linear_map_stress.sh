#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: linear_map_stress.sh [TEST ...]
#
# Stress tests of the arm64 linear map; without arguments, all of:
# model     threads change attributes and merge leaves, against a model of the map
# lacking   the same, and some of their allocations fail
# failures  each allocation of a change fails, one after the other
#
# STRESS="NAME=VALUE ..." sets parameters of linear_map_stress.ko for the first two
# ("modinfo linear_map_stress.ko" says which).

dir=$(dirname "$(readlink -f "$0")")
for helpers in "$dir"/../kselftest "$dir"/../../kselftest; do
	[ -f "$helpers/ktap_helpers.sh" ] && break
done
. "$helpers/ktap_helpers.sh"

modules=$dir/linear_map_mods
fault=/sys/kernel/debug/fail_page_alloc

# run NAME MODULE LINES PARAMETERS...: the test is what the module does when it is
# loaded. So many of the last lines in the kernel's log are of interest.
run() {
	name=$1 module=$2 lines=$3
	shift 3
	if ! [ -f "$modules/$module.ko" ]; then
		ktap_test_skip "$name: no $modules/$module.ko"
		return
	fi
	if error=$(insmod "$modules/$module.ko" "$@" 2>&1); then
		case $(cat "/sys/module/$module/parameters/mismatches") in
		0)	result=ktap_test_pass ;;
		*)	result=ktap_test_fail ;;
		esac
		rmmod "$module"
	else
		case $error in
		*'not supported'*)	result=ktap_test_skip ;;
		*)			result=ktap_test_fail ;;
		esac
		echo "# $error"
	fi
	dmesg | sed -n "s/^.*$module: /# /p" | tail -n "$lines"
	$result "$name"
}

# All allocations can be made to fail, and the log does not tell of each.
let_allocations_fail() {
	[ -d $fault ] || return
	echo N >$fault/ignore-gfp-wait
	echo 0 >$fault/min-order
	echo 0 >$fault/verbose
}

model() {
	# shellcheck disable=SC2086 # words
	run model linear_map_stress 25 $STRESS
}

lacking() {
	if ! let_allocations_fail; then
		ktap_test_skip "lacking: no $fault"
		return
	fi
	# shellcheck disable=SC2086
	run lacking linear_map_stress 25 $STRESS fail=8
}

failures() {
	if ! let_allocations_fail; then
		ktap_test_skip "failures: no $fault"
		return
	fi
	run failures linear_map_fail 10
}

for test; do
	case $test in
	model|lacking|failures) ;;
	*)
		echo "linear_map_stress.sh: $test: model, lacking or failures" >&2
		exit 2
	esac
done
[ $# -gt 0 ] || set -- model lacking failures

ktap_print_header
grep -q ' /sys/kernel/debug debugfs ' /proc/mounts ||
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
ktap_set_plan $#
for test; do
	$test
done
ktap_finished

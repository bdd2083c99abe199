#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The selftest of the arm64 linear map: what it found in each phase of the boot,
# and what it finds now.

dir=$(dirname "$(readlink -f "$0")")
for helpers in "$dir"/../kselftest "$dir"/../../kselftest; do
	[ -f "$helpers/ktap_helpers.sh" ] && break
done
. "$helpers/ktap_helpers.sh"

results=/sys/kernel/debug/linear_map_selftest/results
runtime=/sys/kernel/debug/linear_map_selftest/runtime
module=$dir/linear_map_mods/linear_map_run.ko
boot_phases=6

# Turn one report of the kernel into results: a line for each phase, and what
# is below it as diagnostics.
report() {
	while IFS= read -r line; do
		name=${line#*ok [0-9]* }
		case $line in
		'not ok '*)	ktap_test_fail "$name" ;;
		'ok '*'# SKIP'*) ktap_test_skip "${name%% #*}" ;;
		'ok '*)		ktap_test_pass "$name" ;;
		*)		echo "# $line" ;;
		esac
	done <"$1"
}

run_now() {
	if ! [ -f "$module" ]; then
		ktap_test_skip "runtime: no $module"
		return
	fi
	# The module does not load if a check fails; the kernel's report says
	# which. If it does not load for another reason, there is none.
	if insmod "$module"; then
		rmmod linear_map_run
	elif ! grep -q '^not ok' "$runtime"; then
		ktap_test_fail "runtime: $module does not load"
		return
	fi
	report "$runtime"
}

ktap_print_header

grep -q ' /sys/kernel/debug debugfs ' /proc/mounts ||
	mount -t debugfs none /sys/kernel/debug 2>/dev/null
if ! [ -f "$results" ]; then
	ktap_skip_all "no $results: is CONFIG_ARM64_LINEAR_MAP_SELFTEST set, and are you root?"
	exit "$KSFT_SKIP"
fi

ktap_set_plan $((boot_phases + 1))
report "$results"
run_now
# Nothing has been tested.
[ "$KTAP_CNT_SKIP" -lt "$KSFT_NUM_TESTS" ] || exit "$KSFT_SKIP"
ktap_finished

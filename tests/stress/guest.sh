#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run TEST[,TEST...][,beside][,NAME=VALUE...]
# Runs in the guest, by guest.run=test guest.test=ARGUMENT: tests of the kselftest
# linear_map_stress.sh, or secretmem: a page fault's allocations fail, or race: a
# module has a data race. NAME=VALUE are parameters of linear_map_stress.ko. beside:
# others read and use the linear map meanwhile, and it is said how often:
# "beside: NAME TIMES".
tests=
beside=
secretmem=
race=
STRESS=
for word in $(echo "$1" | tr , ' '); do
	case $word in
	beside)		beside=1 ;;
	secretmem)	secretmem=1 ;;
	race)		race=1 ;;
	*=*)		STRESS="$STRESS $word" ;;
	*)		tests="$tests $word" ;;
	esac
done
export STRESS

# A plain machine has CPUs that can be taken offline, and can hibernate.
is_realm() { dmesg | grep -q 'RME: Using RSI'; }

# repeat NAME COMMAND...: until the tests are done, with some rest
repeat() {
	name=$1
	shift
	count=0
	while [ -e /tmp/running ]; do
		"$@" >/tmp/$name.log 2>&1 || {
			echo "beside: $name failed: $(cat /tmp/$name.log)"
			return
		}
		count=$((count + 1))
		sleep 0.5
	done
	echo "beside: $name $count"
}

ptdump() { cat /sys/kernel/debug/kernel_page_tables >/dev/null; }

module() { insmod /test/nothing.ko && rmmod nothing; }

# What uses secretmem cannot hibernate: one after the other.
secrets_and_hibernation() {
	/test/secretmem 64
	is_realm || echo disk >/sys/power/state
}

# While the machine hibernates, it is told that it is busy.
online() {
	until error=$( (echo "$2" >"/sys/devices/system/cpu/$1/online") 2>&1); do
		case $error in
		*busy*)	sleep 0.1 ;;
		*)	echo "$1: $error"; return 1 ;;
		esac
	done
}

cpus() {
	for cpu in /sys/devices/system/cpu/cpu[1-9]; do
		online "${cpu##*/}" 0 && sleep 0.1 && online "${cpu##*/}" 1 || return
	done
}

# The log says where the model looks, when it runs.
sampling() {
	until address=$(dmesg | sed -n 's/.*linear_map_stress: thread 0 looks at //p' |
			grep .); do
		[ -e /tmp/running ] || return 0
		sleep 0.1
	done
	/test/sampling 1 "$address" >>/tmp/samples
	sleep 1
}

if [ -n "$beside" ]; then
	touch /tmp/running
	ulimit -l unlimited
	repeat ptdump ptdump &
	repeat module module &
	repeat kexec /test/kexec /test/Image &
	repeat sampling sampling &
	if ! is_realm; then
		# All of the snapshot but its image.
		echo core >/sys/power/pm_test
		echo 0 >/sys/module/hibernate/parameters/pm_test_delay
		repeat cpus cpus &
	fi
	repeat secretmem secrets_and_hibernation &
fi
status=0
if [ -n "$tests" ]; then
	# shellcheck disable=SC2086
	sh /test/arm64/linear_map_stress.sh $tests || status=1
fi
if [ -n "$secretmem" ]; then
	cd /sys/kernel/debug/fail_page_alloc || exit 1
	echo N >ignore-gfp-wait
	echo N >ignore-gfp-highmem
	echo 0 >min-order
	echo 0 >verbose
	echo "secretmem: $(/test/secretmem fail 2>&1)" || status=1
fi
if [ -n "$race" ]; then
	insmod /test/race.ko || status=1
fi
rm -f /tmp/running
wait
[ ! -e /tmp/samples ] || awk '
	{
		for (i = 1; i <= NF; i++) {
			split($i, word, "=")
			if (word[1] != "sizes")
				sum[word[1]] += word[2]
			else
				for (n = split(word[2], size, ","); n; n--)
					sizes[size[n]]
		}
	}
	END {
		printf "samples: clock=%d data=%d sizes", sum["clock"], sum["data"]
		for (i in sizes)
			printf " %s", i
		print ""
	}' /tmp/samples
exit $status

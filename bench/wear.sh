#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest of scripts/report, by guest.run=test: what the linear map is made
# of, five times a second, while secret memory comes and goes four times, each time
# 10,000 areas from all over RAM.
counted() {
	awk 'FNR == 1 && NR == 1 { line = $1 }
	     /^DirectMap/ { line = line " " $2 }
	     END { print "guest: leaves " line }' /proc/uptime /proc/meminfo
}

# The unpatched kernel does not count.
walked() {
	awk 'FNR == 1 && NR == 1 { line = $1 }
	     /^---\[ Linear Mapping/ { on = $4 == "start" }
	     on && NF > 3 && $3 ~ /^P[TMU][ED]$/ {
		kib = $2 * ($2 ~ /G/ ? 1048576 : $2 ~ /M/ ? 1024 : 1)
		sum[($3 == "PTE" ? 1 : $3 == "PMD" ? 3 : 5) + / CON /] += kib
	     }
	     END { for (i = 1; i <= 5; i++) line = line " " sum[i] + 0
		   print "guest: leaves " line }' /proc/uptime /sys/kernel/debug/kernel_page_tables
}

sample() {
	how=walked
	! grep -q ^DirectMap /proc/meminfo || how=counted
	while [ -e /tmp/sampling ]; do
		$how || return
		sleep 0.2
	done
}

ulimit -l unlimited
mkfifo /tmp/ready
taskset 1 /test/wear fragment 120 >/tmp/ready &
holder=$!
read -r word </tmp/ready
[ "$word" = ready ] || exit 1
touch /tmp/sampling
sample &
sampler=$!
for round in 1 2 3 4; do
	sleep 4
	taskset 1 /test/wear secretmem 10000 || exit 1
done
sleep 4
kill $holder
# What is printed later would be among what the machine prints in the end.
rm /tmp/sampling
wait $sampler

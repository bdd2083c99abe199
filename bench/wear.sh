#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest of scripts/report, by guest.run=test: what the linear map is made
# of, five times a second, while secret memory comes and goes four times, each time
# 10,000 areas from all over RAM.
sample() {
	while :; do
		awk 'FNR == 1 && NR == 1 { line = $1 }
		     /^DirectMap/ { line = line " " $2 }
		     END { print "guest: leaves " line }' /proc/uptime /proc/meminfo
		sleep 0.2
	done
}

ulimit -l unlimited
mkfifo /tmp/ready
taskset 1 /test/wear fragment 120 >/tmp/ready &
holder=$!
read -r word </tmp/ready
[ "$word" = ready ] || exit 1
sample &
sampler=$!
for round in 1 2 3 4; do
	sleep 4
	taskset 1 /test/wear secretmem 10000 || exit 1
done
sleep 4
kill $holder $sampler

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run FAULT[,FAULT...]   commit faults on the kernel's page tables
#        run late-cpu           CPU 3 comes while secretmem splits the linear map
# Runs in the guest, by guest.run=test guest.test=ARGUMENT.
if [ "$1" != late-cpu ]; then
	insmod /test/plant.ko fault="$1"
	status=$?
	# What the kernel prints comes later, in the middle of others' lines.
	sleep 0.1
	exit $status
fi
# Secret memory counts as locked.
ulimit -l unlimited
/test/secretmem &
# The kernel has to refuse this CPU, which does not tolerate what the others do.
if echo 1 >/sys/devices/system/cpu/cpu3/online; then
	exit 1
fi
wait $!

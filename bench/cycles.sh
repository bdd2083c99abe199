#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest of scripts/bench, by guest.run=test.
ulimit -l unlimited
# A module that is removed waits for a grace period, which else is a matter of clock ticks.
echo 1 >/sys/kernel/rcu_expedited || exit 1
/test/cycles /test/cycle.ko

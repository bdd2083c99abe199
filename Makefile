# SPDX-License-Identifier: GPL-2.0-only
# "make help" says what there is. The work is done by scripts/; a variable given
# here (make boot CPUS=v3,a57) reaches them through the environment.

Q := $(if $(filter 1,$(V)),,@)

# They decide which steps are needed; a sub-make has variables of its own.
unexport MAKEFLAGS MAKEOVERRIDES MFLAGS

# What each command takes, beside what all do.
ONE := REALM CPUS RODATA STRATEGY MEM APPEND SEED QEMU IMAGE VMLINUX SYSTEM_MAP BASE \
	CONFIG TIMEOUT
MANY := QEMU IMAGE VMLINUX SYSTEM_MAP BASE WATCH JOBS
TAKES-build := BASE CONFIG
TAKES-build-tree := CONFIG
TAKES-build-stock := CONFIG
TAKES-boot := $(ONE) WATCH
TAKES-shell := $(ONE) WATCH
TAKES-watch := $(ONE) JOBS
TAKES-kselftest := $(ONE) WATCH TARGETS
TAKES-check := $(MANY)
TAKES-check-all := $(MANY) SLICE
TAKES-random := $(MANY) SEED COUNT
TAKES-check-series := QEMU WATCH SLICE
TAKES-bench := QEMU MEM JOBS RECORD
TAKES-report := QEMU RECORD
TAKES-series := VERSION
TAKES-apply := TO

GOALS := $(or $(MAKECMDGOALS),help)
TAKEN := $(strip V KDIR LINUX_TARBALL LLVM $(foreach goal,$(GOALS),$(TAKES-$(goal))))
GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command%line,$(subst $() ,%,$(origin $(v)))),$(v)))
UNKNOWN := $(filter-out $(TAKEN) GNUMAKEFLAGS MAKEFLAGS MAKEOVERRIDES -*-command-variables-*-,$(GIVEN))
ifneq ($(UNKNOWN),)
$(error $(firstword $(UNKNOWN)): make $(GOALS) takes $(TAKEN))
endif
ifneq ($(filter-out patched stock,$(BASE)),)
$(error BASE=$(BASE): patched, stock)
endif

# What a run needs: the kernel under test unless one is given, and the bench.
TREE := $(if $(filter stock,$(BASE)),stock,tree)
BENCH := monitor initramfs
KERNEL := $(if $(IMAGE),,build-$(TREE))

help:
	@scripts/help

setup:
	$(Q)scripts/setup

fetch: setup
	$(Q)scripts/fetch base >/dev/null
	$(Q)scripts/fetch busybox >/dev/null

tree: setup
	$(Q)scripts/tree

stock: setup
	$(Q)scripts/tree stock

build: valid-boot build-$(TREE)

build-tree: tree
	$(Q)scripts/build tree $(or $(CONFIG),small) >/dev/null

build-stock: stock
	$(Q)scripts/build stock $(or $(CONFIG),small) >/dev/null

# Not $(MAKE), which make -n would run.
monitor: setup
	$(Q)make -s -C tools/testing/realm-monitor O=$(CURDIR)/build/monitor

initramfs: setup
	$(Q)scripts/initramfs

# The variables are looked at before anything starts. Python may still be
# missing then; scripts look again.
valid-%:
	$(Q)[ ! -x /usr/bin/python3 ] || scripts/$* -n

boot: valid-boot $(KERNEL) $(BENCH)
	$(Q)scripts/boot

shell: valid-boot $(KERNEL) $(BENCH)
	$(Q)scripts/shell

watch: valid-watch $(KERNEL) $(BENCH)
	$(Q)scripts/watch

# Prints where it is: make check QEMU=$(make -s qemu)
qemu: setup
	$(Q)scripts/fetch qemu

kselftest: valid-kselftest build-$(TREE) $(BENCH)
	$(Q)scripts/kselftest

# They build what they boot, and the unpatched kernel is part of that: it shows that
# the checks can fail.
check: valid-check tree stock $(BENCH)
	$(Q)scripts/check

check-all: valid-check-all tree stock $(BENCH)
	$(Q)scripts/check-all

random: valid-random $(KERNEL) $(BENCH)
	$(Q)scripts/random

check-series: valid-check-series tree monitor initramfs
	$(Q)scripts/check-series

bench: valid-bench tree monitor initramfs
	$(Q)scripts/bench

report: valid-report build-tree build-stock $(BENCH)
	$(Q)scripts/setup gnuplot-nox
	$(Q)scripts/report

export: setup
	$(Q)scripts/export

series: valid-series tree
	$(Q)scripts/series

apply: setup
	$(Q)scripts/apply

clean:
	$(Q)scripts/clean

distclean:
	$(Q)scripts/clean all

.NOTPARALLEL:
.PHONY: help setup fetch tree stock build build-tree build-stock monitor \
	initramfs boot shell watch qemu kselftest check check-all \
	random check-series bench report export series apply clean distclean

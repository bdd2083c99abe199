# SPDX-License-Identifier: GPL-2.0-only
# "make help" says what there is. The work is done by scripts/; a variable given
# here (make boot CPUS=v3,a57) reaches them through the environment.

Q := $(if $(filter 1,$(V)),,@)

# They decide which steps are needed; a sub-make has variables of its own.
unexport MAKEFLAGS MAKEOVERRIDES MFLAGS

KNOWN := V KDIR LINUX_TARBALL LLVM \
	REALM CPUS RODATA STRATEGY MEM APPEND SEED QEMU IMAGE BASE CONFIG TIMEOUT \
	WATCH VMLINUX SYSTEM_MAP \
	JOBS SLICE COUNT TARGETS VERSION TO RECORD
GIVEN := $(foreach v,$(.VARIABLES),$(if $(filter command%line,$(subst $() ,%,$(origin $(v)))),$(v)))
UNKNOWN := $(filter-out $(KNOWN) GNUMAKEFLAGS MAKEFLAGS MAKEOVERRIDES -*-command-variables-*-,$(GIVEN))
ifneq ($(UNKNOWN),)
$(error $(firstword $(UNKNOWN)): is no variable here; there are $(KNOWN))
endif
ifneq ($(filter-out stock,$(BASE)),)
$(error BASE=$(BASE): empty or stock)
endif

# What a run needs: the kernel under test unless one is given, and the bench.
TREE := $(if $(BASE),stock,tree)
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

build: build-$(TREE)

build-tree: tree
	$(Q)scripts/build tree $(or $(CONFIG),small) >/dev/null

build-stock: stock
	$(Q)scripts/build stock $(or $(CONFIG),small) >/dev/null

monitor: setup
	$(Q)$(MAKE) -s -C tools/testing/realm-monitor O=$(CURDIR)/build/monitor

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

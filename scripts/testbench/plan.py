# SPDX-License-Identifier: GPL-2.0-only
"""From the table of cells to the list of checks that suite.run() takes."""

import functools
import os
import time

from testbench import cells, kselftest, paths, suite
from testbench.command import Failure

NEWER = "newer QEMU"
DEBUG = "debug kernel"
# The patched kernels of make check: one for tests/stress that also goes away and comes
# back, and changes its memory; and of the debugging ones only that which tests/stress
# needs: a build of it takes longest.
STRESS_CONFIG = "stress+hibernation+kexec+hotplug"
DEBUG_CONFIG = f"debug+{STRESS_CONFIG}"
KERNELS = ("small", DEBUG_CONFIG, STRESS_CONFIG)


@functools.cache
def configs():
    """Kernels that check-all adds, and the cells that are booted on each: all ways to
    use the sizes of pages and addresses, each pair of options, and KASAN by tags, which
    excludes the other KASAN."""
    kernels = {config: list(cells.config_cells(mem)) for config, mem in (
        ("pages-64k", "3G"), ("pages-16k", "1G"), ("va52", "3G"), ("va39", "3G"))}
    for config in ("kasan-tags+kfence+lockdep", *cells.matrix()):
        kernels.setdefault(config, []).extend(
            cells.matrix_cells(config, cells.memory_of(config)))
    return kernels


def check(values, directory):
    """All of make check, the long ones first, so that no CPU idles at the end."""
    ours = () if values["image"] else KERNELS
    yield from builds([*(("patched", config) for config in ours), ("stock", "small")])
    if ours:
        yield test(directory, "stress", ["tests/stress/run"])
        yield test(directory, "heal", ["tests/heal/run"])
        yield test(directory, "kunit", ["tests/kunit/run"])
        yield test(directory, "secondaries", ["tests/secondaries/run"])
        yield test(directory, "bench", ["scripts/bench", "-c"],
                   dict.fromkeys(("MEM", "WATCH"), ""))
    yield test(directory, "series", ["tests/series"])
    yield monitor_tests(directory, values, "monitor")
    newer, reason = newer_qemu()
    if newer:
        yield monitor_tests(directory, values, "monitor-newer-qemu", QEMU=newer)
    yield watch_tests(directory, "watch")
    if newer:
        yield watch_tests(directory, "watch-newer-qemu", QEMU=newer)
    yield test(directory, "runner", ["tests/runner/run"])
    yield test(directory, "random", ["scripts/random"], {"COUNT": "100"})
    yield from patched_boots(values, directory)
    yield from stock_boots(values, directory, known=True)
    if ours:
        yield from config_boots(values, directory, DEBUG_CONFIG, DEBUG,
                                cells.debug_cells())
    if values["watch"]:
        yield from patched_sample(values, directory, "watch off",
                                  cells.watch_off_cells(), watch=False)
    if newer:
        yield from patched_sample(values, directory, NEWER, cells.newer_qemu_cells(),
                                  qemu=newer)
    else:
        yield suite.skip, "boots", NEWER, reason


def builds(kernels):
    """Build them now, one after the other: each takes all CPUs."""
    for base, config in kernels:
        start = time.monotonic()
        paths.build(base, config)
        yield suite.built, f"{base}-{config}", time.monotonic() - start


def test(directory, name, words, variables=None):
    """A program that prints its own results, and their count as its last line. Others
    run beside it, so it runs one machine at a time: a guest that shares a CPU with
    three others is given up on before it is done."""
    return (suite.command, name, words, {"JOBS": "1", "BASE": ""} | (variables or {}),
            os.path.join(directory, "tests"), 3000)


def watch_tests(directory, name, **variables):
    # They boot kernels of their own choice.
    return test(directory, name, ["tests/watch/run"],
                dict.fromkeys(("IMAGE", "VMLINUX", "SYSTEM_MAP"), "") | variables)


def monitor_tests(directory, values, name, **variables):
    # Two that run side by side must not build the same files.
    out = os.path.join(paths.BUILD, name)
    return test(directory, name,
                ["make", "-s", "-C", paths.MONITOR_SOURCE, f"O={out}", "check"],
                {"IMAGE": patched_fields(values)["image"], **variables})


@functools.cache
def newer_qemu():
    """QEMU of backports, which shows that nothing rests on one version of the
    emulator, and an empty reason; or none, and why."""
    try:
        return paths.fetch("qemu"), ""
    except Failure as failure:
        return "", str(failure)


def patched_sample(values, directory, part, sample, **fields):
    fields = patched_fields(values) | fields
    for cell in sample:
        yield (suite.boot, cell, part,
               fields | {"watch": fields["watch"] and cell.machine.watch}, True,
               os.path.join(directory, part.replace(" ", "-")))


def config_boots(values, directory, config, part, sample):
    """Cells on the patched kernel of another config, which may not be built yet."""
    fields = {"image": paths.image_of("patched", config), "symbols": ""}
    yield from patched_sample(values, directory, part, sample, **fields)


def patched_boots(values, directory):
    fields = patched_fields(values)
    where = os.path.join(directory, suite.PATCHED)
    tests = kselftest.build(kselftest.DEFAULT, "patched", name="kselftest-check")
    for cell in cells.kselftest_cells():
        yield (suite.boot, cell, suite.PATCHED, fields | {"initramfs": tests}, True,
               where)
    for cell in cells.check_cells():
        yield suite.boot, cell, suite.PATCHED, fields, True, where


def patched_fields(values):
    return {"image": values["image"] or paths.image_of("patched", "small"),
            **{name: values[name] for name in ("qemu", "watch", "symbols")}}


def stock_boots(values, directory, known):
    """The base cells on the unpatched kernel. Known: the six that fail there
    pass by what they lose, which shows that the checks can fail."""
    fields = {"qemu": values["qemu"], "watch": values["watch"]}
    if values["base"] == "stock" and values["image"]:
        fields |= {"image": values["image"], "symbols": values["symbols"]}
    else:
        fields |= {"image": paths.image("stock")}
    where = os.path.join(directory, suite.STOCK)
    for cell in cells.base_cells():
        yield (suite.boot, cell, suite.STOCK, fields, False, where,
               cell.stock_loses if known else ())

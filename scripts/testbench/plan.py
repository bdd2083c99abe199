# SPDX-License-Identifier: GPL-2.0-only
"""From the table of cells to the list of checks that suite.run() takes."""

import os

from testbench import cells, kselftest, paths, suite

MONITOR_TESTS = ("make", "-s", "-C", paths.MONITOR_SOURCE,
                 f"O={os.path.dirname(paths.MONITOR)}", "check")


def check(values, directory):
    """All of make check, the long ones first, so that no CPU idles at the end."""
    image = {"IMAGE": patched_fields(values)["image"]}
    # Each prints its own results, and their count as its last line.
    for name, words, variables in (("series", ["tests/series"], {}),
                                   ("monitor", MONITOR_TESTS, image),
                                   ("runner", ["tests/runner/run"], {})):
        yield (suite.command, name, words, variables,
               os.path.join(directory, "tests"), 1800)
    yield from patched_boots(values, directory)
    yield from stock_boots(values, directory, known=True)


def patched_boots(values, directory):
    fields = patched_fields(values)
    where = os.path.join(directory, suite.PATCHED)
    tests = kselftest.build(kselftest.DEFAULT, "patched")
    for cell in cells.kselftest_cells():
        yield (suite.boot, cell, suite.PATCHED, fields | {"initramfs": tests}, True,
               where)
    for cell in cells.check_cells():
        yield suite.boot, cell, suite.PATCHED, fields, True, where


def patched_fields(values):
    return {"image": values["image"] or paths.image("patched"),
            "qemu": values["qemu"]}


def stock_boots(values, directory, known):
    """The base cells on the unpatched kernel. Known: the six that fail there
    pass by what they lose, which shows that the checks can fail."""
    image = values["image"] if values["base"] == "stock" else ""
    fields = {"image": image or paths.image("stock"), "qemu": values["qemu"]}
    where = os.path.join(directory, suite.STOCK)
    for cell in cells.base_cells():
        yield (suite.boot, cell, suite.STOCK, fields, False, where,
               cell.stock_loses if known else ())

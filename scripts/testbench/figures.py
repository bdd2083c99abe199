# SPDX-License-Identifier: GPL-2.0-only
"""Figures that were measured: one schema for all, as JSON and as CSV, with the versions
of what gave them."""

import csv
import io
import json
import os
import re

import patchseries
from testbench import options, paths, report

# linear_map= and direct_map.heal=. When: a phase of the boot, or seconds since it began.
# Only what a figure depends on is there.
FIELDS = ("kernel", "realm", "cpus", "tolerate", "mem", "linear_map", "heal", "when", "name",
          "unit", "value")
RECORDED = os.path.join(paths.TOP, "bench/recorded.json")
# What tells the machines of make bench apart.
MACHINE = ("kernel", "realm", "tolerate", "mem", "linear_map")
# Of what it shows of each: name, title, width.
COLUMNS = (("map_mem", "map_mem", 12), ("cpu_up", "cpu_up", 10), ("admit", "admit", 12),
           ("caps_final", "caps_final", 12), ("boot", "boot", 12), ("merge", "merge us", 10),
           ("merge_longest", "longest us", 12), ("available", "avail. KiB", 12))
CHANGE_COLUMNS = (*((f"{what}_{order}", f"{title}{size}", 10) for order, size in
                    ((0, "4K"), (4, "64K"), (9, "2M"))
                    for what, title in (("split", "first "), ("change", ""))),
                  ("change_back_0", "4K back", 9), ("change_back_9", "2M back", 9),
                  ("collapse", "collapse", 10), ("collapsed", "tables", 8))
CYCLE_COLUMNS = (("secretmem", "secretmem", 12), ("module", "module", 10))
ORDERS = range(11)
# Of changes of each order: kernel, linear_map=, name, title.
ORDER_COLUMNS = (("unpatched", "auto", "split", "unpatched first"),
                 ("patched", "block", "split", "patched first"),
                 ("unpatched", "auto", "change", "unpatched worn"),
                 ("patched", "block", "change", "patched worn"),
                 ("patched", "block", "healed", "patched healed"))


def document(command, qemu, series, versions, results):
    """Figures, each a dict of FIELDS, that a command has taken with a QEMU and the
    series, as patchseries.head_of_series() gives it."""
    base, head = series
    described = patchseries.line("describe", "--always", "--dirty", "--exclude=*",
                                 directory=paths.TOP)
    return {"command": command,
            "versions": {"qemu": report.qemu(qemu), "base": base, "series": head,
                         "repository": described, **versions},
            "results": results}


def load(path=RECORDED):
    """A document that was written; by default what make bench RECORD=1 took last."""
    with open(path, encoding="ascii") as file:
        return json.load(file)


def write_json(path, made):
    """A line for each figure, so that two can be compared by diff."""
    lines = ",\n  ".join(map(json.dumps, made["results"]))
    paths.write_if_changed(path, (
        f'{{"command": {json.dumps(made["command"])},\n'
        f' "versions": {json.dumps(made["versions"], indent=1)},\n'
        f' "results": [\n  {lines}\n]}}\n').encode())


def write(directory, made):
    """results.json and results.csv. There, the versions are figures without a machine."""
    write_json(os.path.join(directory, "results.json"), made)
    text = io.StringIO()
    out = csv.DictWriter(text, FIELDS, restval="", lineterminator="\n")
    out.writeheader()
    out.writerows({"name": name, "unit": "version", "value": value}
                  for name, value in made["versions"].items())
    out.writerows(made["results"])
    paths.write_if_changed(os.path.join(directory, "results.csv"), text.getvalue().encode())


def compiler(image):
    """What built an Image, from the .config beside it."""
    with open(image.removesuffix("arch/arm64/boot/Image") + ".config",
              encoding="utf-8") as file:
        return re.search(r'(?m)^CONFIG_CC_VERSION_TEXT="(.*)"$', file.read())[1]


def table(results, columns):
    """A line for each machine of make bench."""
    boots = {}
    for row in results:
        boots.setdefault(tuple(row[name] for name in MACHINE), {})[row["name"]] = row["value"]
    yield (f"{'kernel':<9} {'linear_map':<10} {'':<5} {'tolerate':<8} {'mem':>5}"
           + "".join(f"{title:>{width}}" for _, title, width in columns))
    for boot in sorted(boots, key=lambda boot: (boot[1], options.mib(boot[3]), boot[2])):
        kernel, realm, tolerate, mem, strategy = boot
        value = boots[boot]
        yield (f"{kernel:<9} {strategy:<10} {'realm' if realm else 'plain':<5} "
               f"{tolerate:<8} {mem:>5}" + "".join(
                   f"{value.get(name, '-'):>{width}}" for name, _, width in columns))


def by_order(results, realm):
    """What a change of 2^n pages and the way back take together, where all CPUs tolerate
    splits: a line for each n."""
    value = {(row["kernel"], row["linear_map"], row["name"]): row["value"] for row in results
             if row["realm"] == realm and row["tolerate"] == "all"}
    yield "realm" if realm else "plain"
    yield f"{'size':>6}" + "".join(f"{title:>18}" for *_, title in ORDER_COLUMNS)
    for order in ORDERS:
        found = [[value.get((kernel, strategy, f"{name}{back}_{order}"))
                  for back in ("", "_back")] for kernel, strategy, name, _ in ORDER_COLUMNS]
        size = f"{4 << order}K" if order < 8 else f"{1 << (order - 8)}M"
        yield f"{size:>6}" + "".join(
            f"{'-' if None in pair else sum(pair):>18}" for pair in found)


def tables(made):
    """What make bench has measured, as lines of text."""
    results = made["results"]
    yield from table(results, COLUMNS)
    yield (f"In ticks of {made['versions']['instructions_per_tick']} instructions, but for "
           "what says otherwise; cpu_up and admit: of the three\nsecondaries together; boot: "
           "from start_kernel() to init, in which there are waits; merge: of all that\nis "
           "mapped by pages first, and how long the locks were held at a time.")
    yield ("\nChanges of attributes when init starts: set_memory_valid(), in a realm "
           "set_memory_decrypted()\nand _encrypted() with what the monitor does for them; "
           "first: in a block that is whole.\nAnd merging what two of them have split:")
    first = results[0]["mem"]
    yield from table([row for row in results if row["mem"] == first], CHANGE_COLUMNS)
    if {"unpatched", "patched"} <= {row["kernel"] for row in results}:
        yield ("\nThe same and back, by size, where all CPUs tolerate splits: in a block that "
               "is whole, that is\nworn where it changes, and that was worn and has been "
               "merged. What the monitor has split it\nkeeps so:")
        for realm in (0, 1):
            yield from by_order(results, realm)
    yield ("\nTo make, touch and free a page of secret memory, and to load and remove a "
           "module, with all that\nthe machine does meanwhile:")
    yield from table(results, CYCLE_COLUMNS)

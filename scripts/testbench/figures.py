# SPDX-License-Identifier: GPL-2.0-only
"""Figures that were measured: one schema for all, as JSON and as CSV, with the versions
of what gave them."""

import csv
import io
import json
import os

import patchseries
from testbench import paths, report

# linear_map= and direct_map.heal=. When: a phase of the boot, or seconds since it began.
# Only what a figure depends on is there.
FIELDS = ("kernel", "realm", "cpus", "tolerate", "mem", "linear_map", "heal", "when", "name",
          "unit", "value")
RECORDED = os.path.join(paths.TOP, "bench/recorded.json")


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

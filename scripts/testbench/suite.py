# SPDX-License-Identifier: GPL-2.0-only
"""Run a list of checks side by side and print one table of what came out."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from testbench import judge, log, machine, options, paths, symbols

TESTS, PATCHED, STOCK, BUILDS = "tests", "patched", "stock", "builds"
SUMMARY = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")


@dataclass
class Result:
    name: str
    part: str                   # the heading it is listed under
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    notes: list = field(default_factory=list)   # problems, or why it was skipped
    columns: str = ""
    log: str = ""
    when: str = ""              # it began, where that may be an earlier run
    heading: str = field(default="", kw_only=True)  # of the columns, one for a part

    @property
    def verdict(self):
        return "FAIL" if self.failed else "ok" if self.passed else "skip"


def boot(cell, part, fields, selftest, directory, losses=()):
    """Boot one cell, fields of its machine replaced, and judge it. With losses
    the boot passes by these problems: it must end well and have them."""
    what = replace(cell.machine, **fields)
    if what.firmware != "monitor" and not os.path.isfile(machine.FIRMWARE):
        return Result(cell.name, part, skipped=1,
                      notes=[f"no {machine.FIRMWARE}: install qemu-efi-aarch64"])
    outcome = machine.run(what, os.path.join(directory, f"{cell.name}.log"))
    facts = log.parse(outcome.text)
    symbols.resolve(facts.findings, what)
    want = judge.expected(what, selftest, cell.messages, direct_map=selftest)
    if cell.shape:
        want = replace(want, shape=cell.shape)
    notes = judge.problems(facts, want, outcome.timed_out)
    failed = bool(notes)
    if losses:
        unexpected = judge.ending(facts, want, outcome.timed_out)
        missing = [f"not as known: no '{loss}'" for loss in losses
                   if loss not in notes]
        failed = bool(unexpected or missing)
        others = [note for note in notes if note not in losses]
        notes = unexpected + missing if failed else \
            [f"fails as known: {', '.join(losses)}; {'; '.join(others)}"]
    return Result(cell.name, part, int(not failed), int(failed), 0,
                  outcome.seconds, notes, summary(facts), outcome.path,
                  heading=heading(facts))


def skip(name, part, reason):
    """In place of checks that cannot be run here."""
    return Result(name, part, skipped=1, notes=[reason])


def built(name, seconds):
    return Result(name, BUILDS, passed=1, seconds=seconds)


def summary(facts):
    sizes = "/".join(str(facts.linear_map.get(size, 0)) for size in facts.sizes)
    tests = "{}/{}/{}".format(*facts.totals) if facts.totals else "-"
    return f"{sizes:<36} {tests:<10}"


def heading(facts):
    return f"{'KiB by ' + '/'.join(facts.sizes):<36} selftest ok/not/skip"


def command(name, words, variables, directory, timeout):
    """Run a test program; its last line may count what it did."""
    path = os.path.join(directory, f"{name}.log")
    os.makedirs(directory, exist_ok=True)
    start = time.monotonic()
    with open(path, "w", encoding="utf-8") as output:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *words],
                                   cwd=paths.TOP, env=os.environ | variables,
                                   stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = "time-out"
        finally:
            process.kill()
            process.wait()
    # Behind the count of a program that failed there may be make's word.
    with open(path, encoding="utf-8", errors="replace") as output:
        lines = [line for line in output.read().splitlines()
                 if not re.match(r"make(\[\d+\])?: \*\*\*", line)] or [""]
    result = Result(name, TESTS, seconds=time.monotonic() - start, log=path)
    counts = SUMMARY.fullmatch(lines[-1].strip())
    if counts:
        result.passed, result.failed, result.skipped = (
            int(count or 0) for count in counts.groups())
        result.columns = lines[-1].strip()
    result.notes = [line for line in lines
                    if re.match(r"(FAIL|not ok|SKIP|note)\b|ok\b.*# SKIP", line)]
    if status and not result.failed or not status and not result.passed:
        result.failed += 1
        result.notes.append(f"status {status}, last line: {lines[-1]}")
    return result


def run(tasks, jobs):
    """Run (function, arguments) pairs; return their results in that order."""
    results = [None] * len(tasks)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(task, *arguments): index
                   for index, (task, *arguments) in enumerate(tasks)}
        try:
            for count, future in enumerate(as_completed(waiting), start=1):
                result = future.result()
                results[waiting[future]] = result
                progress(count, len(tasks), result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def progress(count, total, result):
    text = f"[{count}/{total}] {result.verdict:4} {result.part}: {result.name}"
    if sys.stdout.isatty() and not result.failed and not options.verbose():
        print(f"\r{text[:78]:<78}", end="\r" if count < total else "\n", flush=True)
    else:
        print(f"{text} {result.seconds:.1f} s", flush=True)


def table(results):
    part = None
    width = max(len(result.name) for result in results)
    for result in results:
        if result.part != part:
            part = result.part
            same = [other for other in results if other.part == part]
            print(f"\n{part}: {sum(other.seconds for other in same):.0f} s of run time")
            heads = sorted(other.heading for other in same)
            if heads[-1]:
                print(f"  {'':{width}} {'':4} {'s':>6}  {heads[-1]}")
        print(f"  {result.name:{width}} {result.verdict:4} {result.seconds:6.1f}  "
              f"{result.columns:47} {result.when}".rstrip())
        for note in result.notes:
            print(f"      {cut(note)}")
        if result.failed and result.log:
            print(f"      log: {os.path.relpath(result.log, paths.TOP)}")


def compare(results):
    """The base cells on both kernels, side by side."""
    stock = {result.name: result for result in results if result.part == STOCK}
    patched = {result.name: result for result in results if result.part == PATCHED}
    width = max(map(len, stock))
    print(f"\n  {'':{width}} {PATCHED:<8} {STOCK}")
    for name, result in stock.items():
        print(f"  {name:{width}} {patched[name].verdict:<8} "
              f"{cut('; '.join(result.notes)) or 'ok'}")


def cut(text, width=110):
    return text if len(text) <= width else text[:width - 3] + "..."


def totals(results):
    """Print what failed, once more, and the last line of a run; return its exit
    status."""
    for result in results:
        if result.failed:
            print(f"failed: {result.part}: {result.name}: "
                  f"{cut('; '.join(result.notes), 400)}")
    passed, failed, skipped = (sum(getattr(result, name) for result in results)
                               for name in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" +
          (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or not passed else 0

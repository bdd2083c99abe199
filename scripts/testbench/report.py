# SPDX-License-Identifier: GPL-2.0-only
"""What a person reads after one boot, top to bottom."""

import os
import subprocess
from itertools import groupby

from testbench import log, options, paths

NAMES = {0x410fd842: "Neoverse-V3 r0p2", 0x411fd070: "Cortex-A57 r1p0"}
TOLERATES = {True: "tolerates live splits", False: "does not tolerate live splits",
             None: "tolerates live splits if the kernel's list says so"}
STATE = {"present": "present", "lost": "LOST", "absent": "not seen"}


def boot(machine, facts, outcome, problems):
    world = f"realm, RSI {facts.realm}" if facts.realm else "plain, no realm"
    kernel(machine, facts.kernel)
    line("machine", f"{world}; {len(machine.cpus)} CPUs, {machine.mem}, "
         f"rodata={machine.rodata}")
    cpus(machine, facts)
    linear_map(facts)
    selftest(facts)
    line("devices", f"swiotlb {STATE[facts.swiotlb]}, ITS {STATE[facts.its]}, "
         f"DMA pools {STATE[facts.dma_pool]}")
    watch(facts)
    if facts.end:
        line("monitor", " ".join(f"{key}={value}"
                                 for key, value in facts.end.items()))
    # A trace belongs to the line before it.
    alarms = [alarm for alarm in facts.alarms if alarm != "Call trace:"]
    for number, alarm in enumerate(alarms or facts.alarms):
        line("" if number else "alarms", alarm)
    line("log", f"{os.path.relpath(outcome.path, paths.TOP)}, "
         f"{outcome.seconds:.1f} s")
    for number, problem in enumerate(problems):
        line("" if number else "FAILED", problem)
    if not problems:
        line("passed", "the boot is as it should be")


def kernel(machine, version):
    line("kernel", f"{version or 'did not say its version'} "
         f"({paths.short(machine.image)}) on {qemu(machine.qemu)}")


def line(title, text):
    print(f"{title:<12}{text}")


def qemu(program):
    output = subprocess.run([program, "--version"], capture_output=True, text=True,
                            check=False).stdout
    return output.partition("\n")[0].removeprefix("QEMU emulator version ").partition(
        " ")[0].join(("QEMU ", ""))


def cpus(machine, facts):
    first = 0
    for name, group in groupby(machine.cpus):
        last = first + len(list(group)) - 1
        midr = options.midr(name)
        who = f"CPU{first}" if first == last else f"CPU{first}-{last}"
        seen = facts.midrs[first:last + 1] == [midr] * (last + 1 - first)
        line("" if first else "CPUs",
             f"{who:<8}{NAMES.get(midr, 'unnamed')} ({name}, {midr:#x}): "
             f"{TOLERATES[options.tolerates(name)]}"
             f"{'' if seen else '; NOT ALL CAME UP'}")
        first = last + 1


def linear_map(facts):
    line("linear map", facts.strategy or
         f"BBM Level 3 {'' if facts.bbml3 else 'not '}detected")
    # Without user space nobody tells the page size.
    sizes = facts.sizes or [word for word in next(iter(facts.phases.values()), ())
                            if word[0].isdigit()]
    row("KiB by leaves of", sizes, "selftest" if facts.checks else "")
    for phase, words in facts.phases.items():
        row(phase, [words.get(size, "?") for size in sizes],
            counts(facts.checks.get(phase)))
    if facts.linear_map:
        row("user space", [facts.linear_map.get(size, 0) for size in sizes])


def watch(facts):
    if facts.watch or facts.findings:
        line("watch", watched(facts))
    findings(facts.findings)


def watched(facts):
    many = len(facts.findings)
    found = f"{many} finding{'s'[:many != 1]}" if many else "no findings"
    if not facts.watch:
        return f"{found}, no summary"
    return "{}; {tables} tables, {stores} stores, audit {audit}".format(
        found, **{"tables": "?", "stores": "?", "audit": "?"} | facts.watch)


def findings(found):
    for finding in found:
        print(f"  {finding.rule}, {finding.times}")
        for text in finding.lines:
            print(f"    {text}")
    if any("image+0x" in place for finding in found for place in finding.trace):
        print("  VMLINUX=file or SYSTEM_MAP=file of this IMAGE names the functions")


def counts(checks):
    if not checks:
        return ""
    passed, failed, skipped = checks
    words = [f"{passed} passed"] if passed else []
    words += [f"{failed} FAILED"] if failed else []
    words += [f"{skipped} skipped"] if skipped else []
    return ", ".join(words)


def row(title, values, last=""):
    print((f"  {title:<16}" + "".join(f"{value!s:>10}" for value in values) +
           f"   {last}").rstrip())


def selftest(facts):
    if not facts.totals:
        line("selftest", "not in this kernel, or did not run to its end")
        return
    line("selftest", "{} passed, {} failed, {} skipped".format(*facts.totals))
    for failure in facts.failures:
        line("", failure)

# SPDX-License-Identifier: GPL-2.0-only
"""From the facts of a log and what was expected to a list of problems.

QEMU exits 0 whatever happened in the guest, so the log alone decides, and
what is missing in it counts as much as what is there.
"""

import re
from dataclasses import dataclass, replace

from testbench import options

PHASES = ("paging_init", "init_IRQ", "early_initcall",
          "smp_bringup", "smp_changes", "caps_final")
# Those that need a secondary CPU.
SECONDARY = ("smp_bringup", "smp_changes")
POOLS = (("swiotlb", "swiotlb"), ("its", "ITS"), ("dma_pool", "DMA pools"))


@dataclass(frozen=True)
class Expected:
    realm: bool
    cpus: tuple
    shape: str = ""             # blocks, pages, pages+image; empty: not judged
    image_kib: int = 0          # upper limit for the image's leaves
    tolerant: bool = None       # the kernel takes the system for that; None: as cpus
    selftest: bool = False      # the boot-phase selftest is built in
    phases: tuple = PHASES      # that it has
    must_run: tuple = ()        # phases in which it has to change the map
    monitor: bool = True        # the monitor's end line must be there
    watch: bool = False         # its watch of the page tables is on
    messages: tuple = ()        # regular expressions, to be found in this order
    kselftest: bool = False
    direct_map: bool = False    # the kernel counts its leaves in /proc/meminfo


def expected(machine, selftest, messages=(), direct_map=False):
    machine = replace(machine, cpus=options.come_up(machine))
    return Expected(
        realm=machine.realm and machine.firmware == "monitor",
        cpus=machine.cpus,
        shape=shape(machine.realm, machine.cpus, machine.rodata, machine.strategy),
        image_kib=options.image_size(machine.image) // 1024,
        selftest=selftest,
        must_run=must_run(machine),
        monitor=machine.firmware == "monitor",
        watch=machine.watch,
        messages=messages,
        kselftest=machine.run == "kselftest",
        direct_map=direct_map)


def of_a_commit(want, facts):
    """The same for an earlier commit of the series, whose selftest may do less."""
    return replace(want, phases=tuple(facts.phases), must_run=())


def shape(realm, cpus, rodata, strategy="auto"):
    """The leaves that the linear map ends with: blocks where every CPU
    tolerates splits or nobody needs them, pages otherwise. The image keeps its
    blocks if the map was split after it was made: a CPU that tolerates splits
    made it (linear_map_split_to_ptes() leaves [_text, __init_begin) alone)."""
    tolerant = [options.tolerates(cpu) for cpu in cpus]
    if None in tolerant:
        return ""
    if strategy == "pte":
        return "pages"
    if all(tolerant):
        return "blocks"
    if strategy == "pte-first" and tolerant[0]:
        return "pages"
    if not (realm or rodata == "on"):
        return "blocks"
    return "pages+image" if tolerant[0] else "pages"


def must_run(machine):
    """The phases in which the boot-phase selftest has to change the map."""
    if not (machine.realm or machine.rodata == "on" or
            all(options.tolerates(cpu) for cpu in machine.cpus) or
            machine.strategy in ("pte", "pte-first") and
            options.tolerates(machine.cpus[0])):
        return ()
    return tuple(phase for phase in PHASES
                 if phase not in SECONDARY or len(machine.cpus) > 1)


def problems(facts, want, timed_out=False):
    """What is wrong with a boot, as short texts; none if it is as expected."""
    found = ending(facts, want, timed_out)
    if facts.alarms:
        found.append(f"{len(facts.alarms)} alarms: {facts.alarms[0]}")
    if bool(facts.realm) != want.realm:
        found.append("is a realm" if facts.realm else "is not a realm")
    found += cpus(facts, want)
    for name, title in POOLS:
        state = getattr(facts, name)
        if state != "present":
            found.append(f"{title} {state}")
    if facts.done:
        found += linear_map(facts, want) + direct_map(facts, want)
    if want.selftest:
        found += selftest(facts, want)
    if want.kselftest:
        found += kselftest(facts)
    return found + messages(facts, want.messages)


def ending(facts, want, timed_out):
    """Did the machine run to its end, and end well? A finding of the watch is
    no good end."""
    found = ["time-out"] if timed_out else []
    if not facts.userspace:
        found.append("no user space")
    elif not facts.done:
        found.append("no end mark")
    if not want.monitor:
        return found
    watched = watch(facts, want)
    result, reason = facts.end.get("result"), facts.end.get("reason")
    told = watched and (result == "finding" or reason == "watch-audit")
    if facts.ends != 1:
        found.append(f"{facts.ends} end lines of the monitor")
    elif result != "ok" and not told:
        found.append(f"monitor: result={result} reason={reason}")
    return found + watched


def watch(facts, want):
    """What the monitor's watch of the page tables has to say."""
    found = findings(facts)
    if facts.watch and not want.watch:
        found.append("watch: on, and not asked for")
    if want.watch and not facts.watch:
        found.append("watch: no summary")
    elif want.watch and facts.watch.get("audit") != "ok":
        found.append(f"watch: audit {facts.watch.get('audit')}")
    # It says something only where it cannot go on, or has missed a table.
    found += facts.remarks[:3]
    counted = str(sum(finding.count for finding in facts.findings))
    for words in facts.watch, facts.end:
        if words.get("findings", counted) != counted:
            found.append(f"watch: findings={words['findings']}, "
                         f"{counted} described")
    return found


def findings(facts):
    return [f"watch: {finding.rule} at {finding.where}, {finding.times}"
            for finding in facts.findings]


def cpus(facts, want):
    midrs = [options.midr(cpu) for cpu in want.cpus]
    if facts.midrs != midrs:
        return [f"CPUs that came up: {len(facts.midrs)} of {len(midrs)}"
                if len(facts.midrs) != len(midrs) else "MIDRs differ"]
    tolerant = [options.tolerates(cpu) for cpu in want.cpus]
    known = want.tolerant is not None or None not in tolerant
    if known and facts.bbml3 != (all(tolerant) if want.tolerant is None else
                                 want.tolerant):
        return [f"BBM Level 3 {'' if facts.bbml3 else 'not '}detected"]
    return []


def linear_map(facts, want):
    total = sum(facts.linear_map.values())
    if not total:
        return ["no dump of the linear map"] if want.shape else []
    pages = facts.linear_map.get(facts.sizes[0], 0)
    large = total - pages
    wrong = {
        "": False,
        "blocks": large < 0.8 * total,
        "pages": large > 0,
        "pages+image": not 0 < large <= want.image_kib,
    }[want.shape]
    return [f"linear map: {want.shape} expected, "
            f"{pages} KiB by {facts.sizes[0]}, {large} KiB larger"] if wrong else []


def direct_map(facts, want):
    """What the kernel has counted at each change, against the walk of its tables."""
    if not facts.direct_map:
        return ["meminfo: no DirectMap lines"] if want.direct_map else []
    walked = {size: 0 for size in facts.sizes} | facts.linear_map
    return [] if facts.direct_map == walked else [
        f"meminfo: DirectMap {facts.direct_map}, in the tables {walked}"]


def selftest(facts, want):
    missing = [phase for phase in want.phases if phase not in facts.phases]
    found = [f"selftest: no phase {', '.join(missing)}"] if missing else []
    if not facts.totals:
        return found + ["selftest: no totals"]
    boot = [facts.checks[phase] for phase in want.phases if phase in facts.checks]
    counted = tuple(map(sum, zip(*boot))) or (0, 0, 0)
    if counted != facts.totals:
        found.append(f"selftest: totals {facts.totals}, counted {counted}")
    found += [f"selftest: {failure}" for failure in facts.failures]
    for phase in want.must_run:
        passed, failed, skipped = facts.checks.get(phase, (0, 0, 0))
        if skipped or not passed + failed:
            found.append(f"selftest: {phase} did not run")
    return found


def kselftest(facts):
    """The runner's plan, its results and its exit status must agree."""
    lines = facts.sections.get("kselftest", [])
    plan = [int(line[3:]) for line in lines if re.fullmatch(r"1\.\.\d+", line)]
    results = [line for line in lines if re.match(r"(not )?ok \d+ ", line)]
    failed = [line for line in results if line.startswith("not ok")]
    skipped = [line for line in results if "# SKIP" in line]
    status = [line for line in lines if line.startswith("guest: kselftest exit=")]
    if len(plan) != 1 or len(status) != 1:
        return ["kselftest: did not run to its end"]
    found = [f"kselftest: {line}" for line in failed + skipped]
    if plan[0] != len(results) or not results:
        found.append(f"kselftest: {len(results)} results, plan {plan[0]}")
    if not status[0].endswith("exit=0") and not failed:
        found.append(status[0].removeprefix("guest: "))
    return found


def messages(facts, patterns):
    """Regular expressions that have to be found in this order."""
    rest = iter(facts.messages)
    return [f"not in the log, or not in order: {pattern}"
            for pattern in patterns
            if not any(re.search(pattern, message) for message in rest)]

# SPDX-License-Identifier: GPL-2.0-only
"""Read a guest's console log: facts only, no opinion (judge.py has those)."""

import re
from dataclasses import dataclass, field

# The leaves that there are with pages of so many bytes, from pages to the largest.
LEAF_SIZES = {
    "4096": ("4K", "64K", "2M", "32M", "1G"),
    "16384": ("16K", "2M", "32M", "1G"),
    "65536": ("64K", "2M", "512M", "16G"),
}
# What ptdump prints for a leaf (arch/arm64/mm/ptdump.c:note_page()): level and
# the contiguous bit give its place in that list. A hole has no attributes; a leaf
# that is invalid for now has some, and counts.
LEAF_OF = {
    ("PTE", False): 0, ("PTE", True): 1,
    ("PMD", False): 2, ("PMD", True): 3,
    ("PUD", False): 4,
    ("PGD", False): 4,      # what PUDs are called with 3 levels of tables
}
PTDUMP_LINE = re.compile(
    r"0x[0-9a-f]{16}-0x[0-9a-f]{16} +(\d+)([KMGTPE]) (P[A-Z0-9]{2})(.*)")
KIB = {unit: 1024 ** power for power, unit in enumerate("KMGTPE")}

DIRECT_MAP = re.compile(r"DirectMap(\w+): +(\d+) kB")

TIMESTAMP = re.compile(r"\[ *\d+\.\d{6}\]")
SECTION = re.compile(r"guest: (begin|end) (\w+)")
END_LINE = re.compile(r"monitor: end (result=\S+(?: \w+=\S+)*)")
CPU_LINES = (
    re.compile(r"Booting Linux on physical CPU (0x[0-9a-f]+) \[(0x[0-9a-f]+)\]"),
    re.compile(r"Booted secondary processor (0x[0-9a-f]+) \[(0x[0-9a-f]+)\]"),
)
PHASE = re.compile(r"linear_map_selftest: phase=(\w+) (.*)")
TOTALS = re.compile(r"linear_map_selftest: totals: pass:(\d+) fail:(\d+) skip:(\d+)")
SUBTEST = re.compile(r"linear_map_selftest:  +# Subtest: (\w+)")
CHECK = re.compile(r"linear_map_selftest:  +(ok|not ok) \d+ (\w+)(.*# SKIP)?")
STRATEGY = re.compile(r"[Ll]inear map: (.*)")
# What the monitor prints at its end, and so in a section that was cut short.
MONITOR = re.compile(r"(?:monitor: end|watch:) ")
FINDING = re.compile(r"watch: finding \d+ rule=(\S+) count=(\d+)")
FINDING_LINE = re.compile(r"watch:   (\S.*)")
WATCH_SUMMARY = re.compile(r"watch: (\w+=\S+(?: \w+=\S+)*)")

# What no healthy boot prints. Matched against what the kernel and the monitor
# say, not against what a test program in the guest prints.
ALARM = re.compile(
    r"WARNING: |\bBUG\b|\bOops\b|Internal error|Kernel panic|Call trace:"
    r"|Unable to handle kernel|INFO: (?:possible|task|rcu|trying)|rcu: INFO|UBSAN: "
    r"|suspicious RCU usage|soft lockup|hard LOCKUP|inconsistent lock state"
    r"|[Uu]nexpected|leaked|nobody cared|scheduling while atomic|corruption"
    r"|Realm found only after|monitor: violation|monitor: error|guest: error")


@dataclass
class Finding:
    """Something that the monitor's page-table watch has found."""
    rule: str
    count: int
    lines: list = field(default_factory=list)

    @property
    def trace(self):
        """Who did it, and its callers."""
        return [line.split(None, 1)[1] for line in self.lines
                if re.match(r"(pc|lr) ", line)]

    @property
    def where(self):
        return self.trace[0] if self.trace else "an unknown place"

    @property
    def times(self):
        return "once" if self.count == 1 else f"{self.count} times"

    @property
    def key(self):
        """What is alike in two boots, wherever KASLR has put the modules."""
        level = re.search(r"\blevel=-?\d", " ".join(self.lines))
        return self.rule, level and level[0], *(
            "module" if place.startswith("0x") else place for place in self.trace)


@dataclass
class Facts:
    kernel: str = ""
    realm: str = ""                 # RSI version, empty outside a realm
    midrs: list = field(default_factory=list)
    bbml3: bool = False             # the system capability, as detected
    swiotlb: str = "absent"         # present, lost or absent
    its: str = "absent"
    dma_pool: str = "absent"
    strategy: str = ""
    phases: dict = field(default_factory=dict)  # name -> words of its line
    checks: dict = field(default_factory=dict)  # phase -> [pass, fail, skip]
    totals: tuple = ()              # the boot-phase selftest: pass, fail, skip
    failures: list = field(default_factory=list)
    alarms: list = field(default_factory=list)
    userspace: bool = False
    done: bool = False
    sizes: tuple = ()               # of leaves, by the page size
    linear_map: dict = field(default_factory=dict)  # leaf size -> KiB
    direct_map: dict = field(default_factory=dict)  # the same, as the kernel counts
    sections: dict = field(default_factory=dict)
    findings: list = field(default_factory=list)
    watch: dict = field(default_factory=dict)   # words of the watch's summary
    remarks: list = field(default_factory=list)     # what else it says
    end: dict = field(default_factory=dict)
    ends: int = 0
    messages: list = field(default_factory=list)    # kernel and monitor lines


def parse(text):
    facts = Facts()
    section = None
    for line in lines_of(text):
        if not line.strip():
            continue
        mark = SECTION.match(line)
        if mark:
            section = mark[2] if mark[1] == "begin" else None
            if section:
                facts.sections[section] = []
        elif MONITOR.match(line):
            read_monitor(facts, line.strip())
        elif section and not TIMESTAMP.match(line):
            facts.sections[section].append(line)
        else:
            read_line(facts, line)
    facts.sizes = LEAF_SIZES.get(" ".join(facts.sections.get("page_size", [])), ())
    if facts.sizes:
        facts.linear_map = leaves(facts.sections.get("linear_map", []), facts.sizes)
    for line in facts.sections.get("meminfo", []):
        counted = DIRECT_MAP.fullmatch(line)
        if counted:
            facts.direct_map[counted[1].upper()] = int(counted[2])
    return facts


def lines_of(text):
    """The lines of a log. What the kernel prints into a line of somebody else is one of
    its own."""
    for line in text.replace("\r", "").splitlines():
        yield from re.split(rf"(?<=.)(?={TIMESTAMP.pattern} )", line)


def read_monitor(facts, line):
    facts.messages.append(line)
    end = END_LINE.fullmatch(line)
    finding = FINDING.fullmatch(line)
    more = FINDING_LINE.fullmatch(line)
    summary = WATCH_SUMMARY.fullmatch(line)
    if end:
        facts.ends += 1
        facts.end = words(end[1])
    elif finding:
        facts.findings.append(Finding(finding[1], int(finding[2])))
    elif more and facts.findings:
        facts.findings[-1].lines.append(more[1].strip())
    elif summary:
        facts.watch |= words(summary[1])
    elif line.startswith("watch: "):
        facts.remarks.append(line)
    else:
        facts.alarms.append(line)


def words(text):
    """The words name=value of a line."""
    return dict(word.partition("=")[::2] for word in text.split())


def read_line(facts, line):
    message = TIMESTAMP.sub("", line, count=1).strip()
    facts.messages.append(message)
    if ALARM.search(message):
        facts.alarms.append(message)
    # What a test in the guest takes offline and back does not count again.
    for pattern in () if facts.userspace else CPU_LINES:
        found = pattern.search(message)
        if found:
            facts.midrs.append(int(found[2], 16))
    if message == "guest: userspace":
        facts.userspace = True
    elif message == "guest: done":
        facts.done = True
    elif message.startswith("Linux version "):
        facts.kernel = message.split()[2]
    elif message.startswith("RME: Using RSI version "):
        facts.realm = message.removeprefix("RME: Using RSI version ")
    elif message == "CPU features: detected: BBM Level 3":
        facts.bbml3 = True
    elif message.startswith("software IO TLB: mapped "):
        facts.swiotlb = "present"
    elif "Failed to decrypt default memory pool" in message:
        facts.swiotlb = "lost"
    elif re.match(r"ITS@0x[0-9a-f]+: allocated ", message):
        facts.its = "present"
    elif message.startswith("ITS: No ITS available"):
        facts.its = "lost"
    elif message.startswith("DMA: preallocated "):
        facts.dma_pool = "present"
    elif re.match(r"DMA: failed to allocate .* pool", message):
        facts.dma_pool = "lost"
    else:
        strategy = STRATEGY.match(message)
        if strategy:
            facts.strategy = strategy[1]
    read_selftest(facts, message)


def read_selftest(facts, message):
    subtest = SUBTEST.search(message)
    if subtest:
        facts.checks[subtest[1]] = [0, 0, 0]
    check = CHECK.search(message)
    if check and facts.checks:
        phase = list(facts.checks)[-1]
        result = 1 if check[1] == "not ok" else 2 if check[3] else 0
        facts.checks[phase][result] += 1
        if result == 1:
            facts.failures.append(f"{phase}: {check[2]}")
    phase = PHASE.search(message)
    if phase:
        facts.phases[phase[1]] = words(phase[2])
    totals = TOTALS.search(message)
    if totals:
        facts.totals = tuple(int(number) for number in totals.groups())


def leaves(lines, sizes):
    """Sum the leaves of ptdump's linear mapping section by size, in KiB."""
    sums = {}
    for line in lines:
        found = PTDUMP_LINE.match(line)
        if not found or not found[4].strip():
            continue
        size = sizes[LEAF_OF[found[3], "CON" in found[4].split()]]
        sums[size] = sums.get(size, 0) + int(found[1]) * KIB[found[2]]
    return sums

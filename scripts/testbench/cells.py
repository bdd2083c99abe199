# SPDX-License-Identifier: GPL-2.0-only
"""The table of cells: what is booted, and what its log must say beyond the
rules of judge.py. One row is one machine."""

from dataclasses import dataclass, replace
from itertools import combinations, product

from testbench import options

WORLDS = ("realm", "plain")

# Who tolerates live splits.
WHO = {
    "all": ("v3", "v3", "v3", "v3"),
    "none": ("a57", "a57", "a57", "a57"),
    "but-cpu3": ("v3", "v3", "v3", "a57"),
    "only-cpu0": ("v3", "a57", "a57", "a57"),
    "but-cpu0": ("a57", "v3", "v3", "v3"),
    "but-cpu1": ("v3", "a57", "v3", "v3"),
    "only-cpu1": ("a57", "v3", "a57", "a57"),
}

# An early console prints before the normal one takes over.
EARLYCON = (r"^Booting Linux", r"bootconsole \[pl11\] enabled",
            r"console \[ttyAMA0\] enabled")
# numa=fake=2
NODES = (r"^Faking node 1 at ",)
ACPI = (r"psci: probing for conduit method from ACPI", r"^ACPI: Interpreter enabled")


def kpti(value):
    """What the kernel says of kpti=on or off."""
    return rf"kernel page table isolation forced {value.upper()} by kpti command line option"


@dataclass(frozen=True)
class Cell:
    name: str
    machine: options.Machine        # image still open: which base, is the caller's
    messages: tuple = ()
    stock_loses: tuple = ()         # what the unpatched kernel loses
    shape: str = None               # of the linear map, if not what the machine makes it


def cell(name, world, cpus, rodata, messages=(), shape=None, **fields):
    machine = options.Machine(image="", realm=world == "realm", cpus=cpus,
                              rodata=rodata, **fields)
    return Cell(name, machine, messages, shape=shape)


def base_cells():
    """The 18 cells that stock kernels are compared on."""
    for world, who, rodata in product(WORLDS, ("all", "none", "but-cpu3"),
                                      options.RODATA):
        row = cell(f"{world}-{who}-{rodata}", world, WHO[who], rodata)
        # There the map is not made for splits, and set_memory_decrypted()
        # fails for all three.
        if world == "realm" and rodata != "on":
            row = replace(row, stock_loses=("swiotlb lost", "ITS lost",
                                            "DMA pools lost"))
        yield row


def gate_cells():
    """Who tolerates splits, and all that may matter to a CPU that comes up: each
    pair of values once."""
    for world, who, count, rodata, seed in pairwise(
            WORLDS, ("all", "only-cpu0", "only-cpu1", "but-cpu0", "but-cpu1", "but-last"),
            (2, 4, 8), options.RODATA, ("1", "2", "3")):
        row = {"but-last": ("v3",) * (count - 1) + ("a57",)}.get(
            who, WHO.get(who, ())[:2] + WHO.get(who, ())[2:3] * (count - 2))
        yield cell(f"{world}-{who}-of-{count}-{rodata}-seed-{seed}", world, row, rodata,
                   seed=seed)


def pairwise(*dimensions):
    """Rows of values, so that any two values of two dimensions are in one of them:
    each row is one of those that add most. It is always the same rows."""
    rows = {row: set(combinations(enumerate(row), 2)) for row in product(*dimensions)}
    missing = set().union(*rows.values())
    while missing:
        best = max(rows, key=lambda row: len(rows[row] & missing))
        missing -= rows[best]
        yield best


# Configurations: each pair of parts once (names of files of configs/). Of the formats
# only one can be there (39 bits of addresses need pages of 4K: arch/arm64/Kconfig); of
# the rest any may be or not.
FORMATS = ("", "va39", "va52", "pages-16k", "pages-16k+va48", "pages-16k+va52",
           "pages-64k", "pages-64k+va52")
PARTS = ("kasan", "lockdep", "rt", "pagealloc", "kfence", "no-cca", "no-modules",
         "hibernation", "kexec", "hotplug", "numa")


def matrix():
    """The configurations that make check-all builds, as scripts/build wants them."""
    for row in pairwise(FORMATS, *(("", part) for part in PARTS)):
        yield "+".join(filter(None, row)) or "small"


def memory_of(config):
    """RAM that is enough for blocks of 1G with pages of 4K, 32M with 16K, 512M with
    64K."""
    return "1G" if "pages-16k" in config else "3G"


def count_cells():
    for world, count in product(WORLDS, (1, 2, 8)):
        yield cell(f"{world}-{count}-cpus", world, ("v3",) * count, "noalias")
    # Tolerance by the ID register, not by the list of MIDRs.
    for world in WORLDS:
        yield cell(f"{world}-bbm-by-id-register", world,
                   ("a57:bbm=3",) * 4, "noalias")


def host_cells():
    """What a host may do to a realm: scrub pages whose RIPAS changes, and
    change less than it was asked to."""
    for name, append in (("scrub", "monitor.scrub=1"), ("partial", "monitor.partial=7")):
        yield cell(f"realm-host-{name}", "realm", WHO["all"], "noalias", append=append)


def earlycon_cells():
    for world, name, address in (("realm", "plain", "0x9000000"),
                                 ("realm", "shared", "0x8009000000"),
                                 ("plain", "plain", "0x9000000")):
        yield cell(f"{world}-earlycon-{name}-address", world, WHO["all"], "on",
                   EARLYCON, append=f"earlycon=pl011,mmio32,{address}")


def firmware_cells():
    """UEFI without the monitor: nothing answers RSI, by either conduit."""
    for conduit, (kernel, board) in product(("hvc", "smc"),
                                            (("force", "on"), ("off", "off"))):
        found = r"^ACPI: Interpreter enabled" if board == "on" else \
            r"^ACPI: Interpreter disabled"
        yield cell(f"uefi-{conduit}-acpi-{kernel}", "plain", WHO["all"], "on",
                   (r"^efi: EFI v", rf"psci: probing for conduit method from "
                    rf"{'ACPI' if board == 'on' else 'DT'}", found),
                   firmware=f"uefi-{conduit}", acpi=board, append=f"acpi={kernel}",
                   timeout=180)
    # Entered at EL2, the kernel uses VHE above; here it stays at EL1.
    yield cell("uefi-smc-nvhe", "plain", WHO["all"], "on",
               (r"^CPU features: SYS_ID_AA64MMFR1_EL1\[11:8\]: forced to 0",
                r"^CPU: All CPU\(s\) started at EL2"),
               firmware="uefi-smc", acpi="off", append="acpi=off kvm-arm.mode=nvhe",
               timeout=180)


def acpi_cells():
    """The monitor hands on QEMU's ACPI tables instead of a device tree."""
    for world, who in (("realm", "all"), ("realm", "none"), ("realm", "but-cpu3"),
                       ("plain", "all")):
        yield cell(f"{world}-{who}-acpi", world, WHO[who], "noalias",
                   ACPI, append="monitor.acpi=1")


def memory_cells(sizes):
    for world, who, mem in product(WORLDS, ("all", "but-cpu3"), sizes):
        yield cell(f"{world}-{who}-{mem}", world, WHO[who], "noalias", mem=mem)


def strategy_cells():
    """linear_map=: pages that are merged after the boot, where all CPUs tolerate
    it; and pages for good."""
    for world, who, rodata in (("realm", "all", "noalias"), ("realm", "but-cpu3", "on"),
                               ("plain", "all", "on"), ("plain", "but-cpu3", "noalias"),
                               ("plain", "none", "off")):
        merged = (r"^linear map: pages merged: \d+ PMD ",) if who == "all" else ()
        yield cell(f"{world}-{who}-{rodata}-pte-first", world, WHO[who], rodata, merged,
                   strategy="pte-first")
    yield cell("plain-all-on-wrong-strategy", "plain", WHO["all"], "on",
               (r"^linear map: linear_map=pages is none of auto, block, pte-first",),
               append="linear_map=pages")
    for world in WORLDS:
        yield cell(f"{world}-all-noalias-pte", world, WHO["all"], "noalias",
                   strategy="pte")


def kselftest_cells():
    """kselftests in the guest. secretmem must work in a realm whatever rodata=
    says: sharing pages with the host needs the same from the linear map."""
    for world, who, rodata in (("realm", "all", "off"), ("realm", "none", "noalias"),
                               ("plain", "all", "on")):
        yield cell(f"{world}-{who}-{rodata}-kselftest", world, WHO[who], rodata,
                   run="kselftest", timeout=300)


def config_cells(mem):
    """For kernels of other configs: both ways to make the map and to change it,
    where all CPUs tolerate splits, where one does not, and where none does."""
    for world, who, rodata, strategy in (
            ("realm", "all", "noalias", "block"), ("realm", "all", "noalias", "pte-first"),
            ("realm", "but-cpu3", "noalias", "block"), ("realm", "none", "on", "pte-first"),
            ("plain", "all", "on", "block"), ("plain", "all", "on", "pte-first"),
            ("plain", "all", "noalias", "pte"), ("plain", "but-cpu3", "on", "pte-first"),
            ("plain", "but-cpu0", "on", "block"), ("plain", "none", "off", "block")):
        yield cell(f"{world}-{who}-{rodata}-{strategy}", world, WHO[who], rodata,
                   strategy=strategy, mem=mem, timeout=300)


def matrix_cells(config, mem):
    """For a kernel with one row of the matrix: blocks and pages, with all that its
    options and the command line can do to the map."""
    parts = config.split("+")
    slow = {"timeout": 900, "mem": mem}
    numa, nodes = ("numa=fake=2 ", NODES) if "numa" in parts else ("", ())
    rows = [
        cell("realm-all-noalias", "realm", WHO["all"], "noalias", nodes, append=numa,
             **slow),
        cell("realm-but-cpu3-noalias", "realm", WHO["but-cpu3"], "noalias", **slow),
        cell("plain-all-on-pte-first-maxcpus", "plain", WHO["all"], "on", nodes,
             strategy="pte-first", append=f"{numa}maxcpus=1", **slow),
        cell("plain-but-cpu0-on-kpti-off", "plain", WHO["but-cpu0"], "on",
             (*nodes, kpti("off")), append=f"{numa}kpti=off", **slow)]
    # Upstream's __kpti_install_ng_mappings() allocates memory while all CPUs are
    # stopped, which PREEMPT_RT cannot. Without the watch: see kpti in tests/watch/run.
    word, said = ("", ()) if "rt" in parts else ("kpti=on", (kpti("on"),))
    rows.append(cell("plain-all-off-nr_cpus", "plain", WHO["all"], "off", (*nodes, *said),
                     watch=not word, append=f"{numa}nr_cpus=1 {word}".strip(), **slow))
    if word:
        rows.append(cell("plain-all-on-kpti-on", "plain", WHO["all"], "on", said,
                         watch=False, append=word, **slow))
    if "kfence" in parts:
        rows.append(cell("plain-all-on-kfence-late", "plain", WHO["all"], "on",
                         (r"^kfence: initialized",),
                         append="kfence.sample_interval=0 guest.kfence=100", **slow))
    if "pagealloc" in parts:
        rows.append(cell("plain-all-off-pagealloc", "plain", WHO["all"], "off",
                         shape="pages", append=f"{numa}debug_pagealloc=on", **slow))
    return [row for row in rows if not (row.machine.realm and "no-cca" in parts)]


def debug_cells():
    """For the kernel with KASAN and lockdep: a boot of it takes ten times as long."""
    detectors = (r"^KernelAddressSanitizer initialized", r"^kfence: initialized",
                 r"^Lock dependency validator: ")
    return [replace(row, messages=detectors)
            for row in config_cells("512M") if row.name in (
        "realm-all-noalias-block", "realm-all-noalias-pte-first",
        "realm-but-cpu3-noalias-block", "plain-all-on-pte-first",
        "plain-but-cpu0-on-block", "plain-none-off-block")]


def check_cells():
    yield from base_cells()
    yield from gate_cells()
    yield from count_cells()
    yield from host_cells()
    yield from earlycon_cells()
    yield from memory_cells(("2G",))
    yield from strategy_cells()
    yield from acpi_cells()
    yield from firmware_cells()


def sample(*names):
    return [row for row in check_cells() if row.name in names]


def watch_off_cells():
    """The watch itself must not be what makes a kernel pass."""
    return sample("realm-all-noalias", "realm-but-cpu3-on", "plain-none-on",
                  "plain-all-noalias")


def newer_qemu_cells():
    return sample("realm-all-noalias", "realm-none-on", "realm-but-cpu3-noalias",
                  "realm-all-acpi", "plain-all-on", "plain-but-cpu3-on")


def product_cells():
    """What check-all adds: every combination."""
    for world, who, rodata, mem, seed in product(
            WORLDS, WHO, options.RODATA, ("512M", "3G", "16G"), ("1", "2")):
        yield cell(f"{world}-{who}-{rodata}-{mem}-seed-{seed}", world, WHO[who],
                   rodata, mem=mem, seed=seed)

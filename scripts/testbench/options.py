# SPDX-License-Identifier: GPL-2.0-only
"""The variables that a user sets for a boot, checked before anything starts."""

import os
import re
import struct
import subprocess
from dataclasses import dataclass

from testbench import paths, symbols
from testbench.command import BadOption

MAX_CPUS = 8
MIDR = {"v3": 0x410fd842, "a57": 0x411fd070}
CPU_NAME = re.compile(r"(v3|a57|0x[0-9a-f]{1,8})(:bbm=[0-3])?")
RODATA = ("on", "noalias", "off")
STRATEGIES = ("auto", "block", "pte-first", "pte")
MEM = re.compile(r"([1-9][0-9]*)([MG])")
MIB_MIN, MIB_MAX = 256, 64 * 1024


@dataclass(frozen=True)
class Machine:
    """One machine with what it boots."""
    image: str
    realm: bool = True
    cpus: tuple = ("v3",) * 4
    rodata: str = "on"
    strategy: str = "auto"          # linear_map=
    mem: str = "512M"
    append: str = ""
    seed: str = ""
    qemu: str = "qemu-system-aarch64"
    run: str = "report"             # what guest/init does
    firmware: str = "monitor"       # monitor, uefi-hvc, uefi-smc
    acpi: str = ""                  # on or off, UEFI only
    watch: bool = True              # the monitor watches the page tables
    icount: bool = False            # count instructions: exact, with a seed
    symbols: str = ""               # System.map or vmlinux; empty: what is beside
    initramfs: str = paths.INITRAMFS
    timeout: int = 120


def from_environment(env, **fixed):
    """The machine of the variables in env; fixed fields are the caller's."""
    values = check(env)
    if not values["image"]:
        values["image"] = paths.image(values["base"], values["config"])
    del values["base"], values["config"]
    return Machine(**{**values, **fixed})


def check(env):
    """The values of the variables in env; nothing needs to be built yet."""
    verbose(env)
    llvm(env)
    values = {
        "base": choice(env, "BASE", ("patched", "stock"), "patched"),
        "config": config(env),
        "realm": flag(env, "REALM", True),
        "cpus": cpus(env.get("CPUS", "") or "v3,v3,v3,v3"),
        # Not the kernel's default, but the one that needs the early decision.
        "rodata": choice(env, "RODATA", RODATA, "noalias"),
        "strategy": choice(env, "STRATEGY", STRATEGIES, "auto"),
        "mem": mem(env.get("MEM", "") or "512M"),
        "append": append(env.get("APPEND", "")),
        "seed": number(env, "SEED", 2 ** 32 - 1),
        "qemu": qemu(env["QEMU"]) if env.get("QEMU") else "qemu-system-aarch64",
        "timeout": int(number(env, "TIMEOUT", 86400, least=1) or 120),
        "watch": flag(env, "WATCH", True),
        "image": env.get("IMAGE", ""),
        "symbols": env.get("VMLINUX", "") or env.get("SYSTEM_MAP", ""),
    }
    if values["image"]:
        check_image(values["image"])
    given = [name for name in ("VMLINUX", "SYSTEM_MAP") if env.get(name)]
    if len(given) == 2:
        raise BadOption(f"SYSTEM_MAP={env['SYSTEM_MAP']}: not beside VMLINUX")
    for name in given:
        symbols.check(name, env[name], values["image"])
    return values


def check_many(env):
    """The values for a command that boots machines of its own choice."""
    unset(env, ("REALM", "CPUS", "RODATA", "STRATEGY", "MEM", "APPEND", "SEED",
                "TIMEOUT", "CONFIG"),
          "this command chooses its machines, make boot takes it")
    return check(env)


def unset(env, names, why):
    """Refuse variables that mean nothing to a command."""
    for name in names:
        if env.get(name):
            raise BadOption(f"{name}={env[name]}: not set; {why}")


def choice(env, name, accepted, default):
    value = env.get(name, "") or default
    if value not in accepted:
        raise BadOption(f"{name}={value}: {', '.join(accepted)}")
    return value


def config(env):
    """CONFIG, which names files of configs/, as scripts/build wants it."""
    value = env.get("CONFIG", "") or "small"
    names = sorted(name.removesuffix(".config")
                   for name in os.listdir(os.path.join(paths.TOP, "configs"))
                   if name.endswith(".config") and name != "small.config")
    parts = value.split("+")
    twice = any(sum(part.startswith(size) for part in parts) > 1 for size in ("pages-", "va"))
    if value != "small" and (twice or not all(part in names for part in parts)):
        raise BadOption(f"CONFIG={value}: small, or one or several of "
                        f"{' '.join(names)} with + between them, and one size of each kind")
    if env.get("CONFIG") and env.get("IMAGE"):
        raise BadOption(f"CONFIG={value}: not beside IMAGE")
    return value


def flag(env, name, default):
    return choice(env, name, ("0", "1"), "1" if default else "0") == "1"


def llvm(env):
    """Refuse an LLVM that scripts/setup and scripts/build refuse."""
    if not re.fullmatch(r"1?|-[1-9][0-9]?", env.get("LLVM", "")):
        raise BadOption(f"LLVM={env['LLVM']}: empty, 1, or a version suffix such as -19")


def number(env, name, most, least=0):
    value = env.get(name, "")
    if value and not (value.isascii() and value.isdigit() and
                      least <= int(value) <= most):
        raise BadOption(f"{name}={value}: a number from {least} to {most}")
    return value


def part(env, other=""):
    """SLICE as (k, n), or None for everything. What other also names is accepted."""
    text = env.get("SLICE", "")
    found = re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", text)
    if text and (not found or int(found[1]) > int(found[2])):
        raise BadOption(f"SLICE={text}: k/n with 1 <= k <= n < 1000{other}")
    return found and (int(found[1]), int(found[2]))


def jobs(env):
    """How many checks run side by side."""
    return int(number(env, "JOBS", 64, least=1) or len(os.sched_getaffinity(0)))


def cpus(value):
    names = tuple(value.split(","))
    if len(names) > MAX_CPUS or not all(map(CPU_NAME.fullmatch, names)):
        raise BadOption(f"CPUS={value}: 1 to {MAX_CPUS} of v3, a57 or a MIDR "
                        "(0x410fd842), each with :bbm=0 to :bbm=3 if wanted, comma between")
    return names


def mib(value):
    """Of a size such as 512M or 2G; 0 if it is none."""
    found = MEM.fullmatch(value)
    return int(found[1]) * (1024 if found[2] == "G" else 1) if found else 0


def mem(value):
    if not MIB_MIN <= mib(value) <= MIB_MAX:
        raise BadOption(f"MEM={value}: {MIB_MIN}M to {MIB_MAX // 1024}G, "
                        "with M or G")
    return value


def append(value):
    if "\n" in value:
        raise BadOption("APPEND: kernel arguments on one line")
    return value


def qemu(value):
    try:
        models = subprocess.run([value, "-cpu", "help"], capture_output=True,
                                text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        models = ""
    if "cortex-a57" not in models:
        raise BadOption(f"QEMU={value}: a qemu-system-aarch64 that can be run")
    return value


def check_image(path):
    try:
        with open(path, "rb") as image:
            magic = image.read(64)[56:60]
    except OSError as error:
        raise BadOption(f"IMAGE={path}: a readable arm64 Image "
                        f"({error.strerror})") from error
    # Documentation/arch/arm64/booting.rst, "Call the kernel image"
    if magic != b"ARM\x64":
        raise BadOption(f"IMAGE={path}: an arm64 Image, not compressed")


def image_size(path):
    """Bytes that the kernel takes in memory, from the header of its Image."""
    with open(path, "rb") as image:
        return struct.unpack_from("<Q", image.read(64), 16)[0]


def come_up(machine):
    """The CPUs that the kernel brings up: all, or as many as maxcpus= or nr_cpus= let
    it (Documentation/admin-guide/kernel-parameters.txt)."""
    # The last one counts; nr_cpus=0 is ignored.
    limits = dict(re.findall(r"(?<!\S)(maxcpus|nr_cpus(?!=0+\b))=(\d+)(?!\S)",
                             machine.append))
    return machine.cpus[:max(1, min(map(int, limits.values())))] if limits else machine.cpus


def tolerates(cpu):
    """Does the CPU of this name tolerate splits? None where only the kernel's
    list (arch/arm64/kernel/cpufeature.c:cpu_supports_bbml3()) knows."""
    name, _, bbm = cpu.partition(":bbm=")
    if bbm and int(bbm) >= 3:
        return True
    return {"v3": True, "a57": False}.get(name)


def midr(cpu):
    name = cpu.partition(":")[0]
    return MIDR.get(name) or int(name, 16)


def verbose(env=os.environ):
    return flag(env, "V", False)

# SPDX-License-Identifier: GPL-2.0-only
"""Name the functions of a kernel: image+0x<offset> becomes function+0x1c/0x80.

The offset is from where the Image was loaded, which is its symbol _text, so
that neither KASLR nor the load address matters. The symbols are those of the
System.map beside the Image in its build directory, or of a System.map or
vmlinux that is given.
"""

import functools
import os
import re
import shutil
import subprocess
from bisect import bisect_right

from testbench.command import BadOption, Failure

NM = "aarch64-linux-gnu-nm"
# A line of System.map and of nm. Names with $x, and .L, are the assembler's own.
SYMBOL = re.compile(r"(?m)^([0-9a-f]{16}) (\w) (?!\.L)([^\s$]+)$")
TEXT = "TtWw"
PLACE = re.compile(r"\b(lr +)?image\+0x([0-9a-f]+)")
NOTES = (b"GNU\0", b"Linu", b"Xen\0")


class Symbols:
    """The functions of one build of a kernel, by their offset from _text."""

    def __init__(self, path, text):
        self.path = path
        rows = [(int(address, 16), kind, name)
                for address, kind, name in SYMBOL.findall(text)]
        # Only those are looked up by name that there is one of.
        self.base, self.notes, self.end = (
            next((address for address, _, name in rows if name == wanted), 0)
            for wanted in ("_text", "__start_notes", "_end"))
        if not self.base:
            raise ValueError("no symbol _text")
        self.starts = sorted({address for address, _, _ in rows})
        self.functions = {}
        for address, kind, name in rows:
            known = self.functions.get(address, name)
            if kind in TEXT and rank(name) <= rank(known):
                self.functions[address] = name

    def fits(self, image):
        """Is the Image of this build? Its size in memory and the place of its
        notes move with almost everything else in it."""
        with open(image, "rb") as file:
            size = int.from_bytes(file.read(24)[16:], "little")
            file.seek(max(self.notes - self.base, 0) + 12)
            return self.end - self.base == size and file.read(4) in NOTES

    def name(self, offset, caller=False):
        """The function at offset, or None. A caller's address is behind its
        call, which may be the last instruction of the function."""
        address = self.base + offset
        number = bisect_right(self.starts, address - caller)
        if not 0 < number < len(self.starts):
            return None
        start, end = self.starts[number - 1:number + 1]
        function = self.functions.get(start)
        return function and f"{function}+{address - start:#x}/{end - start:#x}"

    def resolve(self, text):
        return PLACE.sub(
            lambda found: (found[1] or "") + (
                self.name(int(found[2], 16), caller=bool(found[1]))
                or f"image+0x{found[2]}"), text)


def rank(name):
    """Of several names of one function, the plainest is shown."""
    return len(name) - len(name.lstrip("_")), len(name), name


@functools.cache
def load(path):
    """The symbols of a System.map or a vmlinux."""
    with open(path, "rb") as file:
        elf = file.read(4) == b"\x7fELF"
    if elf:
        if not shutil.which(NM):
            raise Failure(f"{NM} is missing: type make setup")
        text = subprocess.run([NM, path], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True).stdout
    else:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    return Symbols(path, text)


@functools.cache
def of(image, given=""):
    """The symbols of an Image, or None: those that were given, or what the
    kernel's build has left beside it."""
    if given:
        return load(given)
    directory = os.path.dirname(os.path.abspath(image))
    path = os.path.join(directory, "../../../System.map")
    if not directory.endswith("/arch/arm64/boot") or not os.path.isfile(path):
        return None
    symbols = load(os.path.normpath(path))
    return symbols if symbols.fits(image) else None


def resolve(findings, machine):
    """Name the functions in what the watch has found in this machine."""
    symbols = of(machine.image, machine.symbols) if findings else None
    for finding in findings if symbols else ():
        finding.lines = [symbols.resolve(line) for line in finding.lines]


def check(name, path, image):
    """VMLINUX or SYSTEM_MAP: a file of that kind, of the build of image."""
    kind = {"VMLINUX": "the vmlinux (ELF)", "SYSTEM_MAP": "the System.map"}[name]
    if not image:
        raise BadOption(f"{name}={path}: {kind} of IMAGE=file, which is not given")
    try:
        with open(path, "rb") as file:
            elf = file.read(4) == b"\x7fELF"
        if elf != (name == "VMLINUX"):
            raise ValueError
        # nm may not be installed yet; this is called again when it is.
        if elf and not shutil.which(NM):
            return
        symbols = load(path)
    except OSError as error:
        raise BadOption(f"{name}={path}: {kind} of IMAGE ({error.strerror})") from error
    except ValueError as error:
        raise BadOption(f"{name}={path}: {kind} of IMAGE") from error
    if not symbols.fits(image):
        raise BadOption(f"{name}={path}: {kind} of the build of {image}")

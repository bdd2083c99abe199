# SPDX-License-Identifier: GPL-2.0-only
"""Run a machine under QEMU and keep its console log."""

import os
import shlex
import subprocess
import time
from dataclasses import dataclass

from testbench import options, paths

FIRMWARE = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


@dataclass
class Outcome:
    text: str
    seconds: float
    timed_out: bool
    path: str


def command(machine):
    """The QEMU command of a machine, as a list of words."""
    words = [machine.qemu]
    board = "virt,gic-version=3,memory-backend=ram"
    arguments = kernel_arguments(machine)
    if machine.firmware == "monitor":
        board += ",virtualization=on"
        # A comma separates QEMU's options; in a value it is doubled.
        image = machine.image.replace(",", ",,")
        watch = "monitor.watch=1 " * machine.watch
        arguments = (f"monitor.realm={int(machine.realm)} {watch}"
                     f"monitor.cpus={','.join(machine.cpus)} {arguments}")
        words += ["-cpu", "max", "-kernel", paths.monitor(), "-device",
                  f"loader,file={image},addr={paths.linux_address()},"
                  "force-raw=on"]
    else:
        # QEMU's PSCI is called by SMC where it emulates EL2, else by HVC.
        on = "on" if machine.firmware == "uefi-smc" else "off"
        board += f",virtualization={on},acpi={machine.acpi}"
        words += ["-cpu", f"max,midr={options.midr(machine.cpus[0]):#x}",
                  "-bios", FIRMWARE, "-kernel", machine.image]
    words += [
        "-machine", board, "-accel",
        f"tcg,thread={'single' if machine.icount else 'multi'}",
        # Without reserve=off a guest larger than the host's free memory
        # does not start, although it never touches most of it.
        "-object", f"memory-backend-ram,id=ram,size={machine.mem},reserve=off",
        "-m", machine.mem, "-smp", str(len(machine.cpus)),
        "-initrd", machine.initramfs, "-append", arguments,
        "-nic", "none", "-no-reboot"]
    if machine.icount:
        words += ["-icount", "shift=0,sleep=off"]
    if machine.seed:
        words += ["-seed", machine.seed]
    return words


def with_arguments(qemu, path, words):
    """A program that is QEMU with more arguments."""
    with open(path, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\nexec {shlex.quote(qemu)} "$@" {shlex.join(words)}\n')
    os.chmod(path, 0o755)
    return path


def kernel_arguments(machine):
    words = ["console=ttyAMA0", "panic=-1", f"rodata={machine.rodata}",
             "linear_map_selftest.count=1", "linear_map_selftest.early=1",
             f"guest.run={machine.run}"]
    if machine.strategy != "auto":
        words.append(f"linear_map={machine.strategy}")
    return " ".join(words + ([machine.append] if machine.append else []))


def run(machine, path):
    """Boot the machine to its end or its time limit; the log goes to path."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # The machine must not outlive whoever started it, however that one ends.
    words = ["setpriv", "--pdeathsig", "KILL", *command(machine),
             "-display", "none", "-monitor", "none", "-serial", "stdio"]
    if options.verbose():
        print(shlex.join(words), flush=True)
    # Not "w": another run may be writing it.
    with open(path, "a+", encoding="utf-8", errors="replace") as log:
        paths.wait_for(log)
        log.truncate(0)
        start = time.monotonic()
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
        try:
            process.wait(machine.timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            process.kill()
            process.wait()
        seconds = time.monotonic() - start
        log.seek(0)
        return Outcome(log.read(), seconds, timed_out, path)


def interactive(machine):
    """Give the terminal to the machine; return QEMU's exit status."""
    words = [*command(machine), "-nographic"]
    if options.verbose():
        print(shlex.join(words), flush=True)
    return subprocess.call(words)

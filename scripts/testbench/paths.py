# SPDX-License-Identifier: GPL-2.0-only
"""Where the parts of a build lie, and how a file of it is written."""

import contextlib
import fcntl
import functools
import os
import subprocess
import sys

from testbench.command import Failure

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
# What tests make for kernels with gcov, and their logs, lie beside those of the others.
WORK = os.path.join(BUILD, "gcov") if os.environ.get("GCOV") else BUILD
LOGS = os.path.join(WORK, "logs")
INITRAMFS = os.path.join(BUILD, "initramfs.cpio.gz")
MONITOR_SOURCE = os.path.join(TOP, "tools/testing/realm-monitor")
MONITOR = os.path.join(BUILD, "monitor/monitor.img")


def short(path):
    """A path as a person reads it: from here, if it is in the repository."""
    path = os.path.abspath(path)
    return os.path.relpath(path, TOP) if path.startswith(TOP + "/") else path


def need(path, maker):
    if not os.path.isfile(path):
        raise Failure(f"{os.path.relpath(path, TOP)} is missing: run {maker}")
    return path


def fetch(what):
    """Where scripts/fetch has put something into the cache."""
    last = ""
    with subprocess.Popen([os.path.join(TOP, "scripts/fetch"), what], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for last in process.stderr:
            print(last, end="", file=sys.stderr, flush=True)
        path = process.stdout.read().strip()
    if process.returncode:
        raise Failure(f"scripts/{last.strip() or f'fetch {what} failed'}")
    return path


def tree(base, config="small"):
    """The source of a kernel, and where scripts/build builds it."""
    source = os.path.join(BUILD, "stock" if base == "stock" else "tree")
    suffix = "-llvm" * bool(os.environ.get("LLVM")) + \
        "-gcov" * bool(os.environ.get("GCOV"))
    return source, os.path.join(source, f".out-{config}{suffix}")


@contextlib.contextmanager
def locked(name):
    """Nobody else who builds here does what the name says meanwhile."""
    os.makedirs(WORK, exist_ok=True)
    with open(os.path.join(WORK, f".{name}-lock"), "w", encoding="ascii") as lock:
        wait_for(lock)
        yield


def wait_for(file):
    """Lock a file until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another run (lock {short(file.name)})", file=sys.stderr,
              flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)


def image_of(base, config):
    return os.path.join(tree(base, config)[1], "arch/arm64/boot/Image")


def image(base, config="small"):
    maker = "make build" + (f" CONFIG={config}" if config != "small" else "") + \
        (f" BASE={base}" if base == "stock" else "")
    return need(image_of(base, config), maker)


def build(base, config):
    """Build a kernel; what scripts/build says is for the person."""
    words = [os.path.join(TOP, "scripts/build"), "stock" if base == "stock" else "tree",
             config]
    if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      check=False).returncode:
        raise Failure(f"the kernel {config} of {base} does not build")


def call(*words):
    """Run a program that makes something; what it says is for the person."""
    if subprocess.run(words, cwd=TOP, stdin=subprocess.DEVNULL,
                      stdout=subprocess.DEVNULL, check=False).returncode:
        raise Failure(f"{words[0]} failed")


def static_program(source, program):
    """Compile a C program for the guest, which has no libraries."""
    call("aarch64-linux-gnu-gcc", "-static", "-O2", "-Wall", "-o", program, source)


def monitor():
    return need(MONITOR, "make monitor")


@functools.cache
def linux_address():
    """Where the monitor expects the kernel, as its Makefile prints it."""
    command = ["make", "-s", "-C", MONITOR_SOURCE, "print-linux-addr"]
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout.strip()


def write_if_changed(path, data):
    """Write data to path, whole or not at all; keep the file if it is the same."""
    try:
        with open(path, "rb") as old:
            if old.read() == data:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    part = f"{path}.{os.getpid()}.part"
    with open(part, "wb") as new:
        new.write(data)
    os.replace(part, path)

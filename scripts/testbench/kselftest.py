# SPDX-License-Identifier: GPL-2.0-only
"""Build the kernel's kselftests for the guest, and the initramfs with them.

A target is a directory of tools/testing/selftests (arm64/NAME one of arm64's
subtargets), or DIR/PROGRAM: one program of a directory.
"""

import os
import shutil
import subprocess

from testbench import paths
from testbench.command import BadOption, Failure

DEFAULT = "arm64/linear_map mm/memfd_secret cpu-hotplug"
INSTALL = os.path.join(paths.BUILD, "kselftest")
# What many of them need beside busybox.
TOOLS = os.path.join(paths.BUILD, "kselftest-bin")


def split_targets(names, source):
    """Sort targets into arm64 subtargets, directories and programs."""
    subtargets, directories, programs = [], [], []
    accepted = "directories of tools/testing/selftests, or DIR/PROGRAM"
    if not names:
        raise BadOption(f"TARGETS= : {accepted}")
    for name in names:
        name = name.rstrip("/")
        parent, _, leaf = name.rpartition("/")
        if {".", "..", ""} & set(name.split("/")):
            raise BadOption(f"TARGETS={name}: {accepted}")
        if os.path.isfile(os.path.join(source, name, "Makefile")):
            if parent == "arm64":
                subtargets.append(leaf)
            else:
                directories.append(name)
        elif parent and os.path.isfile(os.path.join(source, parent, "Makefile")) \
                and any(os.path.isfile(os.path.join(source, name + end))
                        for end in (".c", ".sh")):
            programs.append((parent, leaf))
        else:
            raise BadOption(f"TARGETS={name}: {accepted}")
    return subtargets, directories, programs


@paths.locked("kselftest")
def build(targets, base, config="small", name="kselftest"):
    """Build the targets and the initramfs that runs them, of that name; return its
    path."""
    initramfs = os.path.join(paths.BUILD, f"initramfs-{name}.cpio.gz")
    tree, out = paths.tree(base, config)
    source = os.path.join(tree, "tools/testing/selftests")
    subtargets, directories, programs = split_targets(targets.split(), source)
    libcap = paths.fetch("libcap")
    flags = [
        f"USERCFLAGS=-I{libcap}/usr/include",
        f"USERLDFLAGS=-static -L{libcap}/usr/lib/aarch64-linux-gnu",
    ]
    shutil.rmtree(INSTALL, ignore_errors=True)
    make(tree, config, "headers")
    # Without a list of its subtargets: all of them.
    if subtargets and "arm64" not in directories:
        directories = [*directories, "arm64"]
        flags.append(f"ARM64_SUBTARGETS={' '.join(subtargets)}")
    if directories:
        make(tree, config, "-C", source, f"O={out}", f"INSTALL_PATH={INSTALL}",
             "FORCE_TARGETS=1", f"TARGETS={' '.join(directories)}",
             *flags, "install")
    else:
        # "make install" wants a directory; the runner is all that is missing.
        shutil.copytree(os.path.join(source, "kselftest"),
                        os.path.join(INSTALL, "kselftest"))
        shutil.copy2(os.path.join(source, "run_kselftest.sh"), INSTALL)
    for directory, program in programs:
        output = os.path.join(out, "kselftest", directory)
        os.makedirs(output, exist_ok=True)
        make(tree, config, "-C", os.path.join(source, directory), f"OUTPUT={output}",
             f"KHDR_INCLUDES=-isystem {out}/usr/include", *flags,
             os.path.join(output, program))
        install(directory, os.path.join(output, program))
    os.makedirs(TOOLS, exist_ok=True)
    shutil.copy2(paths.fetch("bash"), os.path.join(TOOLS, "bash"))
    call(os.path.join(paths.TOP, "scripts/initramfs"), "-o", initramfs,
         f"{INSTALL}:kselftest", f"{TOOLS}:bin")
    return initramfs


def make(tree, config, *arguments):
    """The kernel's make with the options of every other build."""
    call(os.path.join(paths.TOP, "scripts/build"), tree, config, *arguments)


def call(*words):
    if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                      check=False).returncode:
        raise Failure("the kselftests do not build")


def install(directory, program):
    """Put one program where run_kselftest.sh finds it."""
    where = os.path.join(INSTALL, directory)
    os.makedirs(where, exist_ok=True)
    shutil.copy2(program, where)
    with open(os.path.join(INSTALL, "kselftest-list.txt"), "a",
              encoding="utf-8") as tests:
        print(f"{directory}:{os.path.basename(program)}", file=tests)

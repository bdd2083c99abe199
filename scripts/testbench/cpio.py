# SPDX-License-Identifier: GPL-2.0-only
"""Write an initramfs: a cpio archive in the newc format
(Documentation/driver-api/early-userspace/buffer-format.rst).

The bytes depend on names, modes and contents alone (owner 0, time 0, sorted
names, inode numbers in order), and no privilege is needed, device nodes
included.
"""

import os
import stat

MAGIC = b"070701"


class Archive:
    def __init__(self):
        self.entries = {}

    def _add(self, name, mode, data=b"", rdev=(0, 0)):
        name = name.strip("/")
        parent = os.path.dirname(name)
        if parent and parent not in self.entries:
            self.directory(parent)
        self.entries[name] = (mode, data, rdev)

    def directory(self, name):
        self._add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        self._add(name, stat.S_IFREG | mode, data)

    def symlink(self, name, target):
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, name, major, minor):
        self._add(name, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def tree(self, name, top):
        """Everything under the directory top, as name."""
        self.directory(name)
        for folder, _, files in os.walk(top):
            for entry in files:
                path = os.path.join(folder, entry)
                inside = os.path.join(name, os.path.relpath(path, top))
                if os.path.islink(path):
                    self.symlink(inside, os.readlink(path))
                    continue
                with open(path, "rb") as source:
                    executable = os.access(path, os.X_OK)
                    self.file(inside, source.read(), 0o755 if executable else 0o644)

    def to_bytes(self):
        out = bytearray()
        # Parents sort before what they contain, as the kernel needs it.
        for inode, name in enumerate(sorted(self.entries), start=1):
            out += record(name, inode, *self.entries[name])
        out += record("TRAILER!!!", 0, 0, b"", (0, 0))
        return bytes(out)


def record(name, inode, mode, data, rdev):
    path = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *rdev, len(path), 0)
    header = MAGIC + b"".join(b"%08x" % field for field in fields)
    return pad(header + path) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)

# SPDX-License-Identifier: GPL-2.0-only
"""What boots guests and judges their logs, shared by the scripts beside it.

paths      where the parts of a build lie
options    the variables a user sets, checked
command    how a command ends
cpio       the initramfs
figures    what was measured, in one schema
kselftest  the kernel's own tests, built for the guest
machine    from options to a QEMU command, run with a time limit
log        from a console log to facts
symbols    the kernel's functions, by where they are in its Image
judge      from facts and expectations to a verdict
cells      the table of what is booted and what is expected
plan       from cells to a list of checks
suite      run checks side by side, and the table of results
report     what a person reads after one boot
"""

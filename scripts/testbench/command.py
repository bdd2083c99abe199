# SPDX-License-Identifier: GPL-2.0-only
"""How each command of the test bench ends: 0 passed, 1 failed, 2 bad input."""

import os
import sys


class BadOption(Exception):
    """An option's value; the message names the option and what it accepts."""


class Failure(Exception):
    """The work cannot be done; the message says why, and what to do."""


def run(main, *arguments):
    name = os.path.basename(sys.argv[0])
    try:
        sys.exit(main(*arguments))
    except BadOption as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)
    except Failure as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output has gone; so must what Python still holds.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(130)

"""Entry of the program: ``villageapp`` with no argument opens the window, a sub-command runs without one."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program with the arguments of this process; the exit code."""
    from villageapp.cli.main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

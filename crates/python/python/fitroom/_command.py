"""The command ``fitroom``, which is the same program as the one that cargo builds."""

import signal
import sys

from . import _fitroom


def main() -> int:
    """Carry out the command line of this process, and return the exit code."""
    # Python would only note that Ctrl-C was pressed. The command ends at once, as a program does, or
    # installs a handler of its own while it trains.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _fitroom.command_line(["fitroom", *sys.argv[1:]])

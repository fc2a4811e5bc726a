"""Become one service, and end when the parent ends: `python -m deploy.local.child PARENT_PID SERVICE`."""

import ctypes
import importlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then run the service."""
    parent, service = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(0)
    importlib.import_module(f"services.{service}.main").main()


if __name__ == "__main__":
    main()

"""One program of the demo, which ends when the demo does, in whatever way that happens."""

import os
import sys

from saleor_loyalty.processes import PROGRAMS, end_with_parent

if __name__ == "__main__":
    end_with_parent(os.getppid())
    name, *words = sys.argv[1:]
    PROGRAMS[name].run(words)

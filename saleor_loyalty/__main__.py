"""`python -m saleor_loyalty` is `saleor-loyalty`."""

import sys

from saleor_loyalty.cli import main

if __name__ == "__main__":
    sys.exit(main())

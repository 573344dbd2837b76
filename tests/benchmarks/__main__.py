"""Measure the hot paths beside what PostgreSQL can do: `python -m benchmarks`, or `make bench`."""

import argparse
import importlib
import json
import os
import platform
import time
from pathlib import Path

from benchmarks import report
from benchmarks.ground import prepared

from saleor_loyalty.processes import spare_start_up

PARTS = ("webhooks", "balance", "ledger", "redeem", "drain", "expiry", "earning", "backtest")
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the parts that were asked for, print what they measured, and keep it as JSON."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=float, default=2, help="for each of three rounds")
    parser.add_argument("--lots", type=int, default=1_000_000, help="that expire at the same time")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    started = time.monotonic()
    lines: list[report.Line] = []
    promises: list[report.Promise] = []
    with prepared(lots=options.lots) as ground:
        print(f"{ground.server}, Python {platform.python_version()}, {os.cpu_count()} CPUs,"
              f" load {os.getloadavg()[0]:.1f} before we start")  # fmt: skip
        for part in options.parts or PARTS:
            # Only now: these modules need Django's settings.
            module = importlib.import_module(f"benchmarks.bench_{part}")
            spare_start_up()  # as a worker does
            measured = module.run(ground, options.seconds)
            lines += measured[0]
            promises += measured[1]
            print(f"  {part} measured after {time.monotonic() - started:.0f} s", flush=True)
        promises += _proof()
    print(f"\n{report.text(lines, promises)}")
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps(report.as_json(lines, promises), indent=1))


def _proof() -> list[report.Promise]:
    """Prove that what was measured was done."""
    from saleor_loyalty.accrual.reconciliation import find_order_drift
    from saleor_loyalty.ledger.reconciliation import find_drift

    drift = len(find_drift()) + len(find_order_drift())
    return [report.Promise("rows that do not add up afterwards", drift, at_most=0)]


if __name__ == "__main__":
    main()

"""What PostgreSQL does without us: pgbench with a minimal transaction of the same kind."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from saleor_loyalty.embedded.binaries import POSTGRES

_SCRIPTS = Path(__file__).parent / "limits"
_SECONDS_MAX = 60


def per_second(
    script: str,
    database: str,
    *,
    clients: int,
    seconds: float = 0,
    transactions: int = 0,
    texts: dict[str, str] | None = None,
    **numbers: int,
) -> float:
    """Return the transactions a second of limits/`script`.sql, by time or by their number.

    :param texts: written into the script in place of `:name`.
    :param numbers: pgbench's variables.
    """
    text = (_SCRIPTS / f"{script}.sql").read_text()
    for name, value in (texts or {}).items():
        text = text.replace(f":{name}", value)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        how_long = f"-t{transactions}" if transactions else f"-T{max(1, round(seconds))}"
        variables = [word for name, value in numbers.items() for word in ("-D", f"{name}={value}")]
        output = _pgbench(
            "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)), how_long,
            *variables, "-f", file.name, database,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", output)
    assert found, output
    return float(found[1])


def _pgbench(*words: str) -> str:
    program = shutil.which("pgbench") or POSTGRES.program().with_name("pgbench")
    # Batches are joined to what they touch by its key, row by row: nothing is faster.
    plans = "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off"
    done = subprocess.run(
        [program, *words], check=False, capture_output=True, text=True, timeout=_SECONDS_MAX,
        env={**os.environ, "PGOPTIONS": plans},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout

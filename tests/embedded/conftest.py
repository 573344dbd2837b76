"""A data folder for each test, and programs that are all gone when the test is over."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from embedded.programs import Program, end_supervisor


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    # Not tmp_path: pytest closes its folders to all but root, and PostgreSQL is not run by root.
    path = Path(tempfile.mkdtemp(prefix="loyalty-test-"))
    yield path
    end_supervisor(path)
    shutil.rmtree(path)


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


@pytest.fixture
def data_dir(empty_dir: Path, used_dir: Path) -> Path:
    """A data folder whose servers ran before, because that starts faster."""
    subprocess.run(["cp", "-a", f"{used_dir}/.", empty_dir], check=True)
    return empty_dir


@pytest.fixture(scope="session")
def used_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        program = Program(path)
        program.query("SELECT 1")
        end_supervisor(path)
        program.finish()
        yield path


@pytest.fixture(scope="module")
def running() -> Iterator[Program]:
    """A program whose servers several tests may look at, as long as they change nothing."""
    with temporary_data_dir() as path:
        program = Program(path)
        program.query("SELECT 1")
        yield program
        program.finish()


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def start_program(folder: Path | None = None, **options: object) -> Program:
        folder = folder or request.getfixturevalue("data_dir")
        programs.append(Program(folder, **options))
        return programs[-1]

    yield start_program
    for program in programs:
        program.process.kill()
        program.finish()
    for folder in {program.data_dir for program in programs}:
        end_supervisor(folder)

"""What is installed is what is in the repository."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from setuptools import find_packages

ROOT = Path(__file__).parent.parent
SOURCES = ("LICENSE", "README.md", "graphql", "migrations", "pyproject.toml", "saleor_loyalty")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel, built from a copy: building leaves files behind."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source, target = ROOT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", "dist"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "."], check=True, cwd=copy, timeout=120
    )
    with ZipFile(next(copy.glob("dist/*.whl"))) as archive:
        return set(archive.namelist())


def test_every_package_is_declared(project: dict[str, Any]) -> None:
    """A package missing from pyproject.toml works in a checkout and is absent from the wheel."""
    declared = project["tool"]["setuptools"]

    on_disk = find_packages(str(ROOT), include=["saleor_loyalty*"])

    assert sorted(declared["packages"]) == sorted([*on_disk, *declared["package-dir"]])


def test_graphql_is_still_graphql_core() -> None:
    """An __init__.py in our graphql/ would hide the library from everything we import."""
    assert not list((ROOT / "graphql").rglob("*.py"))


@pytest.mark.parametrize(
    ("folder", "pattern", "installed"),
    [
        ("migrations", "*.py", "saleor_loyalty/migrations"),
        ("graphql", "schema.graphql", "saleor_loyalty/graphql"),
        ("graphql", "saleor/*/*.graphql", "saleor_loyalty/graphql"),
        ("saleor_loyalty", "**/*.py", "saleor_loyalty"),
        ("saleor_loyalty", "**/*.html", "saleor_loyalty"),
        ("saleor_loyalty", "static/**/*.*", "saleor_loyalty"),
        ("saleor_loyalty", "locale/**/*.mo", "saleor_loyalty"),
        ("saleor_loyalty", "sandbox/*.graphql", "saleor_loyalty"),
        ("saleor_loyalty", "py.typed", "saleor_loyalty"),
    ],
)
def test_the_wheel_has(folder: str, pattern: str, installed: str, wheel: set[str]) -> None:
    found = {
        f"{installed}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in (ROOT / folder).glob(pattern)
    }

    assert found
    assert found <= wheel


def test_the_wheel_has_nothing_but_the_package(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {
        "saleor_loyalty",
        "saleor_loyalty-0.1.0.dist-info",
    }


class TestLock:
    def test_names_a_version_and_hashes_of_everything_we_depend_on(
        self, project: dict[str, Any]
    ) -> None:
        lock = (ROOT / "requirements.lock").read_text()
        wanted = [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["embedded"],
            *project["dependency-groups"]["dev"],
        ]

        names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in wanted}
        locked = set(re.findall(r"^([\w.-]+)==\S+.* \\\n    --hash=sha256:", lock, re.MULTILINE))

        assert names <= locked

    def test_names_no_server(self) -> None:
        """Packages come from the registry that the user has configured."""
        lock = (ROOT / "requirements.lock").read_text()

        assert "://" not in lock
        assert "--index" not in lock

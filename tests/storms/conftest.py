"""A deployment and a shop for each storm."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deployment import Deployment, copy_of, data_folder, migrated
from storms.shop import Shop


@pytest.fixture(scope="session")
def migrated_dir() -> Iterator[Path]:
    """A data folder with our tables, whose servers do not run."""
    with data_folder() as path:
        yield migrated(path)


@contextmanager
def deployed(migrated_dir: Path, logs: Path) -> Iterator[Deployment]:
    """Run a web server; the poller, which would heal what a storm breaks, does not run."""
    settings = {"LOG_LEVEL": "WARNING", "POLL_EVERY_S": "3600", "DRAIN_EVERY_S": "1"}
    with data_folder() as path, Deployment(copy_of(migrated_dir, path), logs, **settings) as ours:
        ours.start("serve", "--workers", "2")
        yield ours


@pytest.fixture
def deployment(migrated_dir: Path, tmp_path: Path) -> Iterator[Deployment]:
    """A web server on servers of its own."""
    with deployed(migrated_dir, tmp_path) as ours:
        yield ours


@pytest.fixture(scope="module")
def lasting(migrated_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The same for several tests."""
    with deployed(migrated_dir, tmp_path_factory.mktemp("logs")) as ours:
        yield ours


@pytest.fixture
def shop(deployment: Deployment) -> Iterator[Shop]:
    """A shop that has installed us."""
    with Shop().running() as saleor:
        saleor.install(deployment.url)
        yield saleor

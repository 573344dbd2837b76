"""One real PostgreSQL and one real Valkey for all tests: yours if given, else embedded ones."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet

from saleor_loyalty.embedded import ensure_running

if not os.environ.get("DATABASE_URL"):
    _servers = ensure_running(Path(tempfile.gettempdir()) / f"saleor-loyalty-tests-{os.getuid()}")
    os.environ["DATABASE_URL"] = _servers.database_url
    os.environ.setdefault("CELERY_BROKER_URL", _servers.broker_url)
os.environ.setdefault("ENCRYPTION_KEYS", Fernet.generate_key().decode())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_loyalty.settings")
# The tests' shops live on this machine.
os.environ["ALLOWED_SALEOR_URLS"] = "http://127.0.0.1:*/graphql/ https://*.example/graphql/"
os.environ["ALLOW_PRIVATE_ADDRESSES"] = "true"

import django
import hypothesis
import pytest
from django.utils import translation

# A busy machine is slow now and then; that proves nothing.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
django.setup()

from saleor_loyalty.installations import queries as installations  # noqa: E402


@pytest.fixture(autouse=True)
def _no_memory_between_tests() -> Iterator[None]:
    """Start each test without what the process remembers of shops, and of who asked last."""
    installations.forget()
    # Django leaves a thread in the language of its last request.
    translation.deactivate()
    return

"""Tokens at rest."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from factories import make_installation
from pytest_django import Settings

from saleor_loyalty.installations import operations, queries, secrets
from saleor_loyalty.installations.models import Installation


def test_what_is_stored_does_not_show_the_token() -> None:
    stored = secrets.encrypt("token")

    assert b"token" not in stored
    assert secrets.decrypt(stored) == "token"


def test_a_key_that_no_longer_encrypts_still_reads(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    stored = secrets.encrypt("token")
    settings.ENCRYPTION_KEYS = [new, old]

    assert secrets.decrypt(stored) == "token"


def test_without_its_key_a_token_is_unreadable_and_the_message_says_what_to_do(
    settings: Settings,
) -> None:
    stored = secrets.encrypt("token")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(secrets.UnreadableSecret, match="ENCRYPTION_KEYS"):
        secrets.decrypt(stored)


@pytest.mark.django_db
def test_after_a_rotation_the_old_key_can_be_thrown_away(settings: Settings) -> None:
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    shops = [make_installation(), make_installation()]
    settings.ENCRYPTION_KEYS = [new, old]

    told = StringIO()
    call_command("rotate_keys", stdout=told)

    assert told.getvalue() == "2 tokens are encrypted with the first key\n"
    settings.ENCRYPTION_KEYS = [new]
    assert [queries.connection(queries.shop(shop.pk)).token for shop in shops] == ["token"] * 2


@pytest.mark.django_db
def test_a_rotation_goes_on_until_every_token_is_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "ROTATED_AT_ONCE", 2)
    shops = [make_installation() for _ in range(5)]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]

    assert operations.rotate_secrets() == 5

    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert [queries.connection(queries.shop(shop.pk)).token for shop in shops] == ["token"] * 5


@pytest.mark.django_db
def test_a_rotation_that_cannot_read_one_token_changes_none(settings: Settings) -> None:
    make_installation()
    before = [bytes(row.token) for row in Installation.objects.all()]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(secrets.UnreadableSecret):
        operations.rotate_secrets()

    assert [bytes(row.token) for row in Installation.objects.all()] == before

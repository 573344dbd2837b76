"""Migrations: one line of them, in step with the models."""

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    call_command("makemigrations", "loyalty", check=True, dry_run=True, verbosity=0)


def test_they_form_one_line_and_their_names_say_what_they_do() -> None:
    graph = MigrationLoader(None).graph
    ours = [migration for key, migration in graph.nodes.items() if key[0] == "loyalty"]

    assert len(graph.leaf_nodes("loyalty")) == 1
    assert all(len(migration.dependencies) <= 1 for migration in ours)
    assert not [migration.name for migration in ours if "_auto_" in migration.name]

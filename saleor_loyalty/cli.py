"""The command `saleor-loyalty`: every way to run and to operate the service."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

import django
from cryptography.fernet import Fernet
from django.contrib.staticfiles import management as static_files
from django.core import management as django_itself
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

from saleor_loyalty import defaults, demo, management, processes
from saleor_loyalty.embedded import EmbeddedError, data_dir_default

# Django's own commands work as well; these are the ones an operator needs.
COMMANDS = {
    "migrate": "bring the database up to date",
    "doctor": "tell what is wrong with an installation",
    "update_webhooks": "bring our webhooks in a shop up to date",
    "reconcile": "prove that the ledger adds up, or say where it does not",
    "replay_inbox": "process again the events that were given up",
    "rotate_keys": "encrypt stored tokens with the first of ENCRYPTION_KEYS",
    "programme": "show or publish a shop's programme",
    "backtest": "count real orders under another programme, beside the one in force",
    "print_schema": "print the GraphQL schema we serve",
}
USAGE = """\
Loyalty for Saleor shops: orders become points.

usage: saleor-loyalty COMMAND [OPTIONS]     (--help after a command shows its options)

Look at it:
  demo           show everything with a sandbox shop, on this machine

Run it:
{programs}

Operate it:
  generate_key   make a key for ENCRYPTION_KEYS
{commands}

Settings come from the environment, see README.md. With no DATABASE_URL and no CELERY_BROKER_URL,
PostgreSQL and Valkey start by themselves and keep their data in {data_dir}.
"""


class UnknownCommand(Exception):
    """Nobody knows this command; the message says where the list is."""


EXPECTED = (
    ImproperlyConfigured, EmbeddedError, UnknownCommand, processes.PortTaken, demo.DemoFailed,
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return the exit status. Expected trouble is one line on stderr."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        _run(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except EXPECTED as error:
        return _fail(str(error))
    except (OperationalError, ProgrammingError) as error:
        return _fail(_trouble(error))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return _fail(f"There is no space left for {error.filename or 'our files'}.")
        raise
    return 0


def _fail(message: str) -> int:
    print(f"saleor-loyalty: {message}", file=sys.stderr)
    return 1


def _trouble(error: DatabaseError) -> str:
    if isinstance(error, OperationalError):
        return f"Trouble with the database: {str(error).splitlines()[0]}"
    if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
        return "The database has no tables yet, or older ones: run saleor-loyalty migrate"
    raise error


def _run(words: Sequence[str]) -> None:
    match words:
        case [] | ["--help" | "-h" | "help"]:
            print(_usage())
        case ["help", name, *_]:
            _run([name, "--help"])
        case ["--version"]:
            print(version("saleor-loyalty"))
        case ["generate_key", *options]:
            _generate_key(options)
        case ["demo", *options]:
            _run_demo(options)
        case [name, *options] if name in processes.PROGRAMS:
            processes.PROGRAMS[name].run(options)
        case _:
            _run_django(words)


def _generate_key(options: Sequence[str]) -> None:
    argparse.ArgumentParser(
        prog="saleor-loyalty generate_key", description="Make a key for ENCRYPTION_KEYS."
    ).parse_args(options)
    print(Fernet.generate_key().decode())


def _run_demo(options: Sequence[str]) -> None:
    # Not above: a deployment has no use for a sandbox shop.
    from saleor_loyalty.demo.command import run

    run(options)


def _django_commands() -> set[str]:
    packages = (django_itself, static_files, management)
    return {name for each in packages for name in django_itself.find_commands(each.__path__[0])}


def _run_django(words: Sequence[str]) -> None:
    if words[0] not in _django_commands():
        raise UnknownCommand(f"There is no command {words[0]}. The list: saleor-loyalty --help")
    if processes.asks_for_help(words):
        defaults.pretend(os.environ)
    elif (data_dir := defaults.prepare(os.environ)) and words[0] != "migrate":
        django.setup()
        defaults.migrate(data_dir)
    django_itself.execute_from_command_line(["saleor-loyalty", *words])


def _usage() -> str:
    programs = {name: each.purpose for name, each in processes.PROGRAMS.items()}
    data_dir = data_dir_default(os.environ)
    return USAGE.format(
        programs=_table(programs), commands=_table(COMMANDS), data_dir=data_dir
    ).rstrip()


def _table(lines: dict[str, str]) -> str:
    return "\n".join(f"  {name:<14} {line}" for name, line in lines.items())

"""What can go wrong with the embedded servers.

EmbeddedError
├── EmbeddedServersMissing   the wheels with the servers' programs are not installed
└── EmbeddedServerFailed     a server, its supervisor or the data folder cannot be used
"""

OWN_SERVERS = "set DATABASE_URL and CELERY_BROKER_URL to servers of your own"


class EmbeddedError(Exception):
    """The embedded servers cannot be used; the message says what to do."""


class EmbeddedServersMissing(EmbeddedError):
    """The programs of PostgreSQL or Valkey are not installed."""


class EmbeddedServerFailed(EmbeddedError):
    """A server did not start; the message ends with the last lines of its log."""

"""Every setting of the service, read once from the environment."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from saleor_loyalty.env import environment as env
from saleor_loyalty.observability import logs

# --- Addresses -------------------------------------------------------------------------------
# The address Saleor and the Dashboard reach us at; empty = taken from each request.
APP_URL = env.url("APP_URL", default="")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=(urlsplit(APP_URL).hostname or "*"))
# Origins that may show our pages in a frame, beside the shop's own.
_ORIGIN = r"https?://[\w.*\[\]:-]+"
DASHBOARD_ORIGINS = env.words(
    "DASHBOARD_ORIGINS", form=_ORIGIN, example="https://dashboard.example.com"
)

# --- Which shops may install -----------------------------------------------------------------
# Full addresses of Saleor APIs; a * stands for one or more characters of a host name.
ALLOWED_SALEOR_URLS = env.words(
    "ALLOWED_SALEOR_URLS", form=f"{_ORIGIN}/graphql/", example="https://shop.example.com/graphql/"
)
ALLOW_PRIVATE_ADDRESSES = env.flag("ALLOW_PRIVATE_ADDRESSES")

# --- Secrets ---------------------------------------------------------------------------------
# The first key encrypts, all of them decrypt: put a new one in front to rotate.
ENCRYPTION_KEYS = env.words("ENCRYPTION_KEYS")
try:
    [Fernet(key) for key in ENCRYPTION_KEYS]
except ValueError as error:
    raise ImproperlyConfigured(
        "ENCRYPTION_KEYS: write keys made by `saleor-loyalty generate_key`."
    ) from error
if not ENCRYPTION_KEYS:
    raise ImproperlyConfigured(
        "ENCRYPTION_KEYS is not set. Make a key with `saleor-loyalty generate_key`, and keep it:"
        " without it no stored token can be read."
    )
# Django insists on one; we sign nothing with it.
SECRET_KEY = hashlib.sha256(ENCRYPTION_KEYS[0].encode()).hexdigest()

# --- Database --------------------------------------------------------------------------------
try:
    _database = conninfo_to_dict(env.text("DATABASE_URL"))
except ProgrammingError:
    # Not from the error, whose words may hold the password.
    raise ImproperlyConfigured(
        "DATABASE_URL: write an address such as postgresql://user:password@localhost:5432/loyalty"
    ) from None
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", ""),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": _database.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database,
            # Prepared statements halve the cost of the hot paths; a pooler that hands each
            # transaction another connection cannot keep them: set 0 there.
            "server_side_binding": True,
            "prepare_threshold": env.number("DATABASE_PREPARE_AFTER", default=5) or None,
            "connect_timeout": env.number("DATABASE_CONNECT_TIMEOUT_S", default=5, least=1),
            "options": "-c statement_timeout={}s -c lock_timeout={}s -c timezone=UTC".format(
                env.number("DATABASE_STATEMENT_TIMEOUT_S", default=30, least=1),
                env.number("DATABASE_LOCK_TIMEOUT_S", default=10, least=1),
            ),
        },
        "TEST": {"NAME": env.text("TEST_DATABASE_NAME", default="") or None},
    }
}
# Explicit on purpose: Django then fails loudly when the checkout is not installed, instead of
# treating the app as one without migrations.
MIGRATION_MODULES = {"loyalty": "saleor_loyalty.migrations"}

# --- Celery: a wake-up call, never the record of work ---------------------------------------
CELERY_BROKER_URL = env.server("CELERY_BROKER_URL", example="redis://localhost:6379/0")
# How often each job runs, in seconds. The jobs themselves: entrypoints/jobs.py.
TIMERS_S = {
    "drain_inbox": env.number("DRAIN_EVERY_S", default=5, least=1),
    "settle_doubts": 15,
    "poll_orders": env.number("POLL_EVERY_S", default=300, least=1),
    "mature_points": env.number("MATURE_EVERY_S", default=60, least=1),
    "report_problems": 600,
    "work_on_redemptions": env.number("REDEMPTIONS_EVERY_S", default=10, least=1),
    "run_backtests": 15,
    "celebrate": 600,
}
# Members' levels and points are shown as attributes of Saleor's customers.
MIRROR_TO_CUSTOMERS = env.flag("MIRROR_TO_CUSTOMERS")
if MIRROR_TO_CUSTOMERS:
    TIMERS_S["mirror_to_customers"] = 15
HOURLY_AT_MINUTE = {
    "go_round": 2, "celebrate": 7, "update_webhooks": 12, "prune_inbox": 22, "plan_notices": 32,
    "reconcile_ledger": 42,
}  # fmt: skip

# --- Talking to Saleor -----------------------------------------------------------------------
SALEOR_TIMEOUT_S = env.number("SALEOR_TIMEOUT_S", default=10, least=1, most=120)
SALEOR_CALLS_PER_MINUTE = env.number("SALEOR_CALLS_PER_MINUTE", default=3000, least=1)

# --- E-mail: notices before points expire ------------------------------------------------------
_mail = env.mail_server("EMAIL_URL")
# Empty: no e-mail is ever sent, and no point expires because of one.
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.email("EMAIL_FROM", default="")
if bool(EMAIL_HOST) != bool(DEFAULT_FROM_EMAIL):
    raise ImproperlyConfigured("EMAIL_URL and EMAIL_FROM: set both, or neither.")

# --- Limits ----------------------------------------------------------------------------------
WEBHOOK_BODY_BYTES_MAX = env.number("WEBHOOK_BODY_BYTES_MAX", default=1_048_576, least=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_HANDLERS: list[str] = []  # nobody has files for us
INBOX_KEEP_DAYS = env.number("INBOX_KEEP_DAYS", default=14, least=1)

# --- Django ----------------------------------------------------------------------------------
DEBUG = False
INSTALLED_APPS = ["django.contrib.staticfiles", "saleor_loyalty.apps.LoyaltyConfig"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "saleor_loyalty.observability.requests.log_requests",
    "django.middleware.locale.LocaleMiddleware",
    "saleor_loyalty.entrypoints.trouble.AnswerUnavailable",
]
ROOT_URLCONF = "saleor_loyalty.urls"
WSGI_APPLICATION = "saleor_loyalty.wsgi.application"
_ENTRYPOINTS = Path(__file__).parent / "entrypoints"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": False,
              "DIRS": [_ENTRYPOINTS / "api" / "templates",
                       _ENTRYPOINTS / "dashboard" / "templates"], "OPTIONS": {}}]  # fmt: skip
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
USE_X_FORWARDED_HOST = env.flag("BEHIND_PROXY")
SECURE_REFERRER_POLICY = None  # the Dashboard's frames need the referrer to find their parent
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"  # for Django's own tables; ours have UUIDs
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
APPEND_SLASH = False

# --- Watching it ------------------------------------------------------------------------------
# Whoever reads /metrics must send it as a bearer token; empty = anybody may.
METRICS_TOKEN = env.text("METRICS_TOKEN", default="")
# Where a worker on a machine of its own shows what it counted; 0 = nowhere.
WORKER_METRICS_PORT = env.number("WORKER_METRICS_PORT", default=0, most=65_535)
LOGGING = logs.configuration(
    level=env.text("LOG_LEVEL", default="INFO").upper(), form=env.text("LOG_FORM", default="json")
)

"""Celery, as a wake-up call and a clock: the database is the record of work."""

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings

app = Celery("saleor_loyalty", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    imports=["saleor_loyalty.entrypoints.jobs"],
    # A broker may be shared, with Saleor itself for one: nobody must take the other's tasks.
    task_default_queue="saleor-loyalty",
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    # Tasks are safe to repeat; none is lost with a killed worker for longer than this.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 300, "socket_timeout": 5},
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=2,
    task_publish_retry=False,
    task_time_limit=300,
    task_soft_time_limit=240,
    # Nobody needs yesterday's wake-up call.
    task_default_expires=60,
    timezone="UTC",
    beat_scheduler="celery.beat:Scheduler",  # keeps nothing
    beat_schedule={
        name: {"task": f"saleor_loyalty.{name}", "schedule": seconds}
        for name, seconds in settings.TIMERS_S.items()
    }
    # By the clock: a beat that is restarted every half hour must not keep putting them off.
    | {
        name: {"task": f"saleor_loyalty.{name}", "schedule": crontab(minute=str(minute))}
        for name, minute in settings.HOURLY_AT_MINUTE.items()
    },
)


@setup_logging.connect
def _keep_our_logging(**_settings: object) -> None:
    """Leave logging as Django configured it."""

"""`saleor-loyalty replay_inbox`: give events that were given up another chance."""

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand
from django.utils import timezone

from saleor_loyalty.entrypoints.webhooks import inbox


class Command(BaseCommand):
    """Let failed events wait again; the next drain processes them."""

    help = "Let events that failed too often be processed again (all of them, or those named)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept ids, and --list."""
        parser.add_argument("ids", nargs="*", type=UUID, metavar="EVENT_ID")
        parser.add_argument("--list", action="store_true", help="only show them, and why")

    def handle(self, *, ids: list[UUID], **options: object) -> None:
        """Replay, or list, the failed events."""
        if options["list"]:
            for event in inbox.given_up():
                self.stdout.write(f"{event.pk}  {event.name}  {event.received_at:%Y-%m-%d %H:%M}")
                self.stdout.write(f"    {event.traceback.strip().splitlines()[-1:]}")
            return
        replayed = inbox.replay(at=timezone.now(), event_ids=ids or None)
        self.stdout.write(f"{replayed} events wait to be processed again")

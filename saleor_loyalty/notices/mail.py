"""Handing e-mails to the operator's mail server."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from saleor_loyalty.notices.wording import Letter


class MailUnavailable(Exception):
    """The mail server cannot be used now. `in_midst`: it went away over a letter, which may be at
    fault; otherwise none is.
    """

    def __init__(self, message: str, *, in_midst: bool = False) -> None:
        super().__init__(message)
        self.in_midst = in_midst


class Undeliverable(Exception):
    """This letter was refused; another one may be taken."""


_ABOUT_THE_LETTER = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    # An address that only newer servers can write.
    smtplib.SMTPNotSupportedError,
    # What cannot be put into a header.
    ValueError,
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """An open connection to the mail server."""

    backend: EmailBackend

    def send(self, letter: Letter, *, to: str, message_id: UUID) -> None:
        """Hand over one letter.

        :param message_id: the same whenever the letter is repeated, so that mailboxes may show
            only one of them.
        :raises Undeliverable:
        :raises MailUnavailable: whether it was taken is not known.
        """
        sender = settings.DEFAULT_FROM_EMAIL
        domain = parseaddr(sender)[1].rpartition("@")[2]
        message = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.text,
            from_email=sender,
            to=[to],
            headers={
                "Message-ID": f"<{message_id}@{domain}>",
                "Content-Language": letter.language,
                # No answers from machines (RFC 3834).
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(letter.html, "text/html")
        try:
            self.backend.send_messages([message])
        except _ABOUT_THE_LETTER as error:
            # Its text may quote the address.
            raise Undeliverable(type(error).__name__) from None
        except smtplib.SMTPSenderRefused as error:
            raise MailUnavailable(f"it refuses EMAIL_FROM, code {error.smtp_code}") from None
        except OSError as error:  # smtplib's are such too
            raise MailUnavailable(type(error).__name__, in_midst=True) from None


def is_configured() -> bool:
    """Tell whether there is a mail server to use."""
    return bool(settings.EMAIL_HOST)


@contextmanager
def opened() -> Iterator[MailServer]:
    """Open a connection to the mail server; it takes any number of letters.

    :raises MailUnavailable:
    """
    # Named here, because whatever else Django may be told to use cannot tell what was refused.
    backend = EmailBackend(fail_silently=False)
    try:
        backend.open()
        yield MailServer(backend)
    except OSError as error:
        raise MailUnavailable(_reason(error)) from error
    finally:
        # Whatever the server thinks of our leaving: the letters are with it.
        with suppress(OSError):
            backend.close()


def _reason(error: OSError) -> str:
    """Return what the server or the network said of us."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return f"{type(error).__name__}: {error}"

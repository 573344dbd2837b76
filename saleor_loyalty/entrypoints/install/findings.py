"""What a check of an installation found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, and what is wrong with it (nothing, if `problem` is empty).

    `problem` says what to do as well; `note` is worth knowing though nothing is wrong.
    """

    subject: str
    problem: str = ""
    note: str = ""

    def __str__(self) -> str:
        remark = self.problem or self.note
        return f"{'WRONG' if self.problem else 'OK':5}  {self.subject}" + (
            f": {remark}" if remark else ""
        )


class Stop(Exception):
    """What is wrong keeps the checks that follow from saying anything."""

    def __init__(self, subject: str, problem: str) -> None:
        super().__init__(problem)
        self.finding = Finding(subject, problem)

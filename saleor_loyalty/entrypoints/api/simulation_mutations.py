"""The mutation by which staff try a programme before they publish it."""

from enum import StrEnum
from typing import Any

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.programme_staff_types import MANAGE_DISCOUNTS
from saleor_loyalty.entrypoints.api.scalars import JSONString
from saleor_loyalty.entrypoints.api.simulation_types import ProgrammeBacktest
from saleor_loyalty.programme.operations import NoDraft
from saleor_loyalty.programme.queries import NoProgramme, draft
from saleor_loyalty.programme.validation import Checked, Invalid, check, check_text
from saleor_loyalty.simulation import operations, queries

MONTHS = 12


class ErrorCode(StrEnum):
    """Why no backtest was started."""

    INVALID = "INVALID"
    NO_DRAFT = "NO_DRAFT"
    NO_PROGRAMME = "NO_PROGRAMME"
    STILL_RUNNING = "STILL_RUNNING"


ProgrammeBacktestErrorCode = described_enum(
    ErrorCode,
    name="ProgrammeBacktestErrorCode",
    description="Why no backtest was started.",
    values={
        "INVALID": "A value of the input, or of the document, cannot be used.",
        "NO_DRAFT": "There is no draft.",
        "NO_PROGRAMME": "No programme is in force that it could be compared with.",
        "STILL_RUNNING": "The last one is not over yet.",
    },
)


class ProgrammeBacktestError(graphene.ObjectType):
    """Something that kept a backtest from being started."""

    field = graphene.String(description="The field of the input it is about.")
    path = graphene.String(
        description="Where in the document it is, such as earning.rules[3].effect.rates.EUR."
    )
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(ProgrammeBacktestErrorCode, description="A code for programs.")


class ProgrammeBacktestStartInput(graphene.InputObjectType):
    """Which programme is tried, over which orders."""

    document = JSONString(description="The programme. Not given: the shop's draft.")
    months = graphene.Int(
        description=f"The orders of so many months: {MONTHS} if not given,"
        f" at most {operations.MONTHS_MAX}.",
        default_value=MONTHS,
    )


class ProgrammeBacktestStart(graphene.Mutation):
    """Starts a backtest; ask `programmeBacktest` for what comes of it.

    Requires the permission MANAGE_DISCOUNTS.
    """

    class Arguments:
        input = graphene.NonNull(ProgrammeBacktestStartInput, description="What is tried.")

    backtest = graphene.Field(
        ProgrammeBacktest, description="The backtest; of STILL_RUNNING, the one that is running."
    )
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeBacktestError)),
        description="Why none was started; empty when one was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ProgrammeBacktestStartInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check what is to be tried, and put it where a worker finds it."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_DISCOUNTS)
        months = MONTHS if input.months is None else input.months
        if not 1 <= months <= operations.MONTHS_MAX:
            message = gettext("Choose 1 to %(most)s months.") % {"most": operations.MONTHS_MAX}
            return _refused(ErrorCode.INVALID, "months", message)
        try:
            return {"backtest": _start(context, input.get("document"), months, staff.user_id),
                    "errors": []}  # fmt: skip
        except Invalid as invalid:
            return {"errors": [_problem(each) for each in invalid.problems]}
        except NoDraft as error:
            return _refused(ErrorCode.NO_DRAFT, "document", str(error))
        except NoProgramme:
            message = gettext("Publish a programme first: there is none to compare with.")
            return _refused(ErrorCode.NO_PROGRAMME, None, message)
        except operations.StillRunning as error:
            message = gettext("Wait until the last backtest is over.")
            running = queries.backtest_of(context.shop.id, error.running.pk)
            return _refused(ErrorCode.STILL_RUNNING, None, message) | {"backtest": running}


class SimulationMutations:
    """What staff can do with programmes they try."""

    programme_backtest_start = ProgrammeBacktestStart.Field(
        description="Counts the shop's last orders under a programme that is not published, beside"
        " the one in force. Nothing is changed by it. Requires the permission MANAGE_DISCOUNTS."
    )


def _start(context: Context, document: str | None, months: int, by: str) -> Any:
    checked = _checked(context, document)
    if checked.programme is None:
        raise Invalid(checked.errors)
    return operations.ask(
        installation_id=context.shop.id,
        draft=checked.programme,
        months=months,
        at=context.at,
        by=by,
    )


def _checked(context: Context, text: str | None) -> Checked:
    if text is not None:
        return check_text(text, at=context.at)
    document = draft(context.shop.id).document
    if document is None:
        raise NoDraft
    return check(document, at=context.at)


def _refused(code: ErrorCode, field: str | None, message: str) -> dict[str, Any]:
    return {"errors": [{"field": field, "message": message, "code": code}]}


def _problem(problem: Any) -> dict[str, Any]:
    return {
        "field": "document", "path": problem.path, "message": problem.message,
        "code": ErrorCode.INVALID,
    }  # fmt: skip

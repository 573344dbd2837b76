"""The mutations about rewards, as our schema lists them."""

from saleor_loyalty.entrypoints.api.redemption_apply import RedemptionApply
from saleor_loyalty.entrypoints.api.redemption_cancel import RedemptionCancel
from saleor_loyalty.entrypoints.api.reward_redeem import RewardRedeem
from saleor_loyalty.entrypoints.api.reward_staff_mutations import (
    RedemptionFlagResolve,
    RewardCodesAdd,
)


class RewardMutations:
    """What can be changed about rewards."""

    reward_redeem = RewardRedeem.Field(
        description="Takes a reward for the customer whose token was sent, and puts it into their"
        " checkout."
    )
    redemption_apply = RedemptionApply.Field(
        description="Puts a reward that the customer whose token was sent has into a checkout, or"
        " into another one than before."
    )
    redemption_cancel = RedemptionCancel.Field(
        description="Gives a reward back that was not used: its code ends, and its points come"
        " back. For the customer who took it, and for staff with the permission MANAGE_DISCOUNTS,"
        " who may also take back what was handed over without an order, such as a donation."
    )
    redemption_flag_resolve = RedemptionFlagResolve.Field(
        description="Notes that staff have looked at an odd use of a reward. Requires the"
        " permission MANAGE_DISCOUNTS."
    )
    reward_codes_add = RewardCodesAdd.Field(
        description="Adds codes of a partner's that members get for their points, one each."
        " Requires the permission MANAGE_DISCOUNTS."
    )

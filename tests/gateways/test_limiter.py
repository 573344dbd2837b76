"""How fast we ask one shop."""

import pytest

from saleor_loyalty.gateways.saleor.failures import SaleorUnavailable
from saleor_loyalty.gateways.saleor.limiter import BURST_S, SHOPS_MAX, Limiter


def test_calls_saved_up_are_free_and_the_next_ones_wait() -> None:
    limiter = Limiter()

    delays = [limiter.delay_s("shop", calls_per_minute=60, now=1000.0) for _ in range(12)]

    # Ten seconds' worth, and the one that is due now.
    assert delays == [0.0] * 11 + [1.0]


def test_a_call_that_would_wait_too_long_is_refused_and_takes_no_turn() -> None:
    limiter = Limiter()
    for _ in range(13):
        limiter.delay_s("shop", calls_per_minute=60, now=1000.0)

    with pytest.raises(SaleorUnavailable, match="SALEOR_CALLS_PER_MINUTE"):
        limiter.delay_s("shop", calls_per_minute=60, now=1000.0)

    assert limiter.delay_s("shop", calls_per_minute=60, now=1001.0) == 2.0


def test_one_shop_does_not_slow_another() -> None:
    limiter = Limiter()
    for _ in range(13):
        limiter.delay_s("busy", calls_per_minute=60, now=1000.0)

    assert limiter.delay_s("idle", calls_per_minute=60, now=1000.0) == 0.0


def test_unused_calls_are_saved_up_for_a_while_only() -> None:
    limiter = Limiter()
    limiter.delay_s("shop", calls_per_minute=60, now=0.0)

    delays = [limiter.delay_s("shop", calls_per_minute=60, now=1e6) for _ in range(12)]

    assert delays.count(0.0) == BURST_S + 1


def test_only_so_many_shops_are_remembered() -> None:
    limiter = Limiter()
    for _ in range(12):
        limiter.delay_s("first", calls_per_minute=60, now=1000.0)
    for number in range(SHOPS_MAX):
        limiter.delay_s(f"shop {number}", calls_per_minute=60, now=1000.0)

    assert limiter.delay_s("first", calls_per_minute=60, now=1000.0) == 0.0

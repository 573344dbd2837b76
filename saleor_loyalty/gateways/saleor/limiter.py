"""How fast we may ask one shop."""

import threading

from saleor_loyalty.gateways.saleor.failures import SaleorUnavailable

#: Unused calls are saved up for so long.
BURST_S = 10.0
WAIT_S_MAX = 2.0
SHOPS_MAX = 1000


class Limiter:
    """A token bucket for each shop: so many calls a minute, saved up for BURST_S seconds.

    All a bucket has to remember is the moment from which its next call is free.
    """

    def __init__(self) -> None:
        self._free_from: dict[str, float] = {}
        self._lock = threading.Lock()

    def delay_s(self, shop: str, *, calls_per_minute: int, now: float) -> float:
        """Take a turn at `now` (seconds of any steady clock); return how long to wait for it.

        :raises SaleorUnavailable: if the wait would be longer than WAIT_S_MAX; no turn is taken.
        """
        with self._lock:
            free_from = max(self._free_from.pop(shop, now - BURST_S), now - BURST_S)
            delay_s = max(free_from - now, 0.0)
            is_too_long = delay_s > WAIT_S_MAX
            # Put back last: the first key is the one that was used longest ago.
            self._free_from[shop] = free_from + (0 if is_too_long else 60 / calls_per_minute)
            if len(self._free_from) > SHOPS_MAX:
                del self._free_from[next(iter(self._free_from))]
        if is_too_long:
            raise SaleorUnavailable("We ask this shop faster than SALEOR_CALLS_PER_MINUTE allows.")
        return delay_s

"""The two ways in which asking Saleor fails: later, or never."""


class SaleorUnavailable(Exception):
    """Saleor could not answer now; the same call may work later."""


class SaleorRefused(Exception):
    """Saleor answered no; the same call will fail again. `codes` are its error codes."""

    def __init__(self, message: str, *codes: str) -> None:
        super().__init__(message)
        self.codes = list(codes)


class BrokenRecord(SaleorRefused):
    """Saleor cannot show something we asked for, because its own data breaks its own schema."""


class ForbiddenAddress(SaleorRefused):
    """We do not connect there: the address is not public, or not https."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "FORBIDDEN_ADDRESS")

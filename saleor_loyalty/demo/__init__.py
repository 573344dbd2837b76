"""`saleor-loyalty demo`: a sandbox shop, the whole service and a short story, on one machine."""


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to do."""

"""A small stand-in for Saleor: the part of its API this app uses, in memory."""

from .quirks import Quirks
from .sandbox import Options, Sandbox
from .server import RunningSandbox, serve

__all__ = ["Options", "Quirks", "RunningSandbox", "Sandbox", "serve"]

"""Private parts of Textual that the console replaces or calls; to be checked at each of its updates."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.driver import Driver
from textual.drivers import linux_driver


def decode_invalid_input() -> None:
    """Replaces the driver's decoder by one that replaces invalid bytes.

    Textual's raises on input that is not UTF-8, such as that of a terminal set to Latin-1, and ends the app.
    """
    vars(linux_driver)["getincrementaldecoder"] = _lenient_decoder


def _lenient_decoder(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


def set_mouse_capture(driver: Driver, ours: bool) -> None:
    """Turns the terminal's mouse reports on or off while the app runs."""
    private: Any = driver
    (private._enable_mouse_support if ours else private._disable_mouse_support)()

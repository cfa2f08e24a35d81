"""Refused requests, with the status and the header fields of the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROBLEM_TYPES = "https://iana.org/assignments/http-problem-types#"


class Refusal(Exception):
    """A request that is not served.

    `message` is a sentence for the sender. `problem` has the members of an `application/problem+json` (RFC 9457); with
    None, the body is the message as text.
    """

    def __init__(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.problem = dict(problem) if problem is not None else None


def mismatching_offset(expected: int, provided: int) -> Refusal:
    """Return the refusal of an append at another offset than the current one."""
    return Refusal(
        409,
        f"This upload is at offset {expected}, not {provided}.",
        {"Upload-Offset": str(expected)},
        {
            "type": f"{PROBLEM_TYPES}mismatching-upload-offset",
            "title": "offset from request does not match offset of resource",
            "expected-offset": expected,
            "provided-offset": provided,
        },
    )


def completed_upload() -> Refusal:
    """Return the refusal of an append to a complete upload."""
    return Refusal(
        400,
        "This upload is complete.",
        problem={"type": f"{PROBLEM_TYPES}completed-upload", "title": "upload is already completed"},
    )


def inconsistent_length() -> Refusal:
    """Return the refusal of a length that contradicts an earlier one."""
    return Refusal(
        400,
        "The lengths that describe this upload contradict each other.",
        problem={
            "type": f"{PROBLEM_TYPES}inconsistent-upload-length",
            "title": "inconsistent length values for upload",
        },
    )

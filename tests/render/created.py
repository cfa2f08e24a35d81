"""Lists what a test creates on the GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def created_on(monkeypatch: pytest.MonkeyPatch, *resources: object) -> Iterator[list[str]]:
    """The calls that create something on these GPU objects and others of their types, but command encoders."""
    created: list[str] = []

    def count(kind: type, name: str) -> None:
        real = getattr(kind, name)

        def create(self: object, *given: object, **more: object) -> object:
            created.append(name)
            return real(self, *given, **more)

        patch.setattr(kind, name, create)

    with monkeypatch.context() as patch:
        for kind in {type(resource) for resource in resources}:
            for name in (name for name in dir(kind) if name.startswith("create_") and name != "create_command_encoder"):
                count(kind, name)
        yield created

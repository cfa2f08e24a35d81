"""The key that a delivery will be signed with, checked before any work is queued."""

from __future__ import annotations

from engine.credentials import credential_path
from engine.deliver import Recipe, signing_certificate
from engine.errors import RequestError
from engine.jobs import find_studio_process
from engine.tasks.context import TaskContext


def required_certificate(context: TaskContext, recipe: Recipe) -> str | None:
    """The SHA-256 of the certificate that signs by this recipe, None if it does not sign.

    Raises RequestError if there is no usable key, or if the running studio process has its keys in another folder: its
    jobs would look there, after all other work was done.
    """
    certificate = signing_certificate(recipe)
    ours = str(credential_path().parent)
    process = find_studio_process(context.paths.folder) if certificate else None
    if process and process.keys and process.keys != ours:
        raise RequestError(
            f"The running studio process looks for your key in {process.keys}, but it is in {ours}.",
            "Stop it with cwtui studio --stop, then deliver again: the new one looks in the right folder.",
        )
    return certificate

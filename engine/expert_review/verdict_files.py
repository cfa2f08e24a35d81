"""Signed verdicts as files beside a receipt. Their signatures are checked each time they are used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from engine.atomic_files import make_folder, write_atomic
from engine.errors import EngineError
from engine.expert_review.envelope import SignedEnvelope
from engine.expert_review.statement import read_statement
from engine.validation import read_json

VERDICTS = "verdicts"
"""The folder of the verdicts, below that of the receipt."""
_HINT = "Get it again from the reviewer, who signs it with cwtui review sign."
_LARGEST = 4 << 20


def read_verdict(path: Path) -> SignedEnvelope:
    """The envelope in a file. Raises EngineError if the file cannot be read or is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise EngineError(f"{path} is too large for a verdict.", _HINT)
        content = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    return read_json(SignedEnvelope, content, str(path), _HINT)


def keep_verdict(folder: Path, envelope: SignedEnvelope) -> Path:
    """Stores a verdict beside the receipt in a folder; the same verdict has the same file."""
    content = json.dumps(envelope.model_dump(mode="json"), sort_keys=True, indent=2).encode()
    path = folder / VERDICTS / f"{hashlib.sha256(content).hexdigest()[:16]}.dsse.json"
    make_folder(path.parent)
    write_atomic(path, content)
    return path


def read_verdicts(folder: Path) -> list[SignedEnvelope]:
    """The verdicts beside the receipt in a folder. Raises EngineError if one is damaged."""
    found = [read_verdict(path) for path in sorted((folder / VERDICTS).glob("[!.]*.dsse.json"))]
    for number, envelope in enumerate(found):
        read_statement(envelope, f"verdict {number + 1} in {folder / VERDICTS}")
    return found

"""How footage arrives: copied, proven, sealed with ASC MHL."""

from .importer import Arrivals, bring_in, take_digest
from .seal import Verdict, Verified, seal, sealed_digests, verify_seal
from .subject import Subject

__all__ = [
    "Arrivals",
    "Subject",
    "Verdict",
    "Verified",
    "bring_in",
    "seal",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]

"""How footage arrives: copied, proven, sealed with ASC MHL."""

from .arrive import Arrivals, bring_in, take_digest
from .seal import Verdict, Verified, seal, sealed_digests, verify_seal

__all__ = [
    "Arrivals",
    "Verdict",
    "Verified",
    "bring_in",
    "seal",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]

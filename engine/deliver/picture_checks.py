"""Checks of a finished picture's quality: its fidelity, and its bit rate within both bounds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.deliver.fidelity import Fidelity
from engine.deliver.receipt import Check
from engine.picture import ChunkFidelity, MovieInspection, join_digests
from engine.time import format_short_time

# An average rate below this share of the recipe's is low; it passes only with enough fidelity.
_LOW = Fraction(3, 4)


def check_fidelity(
    fidelity: Fidelity, chunks: Sequence[ChunkFidelity], movie: MovieInspection, copied: int = 0
) -> list[Check]:
    """Checks the fidelity against its floor, and that the file's frames are the measured ones.

    `fidelity` summarizes `chunks`. Each decoded frame of the file must have the digest of the frame that was decoded
    and compared with its source while its chunk was encoded. `copied` frames are in no chunk.
    """
    worst = fidelity.worst_second
    chroma = min(fidelity.mean.cb, fidelity.mean.cr)
    same = encoded = 0
    for chunk in chunks:
        pictures = movie.pictures[chunk.first : chunk.first + chunk.decoded]
        same += len(pictures) if join_digests(pictures) == chunk.digest else 0
        encoded += chunk.decoded
    return [
        Check(
            name="fidelity",
            passed=fidelity.is_enough,
            measured=f"SSIM luma {fidelity.mean.luma:.4f}, chroma {chroma:.4f}, "
            f"worst second {worst.luma:.4f} at {format_short_time(worst.start)}",
            wanted=f"luma ≥ {fidelity.floor:g}, chroma and every second ≥ {fidelity.lowest:g}",
        ),
        Check(
            name="frames as measured",
            passed=same == encoded == movie.frames - copied,
            measured=same,
            wanted=encoded,
        ),
    ]


def check_bit_rate(movie: MovieInspection, bit_rate: int, fidelity: Fidelity | None) -> Check:
    """Checks the average bit rate: at most the recipe's plus one second's buffer, at least three quarters of it.

    A lower rate passes if the fidelity is sufficient: a still or simple picture needs few bits. It passes if every
    frame was copied (`fidelity` is None).
    """
    seconds = movie.frames / movie.rate
    measured = movie.bits / seconds
    low = measured < bit_rate * _LOW
    wanted = f"{float(bit_rate * _LOW) / 1e6:g} to {bit_rate / 1e6:g} Mb/s, with a buffer of one second"
    if low:
        wanted += "; less only with sufficient fidelity"
    return Check(
        name="bit rate",
        passed=measured <= bit_rate * (1 + 1 / seconds) and (not low or fidelity is None or fidelity.is_enough),
        measured=f"{float(measured) / 1e6:.2f} Mb/s",
        wanted=wanted,
    )

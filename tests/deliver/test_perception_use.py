"""The determinism policy: a receipt lists products of models by model, device and gates, apart from hashes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cwtui.commands._delivery_result import show_delivery
from engine.deliver import DeliverableRequest, build_deliverable, load_recipe, perception_record, read_receipt
from engine.effects.exposure import ExposureEffect
from engine.export import write_receipt_page
from engine.ingest import inspect
from engine.looks import Look, LookEffect
from engine.perception import (
    AnalysedTake,
    AnalysisFrame,
    PerceivedSources,
    PerceptionReader,
    ProviderSet,
    write_perception,
)
from fixtures import clips
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between
from tests.permissions import DELIVER


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first ten frames of a take."""

    def given(first: int, stop: int) -> Generator[AnalysisFrame]:
        return frames_between(first, stop, 10)

    folder = tmp_path_factory.mktemp("pass")
    known = ProviderSet(Known("person_mask", "selfie"), Known("optical_flow"))
    write_perception(folder, AnalysedTake("001", "d1", RATE, range(10), (WIDTH, HEIGHT)), known, given)
    return folder


def test_the_gates_measure_the_delivered_frames(analysed: Path) -> None:
    with PerceptionReader(analysed) as reader:
        (use,) = perception_record(reader, ["person_mask"], [(Fraction(0), Fraction(1))], "001")
        assert (use.model, use.digest, use.device) == ("selfie", "ab" * 32, "processor")
        assert use.parameters == {"threshold": 0.5}
        assert use.frames == 10
        assert [gate.name for gate in use.gates] == ["frames analysed", "frames stable", "mean confidence"]
        assert [gate.passed for gate in use.gates] == [True] * 3
        assert [gate.measured for gate in use.gates] == pytest.approx([1, 1, 0.9], abs=0.1)
        spans = [(Fraction(0), Fraction(1, 2)), (Fraction(3), Fraction(7, 2))]
        (beyond,) = perception_record(reader, ["person_mask"], spans, "001")
        assert [gate.passed for gate in beyond.gates] == [False] * 3
        assert [gate.measured for gate in beyond.gates] == pytest.approx([0.5, 0.5, 0.43], abs=0.08)


def test_a_receipt_lists_the_masks_that_its_look_read(
    analysed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    footage = inspect(clips.plain_take(tmp_path / "IMG_0001.MOV", 64, 36, 30, Fraction(1, 3)))
    assert footage.probe.picture
    effect = ExposureEffect(stops=1, mask="person")
    look = Look("bright", "Bright", "physical", (LookEffect("exposure", effect),))
    request = DeliverableRequest(
        footage, "001", load_recipe("review-proxy"), footage.probe.picture.input_transform, take="001"
    )
    plain = build_deliverable(DELIVER, request, tmp_path / "plain", source_digest="5" * 32)
    assert plain.perception == ()
    with PerceptionReader(analysed) as reader:
        looked = replace(request, look=look, sources=PerceivedSources(reader, ("1",)))
        made = build_deliverable(DELIVER, looked, tmp_path / "out", source_digest="5" * 32)
    (use,) = made.perception
    assert (use.take, use.product, use.model) == ("001", "person_mask", "selfie")
    assert read_receipt(tmp_path / "out").deliveries == (made,)
    show_delivery(Console(width=200), [made.model_dump(mode="json")])
    assert "✓ person mask of 001 by selfie abababababab: frames analysed 1 (least 1)" in capsys.readouterr().out
    page = write_receipt_page(tmp_path / "out").read_text(encoding="utf-8")
    assert "judged by these gates; no hash proves them" in page
    assert "ab" * 32 in page
    # The files are proven by their bytes, whatever made the mask.
    assert all(file.sha256 for file in made.files)

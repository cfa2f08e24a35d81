"""Providers with nets find what is in a picture, and share the memory of the process."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import RequestError
from engine.models import add_net
from engine.models.nets import LocatedNet, NetContract, locate_net
from engine.perception import open_depth_provider, open_face_provider, open_mask_provider
from engine.perception.nets import NetDepthProvider, NetLease, NetMaskProvider, NetPool
from engine.perception.nets.face_boxes import Detections, merge_overlapping
from engine.perception.nets.face_crop import FaceCrop
from engine.perception.nets.fitting import fit_frame, unfit
from tests.models import net_files as nets

from .frames import astronaut, frame_of, plain, resized


def stored(path: Path, content: bytes, contract: NetContract) -> LocatedNet:
    path.write_bytes(content)
    return LocatedNet(path.stem, path, "onnx", contract, "unknown")


def test_a_portrait_has_one_face_with_landmarks_on_it() -> None:
    (face,) = open_face_provider().faces(frame_of(astronaut()))
    # Both eyes are at 206 to 262 px across and 97 px down, and the mouth's middle is at 236, 146.
    assert face.score > 0.9
    points = np.array(face.landmarks) * 512
    right_eye, left_eye, mouth = points[[33, 133]].mean(axis=0), points[[362, 263]].mean(axis=0), points[13]
    assert np.abs(right_eye - (208, 102)).max() < 12
    assert np.abs(left_eye - (244, 103)).max() < 12
    assert np.abs(mouth - (224, 144)).max() < 12


def test_small_faces_at_both_ends_of_a_wide_frame_are_found() -> None:
    wide = plain(640, 180, 40)
    wide[:, :180] = wide[:, 460:] = resized(astronaut(), 180, 180)
    faces = open_face_provider().faces(frame_of(wide))
    assert sorted(round(face.centre[0] * 640 / 10) * 10 for face in faces) == [80, 540]
    assert all(face.landmarks for face in faces)


def test_a_turned_face_has_turned_landmarks() -> None:
    from PIL import Image

    turned = np.asarray(Image.fromarray(astronaut()).rotate(-20, resample=Image.Resampling.BILINEAR))
    (face,) = open_face_provider().faces(frame_of(turned))
    eyes = np.array(face.landmarks)[263] - np.array(face.landmarks)[33]
    assert np.degrees(np.arctan2(eyes[1], eyes[0])) == pytest.approx(20, abs=4)


def test_a_crop_maps_its_middle_and_corners_to_the_frame() -> None:
    crop = FaceCrop(100, 60, 40, np.pi / 2)
    points = np.array([[32, 32], [0, 0], [64, 0]], np.float32)
    # A quarter turn clockwise: the square's upper left corner is at the upper right.
    assert np.allclose(crop.in_frame(points, (64, 64)), [(100, 60), (120, 40), (120, 80)])
    frame = np.zeros((120, 200, 3), np.uint8)
    frame[40:60, 100:120] = 255
    seen = crop.pixels(frame, (64, 64))
    assert seen[2:30, 2:30].min() == 255
    assert seen[34:].max() == 0
    assert seen[:, 34:].max() == 0


def test_overlapping_boxes_become_one_weighted_by_score() -> None:
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]], float)
    found = Detections(boxes, boxes.reshape(3, 2, 2), np.array([0.6, 0.9, 0.7]))
    merged = merge_overlapping(found, 0.3)
    assert merged.scores.tolist() == [0.9, 0.7]
    assert np.allclose(merged.boxes, [[1.2, 0, 11.2, 10], [50, 50, 60, 60]])
    assert len(merge_overlapping(Detections(boxes[:0], boxes[:0].reshape(0, 2, 2), boxes[:0, 0]), 0.3).scores) == 0


@pytest.mark.parametrize("size", [(300, 100), (60, 200), (128, 96)])
def test_bars_around_a_frame_are_cut_off_again(size: tuple[int, int]) -> None:
    width, height = size
    declared = nets.contract(fit="letterbox", width=128, height=96).input
    ramp = np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3)).astype(np.uint8)
    picture, fitting = fit_frame(ramp, declared)
    assert picture.shape == (96, 128, 3)
    back = unfit(picture[None, ..., 0].astype(np.float32), fitting, height, width)
    assert back.shape == (height, width)
    assert np.abs(back - ramp[..., 0]).max() <= 8


def test_relative_depth_is_scaled_and_metric_depth_is_not(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 96)[None, :, None], (64, 96, 3)).astype(np.uint8)
    relative = stored(tmp_path / "relative.onnx", nets.brightness(scale=400), nets.contract())
    found = NetDepthProvider(relative, pool=NetPool()).depth(frame_of(ramp))
    assert found.unit == "relative"
    assert (found.values.min(), found.values.max()) == (0, 1)
    assert (np.diff(found.values[32]) > -1e-4).all()
    metric = nets.contract("depth", "metric_depth")
    metres = NetDepthProvider(stored(tmp_path / "m.onnx", nets.brightness(4, -1), metric), pool=NetPool())
    depth = metres.depth(frame_of(ramp))
    assert depth.unit == "metric"
    assert np.isnan(depth.values[:, :20]).all()
    assert depth.values[32, 90] == pytest.approx(4 * 90 / 95 - 1, abs=0.05)


def test_a_retry_in_float32_is_part_of_the_identity(tmp_path: Path) -> None:
    net = stored(tmp_path / "half.onnx", nets.squared(dtype="float16"), nets.contract(dtype="float16"))
    provider = NetDepthProvider(net, pool=NetPool())
    assert provider.identity.parameters["float32_retry"] is False
    assert np.isfinite(provider.depth(frame_of(plain(96, 64, 250))).values).all()
    assert provider.identity.parameters["float32_retry"] is True
    provider.close()
    assert provider.identity.parameters["float32_retry"] is True


def test_the_longest_unused_net_is_unloaded_over_the_budget(tmp_path: Path) -> None:
    net = stored(tmp_path / "own.onnx", nets.brightness(), nets.contract())
    pool = NetPool(budget=1)
    first, second = NetLease(pool, net), NetLease(pool, net)
    one = first.net()
    assert first.net() is one
    second.net()
    assert pool.loaded(first) is None
    assert pool.loaded(second) is not None
    assert first.net() is not one
    assert pool.loaded(second) is None
    roomy = NetPool(budget=1 << 40)
    leases = [NetLease(roomy, net) for _ in range(3)]
    assert len({id(lease.net()) for lease in leases}) == 3
    assert roomy.size > 0
    for lease in leases:
        lease.close()
    assert roomy.size == 0


def test_a_speck_that_the_net_takes_for_a_person_is_no_person(tmp_path: Path) -> None:
    net = stored(tmp_path / "red.onnx", nets.red_mask(), nets.contract("mask", "alpha"))
    pixels = plain(320, 240)
    pixels[10:20, 10:20] = (200, 40, 40)
    assert not NetMaskProvider(net, pool=NetPool()).mask(frame_of(pixels)).alpha.any()


def test_ones_own_model_comes_before_that_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_mask_provider().identity.model == "selfie-square"
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(RequestError, match="No model for depth is installed") as refusal:
        open_depth_provider()
    assert "cwtui models add FILE --id depth-anything-small" in refusal.value.hint
    with pytest.raises(RequestError, match="No model for person masks is installed"):
        open_mask_provider()
    (tmp_path / "red.onnx").write_bytes(nets.red_mask())
    add_net(tmp_path / "red.onnx", nets.write_contract(tmp_path / "red.toml", task="mask", meaning="alpha"))
    assert open_mask_provider().identity.model == "red"
    assert locate_net("mask", "red").packaged is False

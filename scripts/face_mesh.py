"""Writes presets/perception/face_mesh.json: where the 468 points of MediaPipe's face mesh lie in an upright face.

The positions are the net's own result for skimage's picture of an astronaut, mirrored and averaged, in units of the
distance between the outer corners of the eyes, from the point between them. Run: python -m scripts.face_mesh
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np

_CROP = (125, 20, 200)
_SIDE, _POINTS = 192, 468
_EYES = (33, 263)
OUTPUT = Path(__file__).resolve().parent.parent / "presets" / "perception" / "face_mesh.json"


def main() -> None:
    """Runs the net on the picture and on its mirror image."""
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image
    from skimage import data

    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise SystemExit("mediapipe is not installed")
    net = Interpreter(str(Path(spec.origin).parent / "modules" / "face_landmark" / "face_landmark.tflite"))
    net.allocate_tensors()
    left, top, side = _CROP
    face = Image.fromarray(data.astronaut()).crop((left, top, left + side, top + side)).resize((_SIDE, _SIDE))
    pixels = np.asarray(face, np.float32)[None] / 255
    first, mirrored = _mesh(net, pixels), _mesh(net, pixels[:, :, ::-1])
    mirrored[:, 0] *= -1
    # The mirror image of a point is the nearest point on the other side, once both results are aligned.
    nearest = np.argmin(np.linalg.norm(first[:, None] - mirrored[None], axis=-1), axis=1)
    symmetric = (first + mirrored[nearest]) / 2
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([[round(float(x), 3), round(float(y), 3)] for x, y in symmetric]) + "\n")


def _mesh(net: object, pixels: np.ndarray) -> np.ndarray:
    net.set_tensor(net.get_input_details()[0]["index"], np.ascontiguousarray(pixels))  # type: ignore[attr-defined]
    net.invoke()  # type: ignore[attr-defined]
    outputs = net.get_output_details()  # type: ignore[attr-defined]
    mesh = next(one for one in outputs if np.prod(one["shape"]) == _POINTS * 3)
    points = net.get_tensor(mesh["index"]).reshape(_POINTS, 3)[:, :2]  # type: ignore[attr-defined]
    one, other = points[_EYES[0]], points[_EYES[1]]
    across = other - one
    down = np.array([-across[1], across[0]])
    centred = points - (one + other) / 2
    return np.stack([centred @ across, centred @ down], axis=1) / float(across @ across)


if __name__ == "__main__":
    main()

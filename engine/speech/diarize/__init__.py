"""Speaker diarization without torch: pyannote's segmentation and CAM++ embeddings under ONNX Runtime."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

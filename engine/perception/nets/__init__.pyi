from .depth import NetDepthProvider
from .faces import NetFaceProvider
from .masks import NetMaskProvider
from .opening import open_depth_provider, open_face_provider, open_mask_provider
from .pool import NetLease, NetPool, shared_pool

__all__ = [
    "NetDepthProvider",
    "NetFaceProvider",
    "NetLease",
    "NetMaskProvider",
    "NetPool",
    "open_depth_provider",
    "open_face_provider",
    "open_mask_provider",
    "shared_pool",
]

"""What a policy is asked about a deliverable."""

from __future__ import annotations

from engine.deliver.request import Programme
from engine.policy import Value


def deliver_values(order: Programme) -> dict[str, Value]:
    """The attributes of a request to deliver, for `Gate.require`."""
    picture, size = order.recipe.picture, order.frame_size
    return {
        "recipe": order.recipe.name,
        "codec": "exr" if order.recipe.frames else picture.codec if picture else "",
        "long_edge": max(size) if size else 0,
        "watermark": picture is not None and "watermark" in picture.burn_in,
        "commercial": all(one.commercial for one in order.packages),
    }

"""The actions that need permission, and the attributes of a request for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

Action = Literal["deliver", "export", "archive", "download", "send", "listen", "farm"]
Value = str | bool | int

LEAVES = ("nothing", "deliverables", "proxies", "originals")
"""The privacy steps of a project: the material that may leave this machine. Each includes the ones before it."""
Leaves = Literal["nothing", "deliverables", "proxies", "originals"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a request: the type of its values, and its meaning in a phrase."""

    kind: type[str] | type[bool] | type[int]
    meaning: str


ACTIONS: dict[Action, tuple[str, dict[str, Attribute]]] = {
    "deliver": (
        "Writing a deliverable",
        {
            "recipe": Attribute(str, "the name of the recipe"),
            "codec": Attribute(str, "the codec of the picture, exr for numbered frames, empty without a picture"),
            "long_edge": Attribute(int, "the longest side of the picture in pixels, 0 without a picture"),
            "watermark": Attribute(bool, "whether the picture has a watermark"),
            "commercial": Attribute(bool, "whether all packages that it uses may be used in commercial work"),
        },
    ),
    "export": (
        "Writing frames as images",
        {
            "format": Attribute(str, "exr or png"),
            "long_edge": Attribute(int, "the longest side of the picture in pixels"),
        },
    ),
    "archive": (
        "Writing originals outside the studio",
        {"leaves": Attribute(str, f"the privacy step of the project: {', '.join(LEAVES)}")},
    ),
    "download": (
        "Downloading a file from another machine",
        {
            "material": Attribute(str, "model, or package of the market"),
            "host": Attribute(str, "the name of the other machine"),
        },
    ),
    "send": (
        "Sending files to another machine",
        {
            "material": Attribute(str, "deliverables, intermediates, proxies or originals"),
            "leaves": Attribute(str, f"the privacy step of the project: {', '.join(LEAVES)}"),
            "machine": Attribute(str, "the machine of the farm, as cwtui farm list names it"),
        },
    ),
    "listen": (
        "Receiving files from the local network",
        {
            "network": Attribute(str, "the network of the address: loopback, private or public"),
            "interface": Attribute(str, "the name of the network interface"),
            "minutes": Attribute(int, "the time after which it is off again, in minutes"),
        },
    ),
    "farm": (
        "Letting other machines join the farm",
        {
            "network": Attribute(str, "the network of the address: loopback, private or public"),
            "interface": Attribute(str, "the name of the network interface"),
        },
    ),
}
"""The actions: what each does, as the subject of a sentence, and its attributes."""


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """A request for an action. An attribute may be missing: a rule that needs it cannot be evaluated then."""

    action: Action
    values: Mapping[str, Value]

    def __post_init__(self) -> None:  # noqa: D105
        known = ACTIONS[self.action][1]
        for name, value in self.values.items():
            if name not in known or type(value) is not known[name].kind:
                raise ValueError(f"{self.action}: {name}={value!r}")


def parse_request(action: str, texts: Mapping[str, str]) -> PolicyRequest:
    """The request of an action by name, with attributes as text. Raises RequestError if one is unknown or malformed."""
    name = next((one for one in ACTIONS if one == action), None)
    if name is None:
        raise RequestError(
            f"There is no action “{action}”.", hint_with_suggestion(action, ACTIONS, f"Actions: {', '.join(ACTIONS)}.")
        )
    known = ACTIONS[name][1]
    values: dict[str, Value] = {}
    for key, text in texts.items():
        if key not in known:
            hint = hint_with_suggestion(key, known, f"Attributes of {name}: {', '.join(known)}.")
            raise RequestError(f"{name} has no attribute “{key}”.", hint)
        values[key] = _parse(key, text, known[key])
    return PolicyRequest(name, values)


def _parse(key: str, text: str, attribute: Attribute) -> Value:
    if attribute.kind is str:
        return text
    if attribute.kind is bool and text in ("true", "false"):
        return text == "true"
    if attribute.kind is int and text.isdecimal():
        return int(text)
    wanted = "true or false" if attribute.kind is bool else "a whole number"
    raise RequestError(f"{key} must be {wanted}, not “{text}”.", f"{key} is {attribute.meaning}.")

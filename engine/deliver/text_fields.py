"""Fields in texts of a recipe, as {take} and {date}: in the names of files, and in texts that are burnt in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

FIELDS: Mapping[str, str] = {
    "project": "the project's name, empty for a plain file",
    "recipe": "the recipe's name",
    "take": "the take or the cut, with its range if there are several",
    "date": "the day of the recording, as 2026-11-30",
    "platform": "the recipe's platform",
    "size": "the size of the picture, as 1080x1920",
}
"""The fields and their meanings."""
TIMECODE = "timecode"
"""The further field of burnt-in texts: the timecode of each frame."""

_FIELD = re.compile(r"\{([^{}]*)\}")
# Characters that some file system does not accept in names, or that shells and addresses change; and those that end
# lines or turn the direction of the text, so that a name looks like another one.
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# The longest name of common file systems is 255 bytes; endings such as .chapters.txt follow.
_LONGEST = 200


def check_fields(text: str, *, more: tuple[str, ...] = ()) -> str:
    """The text, if all of its fields are known. Raises ValueError for another field or a single brace."""
    known = (*FIELDS, *more)
    for name in _FIELD.findall(text):
        if name not in known:
            raise ValueError(f"has no field {{{name}}}; the fields are {', '.join(f'{{{one}}}' for one in known)}")
    if set(_FIELD.sub("", text)) & set("{}"):
        raise ValueError("has a brace without its pair")
    return text


def check_name(template: str) -> str:
    """A template for names of files that is safe on every file system. Raises ValueError."""
    check_fields(template)
    words = _FIELD.sub("", template)
    if _UNSAFE.search(words):
        raise ValueError('cannot contain / \\ : * ? " < > | or control characters')
    if not template.strip(" .-_") or template[0] in ".- " or template[-1] in ". ":
        raise ValueError("must begin with a letter, a digit or a field, and not end with a dot or a space")
    return template


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields; unknown ones stay."""
    return _FIELD.sub(lambda field: values.get(field[1], field[0]), text)


def file_name(template: str, values: Mapping[str, str]) -> str:
    """The name of a deliverable's files without their endings, safe on every file system.

    What no name may contain becomes a hyphen; the separators of an empty field are left out.
    """
    name = filled(template, {field: slug(value) for field, value in values.items()})
    name = re.sub(r"([-_ ])[-_ ]*\1", r"\1", unicodedata.normalize("NFC", name)).strip(" .-_")
    name = name.encode()[:_LONGEST].decode(errors="ignore").rstrip(" .-_")
    if not name:
        return "untitled"
    return f"{name}_" if _RESERVED.fullmatch(name) else name


def slug(value: str) -> str:
    """A value as part of a file's name."""
    return _UNSAFE.sub("-", unicodedata.normalize("NFC", value)).strip(" .-")

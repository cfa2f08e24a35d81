"""A manifest cannot state another licence than that of the licence file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import RequestError
from engine.market import manifest_bytes
from engine.market.archive import archive_bytes
from engine.market.licence_text import check_licence_text
from engine.market.package import listed_files

from .packages import made, opened, preset_bytes

OPENING = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software"
NOTICE = "The above copyright notice and this permission notice shall be included in all copies"
BSD = "Redistribution and use in source and binary forms, with or without\nmodification, are permitted"
ENDORSE = "may be used to endorse or promote products"

TEXTS = {
    "CC0-1.0": "CC0 1.0 Universal\n\nStatement of Purpose",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-NC-4.0": "Attribution-NonCommercial 4.0 International",
    "CC-BY-NC-SA-4.0": "CC BY-NC-SA 4.0",
    "Apache-2.0": "   Apache License\n   Version 2.0, January 2004",
    "MIT": f"Copyright Ada\n\n{OPENING}\n{NOTICE}",
    "MIT-0": f"Copyright Ada\n\n{OPENING}",
    "BSD-2-Clause": BSD,
    "BSD-3-Clause": f"{BSD}\n{ENDORSE}",
    "OFL-1.1": "SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007",
    "GPL": "GNU GENERAL PUBLIC LICENSE\nVersion 3; the GNU Affero General Public License",
    "X11": "SPDX-License-Identifier: X11",
}


@pytest.mark.parametrize("licence", TEXTS)
def test_a_text_of_another_licence_is_refused(licence: str) -> None:
    stated = "Zlib" if licence in ("GPL", "X11") else licence
    for other in {"CC0-1.0", "CC-BY-4.0", "MIT", stated} - {licence}:
        with pytest.raises(
            RequestError, match=rf"licence.txt is the text of A?{licence}, and the manifest states {other}"
        ):
            check_licence_text("licence.txt", TEXTS[licence], other)
    if stated == licence:
        check_licence_text("licence.txt", TEXTS[licence], licence)
        check_licence_text("licence.txt", TEXTS[licence], f"{licence} OR Zlib")


def test_a_text_of_its_own_is_accepted() -> None:
    check_licence_text("licence.txt", "Do what you want, and give credit to Ada.", "CC-BY-4.0")


def lying(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """The archive of a package whose licence file was changed, and whose manifest has the file's digest."""
    package = made({"item.toml": preset_bytes("title", "title"), "licence.txt": b"CC0 1.0 Universal"}, "title")
    files = dict(package.files)
    change(files)
    manifest = package.manifest.model_copy(update={"files": listed_files(files)})
    return archive_bytes({"package.toml": manifest_bytes(manifest), **files})


def test_a_package_whose_manifest_lies_about_its_licence_file_is_refused() -> None:
    assert opened(lying(lambda files: None))
    with pytest.raises(
        RequestError, match=r"licence\.txt is the text of CC-BY-NC-4\.0, and the manifest states CC0-1.0"
    ):
        opened(lying(lambda files: files.update({"licence.txt": b"Attribution-NonCommercial 4.0 International\n"})))
    with pytest.raises(RequestError, match=r"belongs to nothing"):
        opened(lying(lambda files: files.update({"licence.md": b"CC0 1.0 Universal\n"})))

"""Whether the licence file of a package agrees with the licence that its manifest states.

A user reads the manifest's licence in plain words and chooses by it, so that a file with other terms would be a trap.
Licences are recognized by their identifiers and by sentences of their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import RequestError
from engine.market.licences import LICENCES, choices_of

_IDENTIFIER = re.compile(r"spdx-license-identifier:[ \t]*([^\n]+)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9.+-]+")
_SIGNS = {
    "0BSD": r"zero[- ]clause bsd",
    "Apache-2.0": r"apache license,? version 2\.0",
    "CC-BY-3.0": r"\battribution 3\.0",
    "CC-BY-4.0": r"\battribution 4\.0|\bcc[- ]by 4\.0",
    "CC-BY-NC-4.0": r"attribution-noncommercial 4\.0|cc[- ]by-nc 4\.0",
    "CC-BY-NC-ND-4.0": r"attribution-noncommercial-noderivatives 4\.0|cc[- ]by-nc-nd 4\.0",
    "CC-BY-NC-SA-4.0": r"attribution-noncommercial-sharealike 4\.0|cc[- ]by-nc-sa 4\.0",
    "CC-BY-ND-4.0": r"attribution-noderivatives 4\.0|cc[- ]by-nd 4\.0",
    "CC-BY-SA-4.0": r"attribution-sharealike 4\.0|cc[- ]by-sa 4\.0",
    "CC0-1.0": r"\bcc0 1\.0",
    "ISC": r"\bisc license",
    "MIT": r"\bmit license",
    "MIT-0": r"\bmit no attribution",
    "OFL-1.1": r"sil open font license,? version 1\.1",
    "Unlicense": r"free and unencumbered software released into the public domain",
    "Zlib": r"\bzlib license",
    # Licences that no package can state.
    "AGPL": r"gnu affero general public license",
    "GPL": r"gnu general public license",
    "LGPL": r"gnu lesser general public license",
    "MPL": r"mozilla public license",
}
_BSD, _THIRD_CLAUSE = "redistribution and use in source and binary forms", "endorse or promote products"
_FREE_OF_CHARGE, _WITH_NOTICE = "permission is hereby granted, free of charge", "the above copyright notice and this"


def check_licence_text(name: str, text: str, licence: str) -> None:
    """Raises RequestError, with both licences, if a file is that of a licence that the expression does not name."""
    stated = {one for choice in choices_of(licence) for one in choice.split(" AND ")}
    for found in _named_in(text):
        if found not in stated:
            raise RequestError(
                f"{name} is the text of {found}, and the manifest states {licence}.",
                "State the licence of the package, or put its own text into the file.",
            )


def _named_in(text: str) -> Iterator[str]:
    """The licences whose text a file is, or that it names by their identifiers."""
    for match in _IDENTIFIER.finditer(text):
        yield from (word for word in _WORD.findall(match[1]) if word not in ("AND", "OR", "WITH"))
    plain = " ".join(text.casefold().replace("licence", "license").split())
    found = [name for name, sign in _SIGNS.items() if re.search(sign, plain)]
    if _FREE_OF_CHARGE in plain and not {"MIT", "MIT-0"} & set(found):
        found.append("MIT" if _WITH_NOTICE in plain else "MIT-0")
    if _BSD in plain:
        found.append("BSD-3-Clause" if _THIRD_CLAUSE in plain else "BSD-2-Clause")
    # The licences of the GNU project name each other.
    others = [name for name in found if name not in LICENCES]
    yield from others[:1] or found

"""Every character has a font, or the error names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.text import fonts, require_faces, select_faces, upright


@pytest.fixture
def no_installed_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without installed fonts."""
    monkeypatch.setattr(fonts, "_installed", lambda: ())


@pytest.mark.usefixtures("no_installed_fonts")
def test_bundled_fonts_have_the_alphabets_and_common_symbols() -> None:
    require_faces("Größe Đặng Ελληνικά привет مرحبا हिन्दी שלום สวัสดี ქართული ♪♫ ✓ → “…” — € ₹ ½ ★\u200d\u2069\n")
    assert [face.family for face in upright()] == ["FiraGO", "DejaVu Sans"]
    assert upright(bold=True)[0].path != upright()[0].path


@pytest.mark.usefixtures("no_installed_fonts")
def test_a_missing_character_is_named_with_a_package_to_install() -> None:
    with pytest.raises(RequestError) as refusal:
        require_faces("你好")
    assert "你 (cjk unified ideograph-4f60)" in str(refusal.value)
    assert "fonts-noto-cjk" in refusal.value.hint


def test_a_custom_font_comes_first() -> None:
    faces = select_faces("abc", str(upright()[1].path))
    assert [face.family for face in faces] == ["DejaVu Sans", "FiraGO", "DejaVu Sans"]


@pytest.mark.parametrize("content", [None, b"", b"no font at all", b"OTTO" + bytes(100)])
def test_a_file_that_is_not_a_font_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RequestError, match=r"mine\.ttf"):
        select_faces("abc", str(path))


def test_a_broken_installed_font_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"OTTO" + bytes(100))
    monkeypatch.setattr(fonts, "_installed", lambda: (broken, upright()[1].path))
    assert select_faces("\U0010fffd")

"""Names that other devices send."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.phone.file_names import safe_name


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("IMG_0001.MOV", "IMG_0001.MOV"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\cmd.exe", "cmd.exe"),
        ("..", "upload"),
        ("...", "upload"),
        ("", "upload"),
        (".bashrc", "bashrc"),
        ("a\0b.mov", "ab.mov"),
        ("a\nb\r.mov", "ab.mov"),
        ("a\u202evom.exe", "avom.exe"),
        ("con.mov", "_con.mov"),
        ("NUL", "_NUL"),
        ("COM1.mov", "_COM1.mov"),
        ("CONTACT.mov", "CONTACT.mov"),
        ("a<b>:c|d?.mov", "a_b__c_d_.mov"),
        ("trailing. ", "trailing"),
        ("Ku\u0308ste.mov", "K\u00fcste.mov"),
        ("海辺の朝.mov", "海辺の朝.mov"),
        ("~/.ssh/id", "id"),
        ("\ufeffa.mov", "a.mov"),
    ],
)
def test_dangerous_names(sent: str, name: str) -> None:
    assert safe_name(sent) == name


@given(st.text(max_size=300))
def test_every_name_is_one_plain_part_of_a_path(sent: str) -> None:
    name = safe_name(sent)
    assert name
    assert name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= 201
    assert not set(name) & set('/\\\0<>:"|?*')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert all(unicodedata.category(sign) not in ("Cc", "Cf", "Cs") for sign in name)
    assert safe_name(name) == name


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("ü" * 300 + ".mov")
    assert name.endswith("ü.mov")
    assert len(name.encode()) <= 200

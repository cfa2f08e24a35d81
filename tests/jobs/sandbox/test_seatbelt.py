"""The text of the macOS profile."""

from __future__ import annotations

from pathlib import Path

from engine.jobs.sandbox import seatbelt


def test_the_profile_allows_only_listed_paths(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "footage").mkdir()
    place = tmp_path.resolve()
    rules = seatbelt.profile((tmp_path, tmp_path / "file"), (tmp_path / "footage",), network=True).splitlines()
    assert rules == [
        "(version 1)",
        "(allow default)",
        "(deny file-write* file-read-data file-read-xattr)",
        '(allow file-read-data (literal "/"))',
        '(allow file-write* file-read-data file-read-xattr (subpath "/dev"))',
        f'(allow file-read-data file-read-xattr (subpath "{place}/footage"))',
        f'(allow file-write* file-read-data file-read-xattr (subpath "{place}"))',
        f'(allow file-write* file-read-data file-read-xattr (literal "{place}/file"))',
    ]


def test_the_profile_resolves_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert f'(subpath "{tmp_path.resolve()}/real")' in seatbelt.profile((tmp_path / "link",), (), network=True)


def test_quotes_in_a_path_are_escaped(tmp_path: Path) -> None:
    odd = tmp_path / 'a "b") (allow default) \\'
    odd.mkdir()
    text = seatbelt.profile((odd,), (), network=True)
    assert f'(subpath "{tmp_path.resolve()}/a \\"b\\") (allow default) \\\\")' in text


def test_without_the_network_only_unix_sockets_are_allowed() -> None:
    rules = seatbelt.profile((), (), network=False).splitlines()
    denied = rules.index("(deny network*)")
    assert [rule for rule in rules[denied:] if rule.startswith("(allow")] == [
        "(allow network* (local unix-socket))",
        "(allow network* (remote unix-socket))",
    ]
    assert "network" not in seatbelt.profile((), (), network=True)

"""Tables in the Common LUT Format: a strict reader, whose files OpenColorIO and colour-clf-io read alike."""

from __future__ import annotations

import locale
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.market import install
from engine.market.clf import canonical_clf

from .packages import made, opened

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ProcessList xmlns="urn:AMPAS:CLF:v3.0" id="a" compCLFversion="3.0">\n'
STEP = 'inBitDepth="32f" outBitDepth="32f"'
NODES = {
    "matrix": f'<Matrix {STEP}><Array dim="3 4">1.1 0.1 0 0.01 0 0.9 0.1 0 0.05 0 1 -0.02</Array></Matrix>',
    "lut1d": f'<LUT1D {STEP}><Array dim="3 3">0 0 0 0.4 0.5 0.6 1 1 1</Array></LUT1D>',
    "lut3d": f'<LUT3D {STEP} interpolation="tetrahedral"><Array dim="2 2 2 3">\n'
    "0 0 0\n0 0 1\n0 1 0\n0 1 1\n.9 0 0\n1 0 1\n1 1e0 0\n1 1 +1\n</Array></LUT3D>",
    "range": f'<Range {STEP} style="Clamp"><minInValue>0</minInValue><maxInValue>1</maxInValue>'
    "<minOutValue>0.1</minOutValue><maxOutValue>0.9</maxOutValue></Range>",
    "cdl": f'<ASC_CDL {STEP} style="Fwd"><SOPNode><Slope>1 1.1 0.9</Slope><Offset>0.01 0 -0.01</Offset>'
    "<Power>1.2 1 0.9</Power></SOPNode><SatNode><Saturation>0.8</Saturation></SatNode></ASC_CDL>",
    "exponent": f'<Exponent {STEP} style="basicFwd"><ExponentParams exponent="2.2"/></Exponent>',
    "log": f'<Log {STEP} style="linToLog"><LogParams base="10" linSideSlope="1" linSideOffset="0.01" '
    'logSideSlope="0.25" logSideOffset="0.5"/></Log>',
}


def clf(*nodes: str) -> str:
    """A table of steps."""
    return HEAD + "\n".join(nodes) + "\n</ProcessList>\n"


def by_ocio(content: bytes, path: Path) -> np.ndarray:
    """Random colours after the table, by OpenColorIO on the processor."""
    import PyOpenColorIO

    path.write_bytes(content)
    PyOpenColorIO.ClearAllCaches()
    processor = PyOpenColorIO.Config.CreateRaw().getProcessor(PyOpenColorIO.FileTransform(str(path)))
    pixels = np.random.default_rng(3).uniform(-0.1, 1.2, (64, 3)).astype(np.float32)
    processor.getDefaultCPUProcessor().applyRGB(pixels)
    return pixels


@pytest.mark.parametrize("name", NODES)
def test_opencolorio_reads_the_written_table_alike(name: str, tmp_path: Path) -> None:
    text = clf("<Description>by Ada</Description>", NODES[name])
    written = canonical_clf(text.encode(), "a.clf")
    assert b"Ada" not in written
    assert canonical_clf(written, "a.clf") == written
    np.testing.assert_array_equal(by_ocio(written, tmp_path / "w.clf"), by_ocio(text.encode(), tmp_path / "g.clf"))


FIELDS = ("array", "asc_cdl", "sopnode", "sat_node", "exponent_params", "log_params", "min_in_value", "style")


@pytest.mark.slow
def test_a_second_reader_reads_the_written_table_alike() -> None:
    # Its import takes two seconds.
    import colour_clf_io

    for node in NODES.values():
        text = clf(node)
        # It reads no declaration of the encoding.
        texts = (one.partition("\n")[2] for one in (text, canonical_clf(text.encode(), "a").decode()))
        given, written = map(colour_clf_io.read_clf, texts)
        assert given is not None
        assert written is not None
        (first,), (second,) = given.process_nodes, written.process_nodes
        assert type(first) is type(second)
        stated = [(str(getattr(first, key, None)), str(getattr(second, key, None))) for key in FIELDS]
        assert [one for one, _ in stated] != ["None"] * len(FIELDS)
        assert all(_same(one, other) for one, other in stated), stated


def _same(one: str, other: str) -> bool:
    """Whether two texts differ only in the notation of numbers."""
    numbers = [[float(word) for word in NUMBER.findall(text)] for text in (one, other)]
    words = [NUMBER.sub("#", text) for text in (one, other)]
    return numbers[0] == numbers[1] and words[0] == words[1]


NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def test_several_steps_keep_their_order(tmp_path: Path) -> None:
    text = clf(*NODES.values())
    written = canonical_clf(text.encode(), "a.clf")
    np.testing.assert_array_equal(by_ocio(written, tmp_path / "w.clf"), by_ocio(text.encode(), tmp_path / "g.clf"))


ATTACKS = {
    "a reference": (clf(f'<Reference path="/etc/passwd" {STEP}/>'), "line 3: the table refers to another file"),
    "a path": (clf(f'<Matrix {STEP} path="/etc/passwd"/>'), "refers to another file"),
    "an alias": (clf(f'<Matrix {STEP} alias="x"/>'), "refers to another file"),
    "a document type": ('<!DOCTYPE a SYSTEM "file:///etc/passwd">\n' + clf(NODES["cdl"]), "line 1: .* DOCTYPE"),
    "an entity": (
        '<!DOCTYPE a [<!ENTITY x "0 0 0"><!ENTITY y "&x;&x;">]>\n' + clf(NODES["lut1d"].replace("0 0 0", "&y;")),
        "DOCTYPE",
    ),
    "an entity without a type": (clf(NODES["lut1d"].replace("0 0 0", "&x;")), "is not XML"),
    "a processing instruction": (clf('<?xml-stylesheet href="x"?>' + NODES["cdl"]), "processing instruction"),
    "a CDATA section": (clf(NODES["lut1d"].replace("0 0 0", "<![CDATA[0 0 0]]>")), "CDATA"),
    "a number that is none": (clf(NODES["lut1d"].replace("0.5", "nan")), "a word in Array that is no number"),
    "an infinite number": (clf(NODES["lut1d"].replace("0.5", "inf")), "no number"),
    "a large number": (clf(NODES["lut1d"].replace("0.5", "1e300")), "not finite or too large"),
    "an infinite exponent": (clf(NODES["exponent"].replace("2.2", "1e999")), "exponent, which is no number"),
    "a word as an exponent": (clf(NODES["exponent"].replace("2.2", "nan")), "exponent, which is no number"),
    "a comma": (clf(NODES["lut1d"].replace("0.5", "0,5")), "no number"),
    "a hexadecimal number": (clf(NODES["lut1d"].replace("0.5", "0x1p3")), "no number"),
    "digits of another script": (clf(NODES["lut1d"].replace("0.5", "٠.٥")), "no number"),
    "too few numbers": (clf(NODES["lut1d"].replace("0.5 ", "")), "has 8 numbers in LUT1D, not 9"),
    "a huge size": (clf(NODES["lut3d"].replace("2 2 2 3", "999999 999999 999999 3")), "has the size"),
    "a size that is none": (clf(NODES["lut3d"].replace("2 2 2 3", "2 2 -2 3")), "has the size|of dim"),
    "an unknown element": (clf("<Script>x</Script>"), "an element 'Script' where it may not be"),
    "an element in a wrong place": (clf(NODES["cdl"].replace("<Slope>", "<Matrix><Slope>")), "where it may not be"),
    "an unknown attribute": (clf(NODES["matrix"].replace("<Matrix ", '<Matrix onload="x" ')), "attribute 'onload'"),
    "an unknown namespace": (clf(NODES["matrix"]).replace("urn:AMPAS", "urn:EVIL"), "unknown namespace"),
    "a style of another format": (clf(NODES["cdl"].replace("Fwd", "v1.2_Fwd")), "value 'v1.2_Fwd' of style"),
    "half floats as words": (clf(NODES["lut1d"].replace("<LUT1D", '<LUT1D rawHalfs="true"')), "'rawHalfs'"),
    "depths that do not fit": (
        clf(NODES["matrix"], NODES["cdl"].replace('inBitDepth="32f"', 'inBitDepth="10i"')), "line 4: .* before it"
    ),
    "no depth": (clf(NODES["matrix"].replace(STEP, "")), "no inBitDepth in Matrix"),
    "no array": (clf(f"<Matrix {STEP}></Matrix>"), "has no Array in Matrix"),
    "two arrays": (clf(NODES["matrix"].replace("</Matrix>", '<Array dim="3 3">1</Array></Matrix>')), "has Array twice"),
    "half a range": (clf(NODES["range"].replace("<minOutValue>0.1</minOutValue>", "")), "minInValue with minOutValue"),
    "no step": (clf(), "has 0 steps"),
    "many steps": (clf(*[NODES["cdl"]] * 17), "has 17 steps"),
    "another version": (clf(NODES["cdl"]).replace('compCLFversion="3.0"', 'compCLFversion="9"'), "a version of CLF"),
    "no XML": ("LUT_1D_SIZE 2\n", "is not XML"),
    "an open element": (HEAD, "is not XML"),
    "a text between": (clf("0 0 0" + NODES["cdl"]), "a text in ProcessList"),
    "nothing": ("", "is not XML"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_its_line(name: str) -> None:
    text, reason = ATTACKS[name]
    with pytest.raises(RequestError, match=reason) as refusal:
        canonical_clf(text.encode(), "a.clf")
    assert refusal.value.message.startswith("a.clf, line ")


@given(st.integers(0, 2**31), st.sampled_from(sorted(NODES)))
@settings(max_examples=150, deadline=None)
def test_mutations_are_refused_or_stable(seed: int, name: str) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(clf(NODES[name]).encode())
    for _ in range(int(random.integers(1, 4))):
        content[int(random.integers(len(content)))] = int(random.integers(32, 127))
    try:
        written = canonical_clf(bytes(content), "a.clf")
    except RequestError:
        return
    assert canonical_clf(written, "a.clf") == written


def test_numbers_mean_the_same_where_a_comma_separates_decimals(tmp_path: Path) -> None:
    text = clf(NODES["lut1d"], NODES["exponent"])
    plain = canonical_clf(text.encode(), "a.clf")
    light = by_ocio(plain, tmp_path / "a.clf")
    before = locale.setlocale(locale.LC_NUMERIC)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
        break
    try:
        assert canonical_clf(text.encode(), "a.clf") == plain
        np.testing.assert_array_equal(by_ocio(plain, tmp_path / "b.clf"), light)
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def test_packages_have_tables_in_this_format(tmp_path: Path) -> None:
    package = made({"t.clf": clf(NODES["lut3d"]).encode()}, "lut", content="t.clf")
    assert opened(package.archive) == package
    assert set(install(tmp_path, package, "").files) == {"luts/ada-dusk-1-0-0.clf"}
    look = b'version = 1\ntitle = "Print"\n[lut]\nfile = "t.clf"\n'
    package = made({"item.toml": look, "t.clf": clf(NODES["lut3d"]).encode()}, name="print")
    assert opened(package.archive) == package
    record = install(tmp_path, package, "")
    assert set(record.files) == {"looks/ada-print-1-0-0.toml", "looks/ada-print-1-0-0-t.clf"}
    with pytest.raises(RequestError, match="refers to another file"):
        made({"item.toml": look, "t.clf": ATTACKS["a reference"][0].encode()})


def test_a_table_that_opencolorio_refuses_is_refused() -> None:
    camera = NODES["log"].replace("linToLog", "cameraLinToLog")
    with pytest.raises(RequestError, match="not a LUT"):
        made({"t.clf": clf(camera).encode()}, "lut", content="t.clf")

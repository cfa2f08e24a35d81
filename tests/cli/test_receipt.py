"""cwtui receipt: the receipt as text, as JSON, and as a page."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from engine.deliver import DeliverableRequest, build_deliverable, load_recipe
from engine.ingest import inspect
from fixtures import clips
from tests.cli.shell import Shell
from tests.permissions import DELIVER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivered movie with sound; one of its checks fails, because it was changed in the receipt."""
    footage = inspect(clips.plain_take(tmp_path_factory.mktemp("take") / "IMG_0001.MOV", 64, 36))
    folder = tmp_path_factory.mktemp("out")
    request = DeliverableRequest(footage, "a < b", load_recipe("review-proxy"), footage.probe.picture.input_transform)  # type: ignore[union-attr]
    assert build_deliverable(DELIVER, request, folder, source_digest="5" * 32).passed
    return folder


def test_a_page_has_the_pictures_checks_and_digests_of_a_receipt(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    receipt = cwtui.json("receipt", folder)
    (delivery,) = receipt["deliveries"]
    out = tmp_path / "receipt.html"
    assert cwtui.json("receipt", folder, "-o", out) == {"path": str(out)}
    page = html.fromstring(out.read_bytes())
    assert page.xpath("//h2/text()") == ["a < b"]
    assert page.xpath("//p[@class='passed']/text()") == [f"None of {len(delivery['checks'])} checks failed."]
    text = page.text_content()
    assert delivery["files"][0]["sha256"] in text
    assert "5" * 32 in text
    names = page.xpath("//td[@class='passed' or @class='warning']/following-sibling::td[1]/text()")
    assert names == [check["name"] for check in delivery["checks"]]
    # It loads nothing: each picture is in the page, and decodes.
    urls = page.xpath("//@src | //@href")
    assert len(urls) == 6
    for url in urls:
        assert url.startswith("data:image/jpeg;base64,")
        assert Image.open(BytesIO(base64.b64decode(url.partition(",")[2]))).size[0] == 360
    (points,) = page.xpath("//polyline/@points")
    assert len(re.findall(r"[\d.]+,[\d.]+", points)) > 3


def test_a_page_is_written_again_but_no_other_file_is_replaced(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "receipt.html"
    for _ in range(2):
        cwtui("receipt", folder / "receipt.json", "-o", out)
    out.write_text("<p>mine</p>")
    assert "already exists" in cwtui("receipt", folder, "-o", out, code=2).stderr
    assert out.read_text() == "<p>mine</p>"


def test_a_receipt_is_printed_and_a_folder_without_one_is_an_error(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    assert "a < b.mp4" in cwtui("receipt", folder).stdout
    error = cwtui.json("receipt", tmp_path, code=2)["error"]
    assert error["message"] == f"{tmp_path} has no receipt."
    cwtui("new", "Walk")
    assert "deliverables/youtube-4k has no receipt" in cwtui("receipt", "youtube-4k", code=2).stderr

"""cwtui receipt: the receipt as text, as JSON, and as a page."""

from __future__ import annotations

import base64
import re
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from engine.deliver import (
    Check,
    Deliverable,
    DeliverableRequest,
    RenderedPart,
    Seam,
    build_deliverable,
    load_recipe,
    read_receipt,
)
from engine.deliver.receipt import CopiedPart, CutSource, EncodedPart, now, write_receipt
from engine.export import write_receipt_page
from engine.ingest import inspect
from fixtures import clips
from tests.cli.shell import Shell
from tests.permissions import DELIVER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivered movie with sound; one of its checks fails, because it was changed in the receipt."""
    footage = inspect(clips.plain_take(tmp_path_factory.mktemp("take") / "IMG_0001.MOV", 64, 36))
    folder = tmp_path_factory.mktemp("out")
    recipe = load_recipe("review-proxy").model_copy(update={"platform": "apple-podcasts"})
    request = DeliverableRequest(footage, "a < b", recipe, footage.probe.picture.input_transform)  # type: ignore[union-attr]
    assert build_deliverable(DELIVER, request, folder, source_digest="5" * 32).passed
    return folder


def test_a_page_has_the_pictures_checks_and_digests_of_a_receipt(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    receipt = cwtui.json("receipt", folder)
    (delivery,) = receipt["deliveries"]
    out = tmp_path / "receipt.html"
    assert cwtui.json("receipt", folder, "-o", out) == {"path": str(out)}
    page = html.fromstring(out.read_bytes())
    assert page.xpath("//h2/text()") == ["a < b"]
    assert page.xpath("//p[@class='passed']/text()") == [
        f"None of {len(delivery['checks'])} checks failed.",
        "Ready for Apple Podcasts",
    ]
    text = page.text_content()
    assert delivery["files"][0]["sha256"] in text
    assert "5" * 32 in text
    # What it was made with.
    assert delivery["device"]["processor"] in text
    assert {tool["name"] for tool in delivery["tools"]} <= set(page.xpath("//th/text()"))
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


def test_a_page_names_each_file_once_and_shows_first_what_failed(folder: Path, tmp_path: Path) -> None:
    (delivery,) = read_receipt(folder).deliveries
    *others, last = delivery.checks
    failed = last.model_copy(update={"passed": False, "measured": []})
    write_receipt(tmp_path, delivery.model_copy(update={"checks": (*others, failed)}))
    page = html.fromstring(write_receipt_page(tmp_path).read_bytes())
    assert page.xpath("//th[@colspan]/text()") == ["a < b.mp4"]
    first = page.xpath("//tr[th/@colspan]/following-sibling::tr[1]/td")
    assert [cell.text_content() for cell in first[:3]] == ["✗", last.name, "none"]


def test_a_page_lists_the_parts_of_a_picture_with_machine_device_and_time(folder: Path, tmp_path: Path) -> None:
    (delivery,) = read_receipt(folder).deliveries
    parts = (
        RenderedPart(first=0, frames=96, machine="attic <1>", device="Apple M3", seconds=12.34),
        RenderedPart(first=96, frames=24, device="llvmpipe"),
    )
    seams = (Seam(frame=96, before=0.021, after=0.0234),)
    write_receipt(tmp_path, delivery.model_copy(update={"parts": parts, "seams": seams}))
    page = html.fromstring(write_receipt_page(tmp_path).read_bytes())
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//table[thead//th='machine']/tr")]
    assert rows == [["0 to 95", "attic <1>", "Apple M3", "12.3 s"], ["96 to 119", "this machine", "llvmpipe", ""]]
    assert "join at frame 96: FLIP 0.021 before and 0.023 after it" in page.text_content()


def test_a_page_is_written_again_but_no_other_file_is_replaced(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "receipt.html"
    for _ in range(2):
        cwtui("receipt", folder / "receipt.json", "-o", out)
    out.write_text("<p>mine</p>")
    assert "already exists" in cwtui("receipt", folder, "-o", out, code=2).stderr
    assert out.read_text() == "<p>mine</p>"


def test_a_receipt_is_printed_and_a_folder_without_one_is_an_error(cwtui: Shell, folder: Path, tmp_path: Path) -> None:
    assert "a < b.mp4" in (printed := cwtui("receipt", folder).stdout)
    assert "✓ Ready for Apple Podcasts" in printed
    error = cwtui.json("receipt", tmp_path, code=2)["error"]
    assert error["message"] == f"{tmp_path} has no receipt."
    cwtui("new", "Walk")
    assert "deliverables/youtube-4k has no receipt" in cwtui("receipt", "youtube-4k", code=2).stderr


def test_a_receipt_says_what_was_copied_and_why_the_rest_was_not(cwtui: Shell, tmp_path: Path) -> None:
    copied = CopiedPart(
        clips=(1, 2),
        take="IMG_0001",
        start=Fraction(8),
        duration=Fraction(3),
        source_start=Fraction(70),
        packets=90,
        bytes=1,
        digest="d" * 32,
    )
    encoded = EncodedPart(clip=3, take="IMG_0002", frames=1, reason="160×90; the film is 320×180")
    film = Deliverable(
        take="film",
        source_digest="",
        recipe="youtube-4k",
        recipe_digest="",
        input_transform=None,
        start=Fraction(0),
        duration=Fraction(11),
        files=(),
        checks=(Check(name="copied packets", passed=True, measured=90, wanted="90, as recorded"),),
        cut=CutSource(
            name="film", digest="", rate=Fraction(30), clips=3, takes=(), copied=(copied,), encoded=(encoded,)
        ),
        made_at=now(),
    )
    write_receipt(tmp_path, film)
    text = cwtui("receipt", tmp_path).stdout
    assert "90 of 91 frames copied without encoding" in text
    assert "copied at 0:08.0: 3.0 s of IMG_0001 from 1:10.0, 90 packets (clip 1, 2)" in text
    assert "encoded: 1 frame of clip 3 (IMG_0002): 160×90; the film is 320×180" in text
    (delivery,) = cwtui.json("receipt", tmp_path)["deliveries"]
    assert delivery["cut"]["encoded"] == [encoded.model_dump()]
    cwtui("receipt", tmp_path, "-o", tmp_path / "receipt.html")
    page = html.fromstring((tmp_path / "receipt.html").read_bytes()).text_content()
    assert "copied at 00:00:08.00, 00:00:03.00 from 00:01:10.00" in page
    assert "encoded: 160×90; the film is 320×180" in page

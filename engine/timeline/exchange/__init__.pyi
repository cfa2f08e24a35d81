"""Cuts as files of other programs: FCPXML, CMX 3600, FCP 7 XML; loss reports, differences, shot lists."""

from .cut_captions import caption_file, film_captions
from .diff import Change, ChangeKind, CutDiff, at_rate, diff_cuts
from .edl_reader import read_edl
from .edl_writer import write_edl
from .fcpxml_captions import FilmCaptions
from .fcpxml_reader import read_fcpxml
from .fcpxml_values import VERSIONS
from .fcpxml_writer import write_fcpxml
from .formats import (
    FORMATS,
    ExchangeFormat,
    Exported,
    ReadOptions,
    exchange_format,
    export_cut,
    media_choices,
    media_of_cut,
    read_exchange_file,
    read_timeline,
)
from .loss import Loss, losses
from .media_match import MediaMatch, match_media, with_takes
from .shot_list import Shot, shot_list_html, shot_list_markdown, shots
from .timeline import CutCaption, ExchangeMedia, ExchangeTimeline, Issue, IssueLog, require_complete, take_media

__all__ = [
    "FORMATS",
    "VERSIONS",
    "Change",
    "ChangeKind",
    "CutCaption",
    "CutDiff",
    "ExchangeFormat",
    "ExchangeMedia",
    "ExchangeTimeline",
    "Exported",
    "FilmCaptions",
    "Issue",
    "IssueLog",
    "Loss",
    "MediaMatch",
    "ReadOptions",
    "Shot",
    "at_rate",
    "caption_file",
    "diff_cuts",
    "exchange_format",
    "export_cut",
    "film_captions",
    "losses",
    "match_media",
    "media_choices",
    "media_of_cut",
    "read_edl",
    "read_exchange_file",
    "read_fcpxml",
    "read_timeline",
    "require_complete",
    "shot_list_html",
    "shot_list_markdown",
    "shots",
    "take_media",
    "with_takes",
    "write_edl",
    "write_fcpxml",
]

"""Motion graphics: templates of titles as data, laid out in every script and animated by exact times."""

from .arrangement import Margins
from .contrast import READABLE, TextContrast, text_contrasts
from .field_values import field_values, parse_assignments
from .files import SUFFIXES, WrittenTitle, frame_count, refuse_suffix, title_frames, write_title
from .library import (
    OWN_TITLES,
    StoredTitle,
    create_title,
    design_of,
    find_title_problems,
    list_titles,
    load_title,
    read_title,
    schema_text,
    stored_title,
    title_names,
    title_path,
    title_schema,
)
from .motion import Motion, Spring
from .renderer import TitleRenderer
from .template import FORMAT_VERSION, TemplateText, TitleField, TitleLayer, TitleLayout, TitleTemplate

__all__ = [
    "FORMAT_VERSION",
    "OWN_TITLES",
    "READABLE",
    "SUFFIXES",
    "Margins",
    "Motion",
    "Spring",
    "StoredTitle",
    "TemplateText",
    "TextContrast",
    "TitleField",
    "TitleLayer",
    "TitleLayout",
    "TitleRenderer",
    "TitleTemplate",
    "WrittenTitle",
    "create_title",
    "design_of",
    "field_values",
    "find_title_problems",
    "frame_count",
    "list_titles",
    "load_title",
    "parse_assignments",
    "read_title",
    "refuse_suffix",
    "schema_text",
    "stored_title",
    "text_contrasts",
    "title_frames",
    "title_names",
    "title_path",
    "title_schema",
    "write_title",
]

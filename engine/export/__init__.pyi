"""Single frames, numbered sequences and contact sheets."""

from .contact_sheet import SheetLayout, make_sheet
from .frame import ExrForm, Origin, exr_form, refuse_unfit, write_and_watch
from .permission import export_values
from .transform_sheet import TRANSFORM_SHEET_WIDTH, make_transform_sheet

__all__ = [
    "TRANSFORM_SHEET_WIDTH",
    "ExrForm",
    "Origin",
    "SheetLayout",
    "export_values",
    "exr_form",
    "make_sheet",
    "make_transform_sheet",
    "refuse_unfit",
    "write_and_watch",
]

"""Single frames, numbered sequences and contact sheets."""

from .contact_sheet import SheetLayout, make_sheet
from .frame import ExrForm, Origin, exr_form, refuse_unfit, write_and_watch
from .transform_sheet import make_transform_sheet

__all__ = [
    "ExrForm",
    "Origin",
    "SheetLayout",
    "exr_form",
    "make_sheet",
    "make_transform_sheet",
    "refuse_unfit",
    "write_and_watch",
]

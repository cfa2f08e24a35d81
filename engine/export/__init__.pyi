"""Single frames, numbered sequences, contact sheets, and receipts as pages."""

from .contact_sheet import SheetLayout, make_sheet
from .frame import ExrForm, Origin, exr_form, refuse_unfit, write_and_watch
from .measured_frame import measured_frame
from .perceived import write_overlay, write_product_frames
from .perception_page import write_perception_page
from .permission import export_values
from .receipt_page import write_receipt_page
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
    "measured_frame",
    "refuse_unfit",
    "write_and_watch",
    "write_overlay",
    "write_perception_page",
    "write_product_frames",
    "write_receipt_page",
]

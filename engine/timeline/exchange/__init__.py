"""Cuts as files of other programs: FCPXML, CMX 3600, FCP 7 XML; loss reports, differences, shot lists."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

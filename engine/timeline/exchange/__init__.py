"""Cuts as files of other programs: FCPXML, CMX 3600, FCP 7 XML; loss reports, differences, shot lists."""

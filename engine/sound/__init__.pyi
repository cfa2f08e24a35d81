"""The sound room: any track as samples on the picture's clock, its loudness, one gain to target, masters."""

from .audible import SILENT_DBTP, audible_track, is_audible
from .channel_analysis import channel_correction, downmix_of, mono_16k, speech_blocks, speech_gain_db
from .channel_gains import ChannelCorrection
from .channel_layout import ChannelLayout, channel_layout
from .compare import Match, Turn, Version, labels_of, match, write_in_turn
from .condition import check_sound
from .dialog import (
    STAGES,
    CleanReport,
    Preset,
    Recording,
    StageName,
    Words,
    clean,
    load_preset,
    preset_names,
    stage_named,
    write_clean_report,
)
from .downmix import Downmix, Layout
from .drift import Drift, measure_drift
from .encode import Codec
from .gain import Gain, HeldBy, Target, one_gain
from .loudness import (
    STEREO,
    ChannelLoudness,
    Level,
    Loudness,
    LoudnessSeries,
    MonoLoudness,
    channels_of,
    loudness_of,
    measure,
    measure_file,
    meter_file,
    metered,
    series_of,
)
from .master import Master, write_master
from .meter import Meter, Reading
from .passthrough import CARRY_TIMESCALE, Carry, carried_in, refuse_uncarriable
from .passthrough_track import CarriedTrack
from .plots import draw_loudness
from .track import Mended, channel_layout_of, duration_of, read_blocks
from .waveform import peaks, waveform_png

__all__ = [
    "CARRY_TIMESCALE",
    "SILENT_DBTP",
    "STAGES",
    "STEREO",
    "CarriedTrack",
    "Carry",
    "ChannelCorrection",
    "ChannelLayout",
    "ChannelLoudness",
    "CleanReport",
    "Codec",
    "Downmix",
    "Drift",
    "Gain",
    "HeldBy",
    "Layout",
    "Level",
    "Loudness",
    "LoudnessSeries",
    "Master",
    "Match",
    "Mended",
    "Meter",
    "MonoLoudness",
    "Preset",
    "Reading",
    "Recording",
    "StageName",
    "Target",
    "Turn",
    "Version",
    "Words",
    "audible_track",
    "carried_in",
    "channel_correction",
    "channel_layout",
    "channel_layout_of",
    "channels_of",
    "check_sound",
    "clean",
    "downmix_of",
    "draw_loudness",
    "duration_of",
    "is_audible",
    "labels_of",
    "load_preset",
    "loudness_of",
    "match",
    "measure",
    "measure_drift",
    "measure_file",
    "meter_file",
    "metered",
    "mono_16k",
    "one_gain",
    "peaks",
    "preset_names",
    "read_blocks",
    "refuse_uncarriable",
    "series_of",
    "speech_blocks",
    "speech_gain_db",
    "stage_named",
    "waveform_png",
    "write_clean_report",
    "write_in_turn",
    "write_master",
]

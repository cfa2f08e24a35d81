"""Sound: track decoding on the picture's clock, loudness, gain to a target, masters, dialog cleanup."""

from .audible import SILENT_DBTP, audible_track, is_audible
from .channel_analysis import (
    SPEECH_RATE,
    channel_correction,
    downmix_of,
    mono_16k,
    speech_blocks,
    speech_gain_db,
    voices_16k,
)
from .channel_gains import ChannelCorrection
from .channel_layout import ChannelLayout, channel_layout
from .channel_voices import ChannelVoices
from .compare import AlternatingSpan, Match, Version, labels_path, match, write_alternating
from .comparison import (
    SoundComparison,
    read_comparison,
    side_blocks,
    write_alternating_sides,
    write_comparison,
    write_side,
)
from .condition import check_sound
from .dialog import (
    HEARD_RATE,
    ISOLATION_MODEL,
    OWN_PRESETS,
    STAGES,
    CleanReport,
    HeardWord,
    Preset,
    Recognizer,
    Recording,
    StageName,
    audition_context,
    clean,
    load_preset,
    preset_names,
    stage_named,
    write_clean_report,
    write_stage_audition,
)
from .downmix import Downmix, OutputLayout
from .drift import Drift, measure_drift
from .encode import Codec, encode
from .gain import Gain, Target, static_gain
from .level_columns import measure_levels
from .limiter_values import LimiterBounds, LimiterWork
from .loudness import (
    STEREO,
    ChannelLoudness,
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
from .loudness_values import Level, Loudness
from .master import Master, write_master
from .meter import Meter, MeterReading
from .microphone import microphone_blocks
from .passthrough import PASSTHROUGH_TIMESCALE, Passthrough, passthrough_tracks_in, refuse_unsupported_tracks
from .passthrough_track import PassthroughTrack
from .plots import draw_loudness
from .profile import ProfileRecorder, SoundProfile, profile_of, profiles_path, read_profiles, write_profiles
from .profile_comparison import (
    ChannelFigures,
    SoundStretch,
    channel_figures,
    missing_channels,
    missing_sound,
    sound_offset,
)
from .span_mix import SHORTEST_FADE, MixSpan, SoundSource, mix_spans, write_mix
from .tags import SoundTags, read_tags, sound_metadata, write_tagged
from .take_levels import TakeLevels, read_levels
from .track import RepairCount, channel_layout_of, duration_of, read_blocks
from .voice_choice import VoiceChoice
from .waveform import peaks

__all__ = [
    "HEARD_RATE",
    "ISOLATION_MODEL",
    "OWN_PRESETS",
    "PASSTHROUGH_TIMESCALE",
    "SHORTEST_FADE",
    "SILENT_DBTP",
    "SPEECH_RATE",
    "STAGES",
    "STEREO",
    "AlternatingSpan",
    "ChannelCorrection",
    "ChannelFigures",
    "ChannelLayout",
    "ChannelLoudness",
    "ChannelVoices",
    "CleanReport",
    "Codec",
    "Downmix",
    "Drift",
    "Gain",
    "HeardWord",
    "Level",
    "LimiterBounds",
    "LimiterWork",
    "Loudness",
    "LoudnessSeries",
    "Master",
    "Match",
    "Meter",
    "MeterReading",
    "MixSpan",
    "MonoLoudness",
    "OutputLayout",
    "Passthrough",
    "PassthroughTrack",
    "Preset",
    "ProfileRecorder",
    "Recognizer",
    "Recording",
    "RepairCount",
    "SoundComparison",
    "SoundProfile",
    "SoundSource",
    "SoundStretch",
    "SoundTags",
    "StageName",
    "TakeLevels",
    "Target",
    "Version",
    "VoiceChoice",
    "audible_track",
    "audition_context",
    "channel_correction",
    "channel_figures",
    "channel_layout",
    "channel_layout_of",
    "channels_of",
    "check_sound",
    "clean",
    "downmix_of",
    "draw_loudness",
    "duration_of",
    "encode",
    "is_audible",
    "labels_path",
    "load_preset",
    "loudness_of",
    "match",
    "measure",
    "measure_drift",
    "measure_file",
    "measure_levels",
    "meter_file",
    "metered",
    "microphone_blocks",
    "missing_channels",
    "missing_sound",
    "mix_spans",
    "mono_16k",
    "passthrough_tracks_in",
    "peaks",
    "preset_names",
    "profile_of",
    "profiles_path",
    "read_blocks",
    "read_comparison",
    "read_levels",
    "read_profiles",
    "read_tags",
    "refuse_unsupported_tracks",
    "series_of",
    "side_blocks",
    "sound_metadata",
    "sound_offset",
    "speech_blocks",
    "speech_gain_db",
    "stage_named",
    "static_gain",
    "voices_16k",
    "write_alternating",
    "write_alternating_sides",
    "write_clean_report",
    "write_comparison",
    "write_master",
    "write_mix",
    "write_profiles",
    "write_side",
    "write_stage_audition",
    "write_tagged",
]

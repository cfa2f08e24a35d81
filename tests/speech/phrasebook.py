"""A multilingual Whisper model that knows one German sentence and its English translation.

Its weights are set by hand: each word follows the one before it, and the sound only places the words in time.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
from ctranslate2.specs import whisper_spec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

_WIDTH, _HEADS, _LAYERS, _MELS = 32, 2, 3, 80
# The tokens of Whisper's multilingual vocabulary: end of text, start of a transcript, languages, tasks, times.
_END, _START, _ENGLISH, _GERMAN, _TRANSLATE, _TRANSCRIBE = 50_257, 50_258, 50_259, 50_261, 50_358, 50_359
_NO_SPEECH, _UNTIMED, _COUNT = 50_362, 50_363, 51_865
_NAMES = {
    # CTranslate2 takes a model for multilingual by the empty last word of the vocabulary.
    50_256: "",
    _END: "<|endoftext|>",
    _START: "<|startoftranscript|>",
    _ENGLISH: "<|en|>",
    _GERMAN: "<|de|>",
    _TRANSLATE: "<|translate|>",
    _TRANSCRIBE: "<|transcribe|>",
    50_360: "<|startoflm|>",
    50_361: "<|startofprev|>",
    _NO_SPEECH: "<|nospeech|>",
    _UNTIMED: "<|notimestamps|>",
}
_WORDS = dict(enumerate(["ĠDas", "ĠWasser", "Ġist", "Ġkalt.", "ĠThe", "Ġwater", "Ġis", "Ġcold."], 300))


def _time(fiftieths: int) -> int:
    return _UNTIMED + 1 + fiftieths


# A first time of its own keeps the two sentences apart.
_SENTENCES = (
    (_START, _GERMAN),
    (_TRANSCRIBE, _time(0), 300, 301, 302, 303, _time(75), _END),
    (_TRANSLATE, _time(1), 304, 305, 306, 307, _time(76), _END),
)


def write_phrasebook(folder: Path) -> Path:
    """Writes the model and its tokenizer in CTranslate2's layout."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(1)
    spec = whisper_spec.WhisperSpec(_LAYERS, _HEADS, _LAYERS, _HEADS)

    def fill(part, *shape: int, scale: float) -> None:
        part.weight = (scale * generator.standard_normal(shape)).astype(np.float32)
        part.bias = np.zeros(shape[0], np.float32)

    def norm(part) -> None:
        part.gamma, part.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    encoder, decoder = spec.encoder, spec.decoder
    fill(encoder.conv1, _WIDTH, _MELS, 3, scale=0.2)
    fill(encoder.conv2, _WIDTH, _WIDTH, 3, scale=0.2)
    encoder.position_encodings.encodings = np.zeros((1500, _WIDTH), np.float32)
    decoder.position_encodings.encodings = np.zeros((448, _WIDTH), np.float32)
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in (*encoder.layer, *decoder.layer):
        norm(layer.self_attention.layer_norm)
        fill(layer.self_attention.linear[0], 3 * _WIDTH, _WIDTH, scale=0.2)
        fill(layer.self_attention.linear[1], _WIDTH, _WIDTH, scale=0.0)
        norm(layer.ffn.layer_norm)
        fill(layer.ffn.linear_0, 4 * _WIDTH, _WIDTH, scale=0.0)
        fill(layer.ffn.linear_1, _WIDTH, 4 * _WIDTH, scale=0.0)
    for layer in decoder.layer:
        # Only its attention to the sound is used, which gives the words their times.
        norm(layer.attention.layer_norm)
        fill(layer.attention.linear[0], _WIDTH, _WIDTH, scale=0.2)
        fill(layer.attention.linear[1], 2 * _WIDTH, _WIDTH, scale=0.2)
        fill(layer.attention.linear[2], _WIDTH, _WIDTH, scale=0.0)
    following = [pair for one in _SENTENCES for pair in pairwise(one)]
    decoder.embeddings.weight = np.zeros((_COUNT, _WIDTH), np.float32)
    decoder.projection.weight = np.zeros((_COUNT, _WIDTH), np.float32)
    for number, (token, after) in enumerate(following):
        decoder.embeddings.weight[token, number] = 1
        decoder.projection.weight[after, number] = 6
    named = _NAMES | _WORDS
    spec.register_vocabulary([named.get(number, f"<{number}>") for number in range(_COUNT)])
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    heads = [[_LAYERS - 1, head] for head in range(_HEADS)]
    settings = {
        "alignment_heads": heads,
        "lang_ids": [_ENGLISH, _GERMAN],
        "suppress_ids": [],
        "suppress_ids_begin": [],
    }
    (folder / "config.json").write_text(json.dumps(settings))
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer() -> Tokenizer:
    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    vocabulary = letters | {word: number for number, word in _WORDS.items()}
    vocabulary |= {f"<{n}>": n for n in range(_END) if n not in vocabulary.values()}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(_NAMES.get(n, f"<|{n}|>"), special=True) for n in range(_END, _COUNT)])
    return made

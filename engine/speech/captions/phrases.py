"""Costs of line breaks between words, by punctuation and function words."""

from __future__ import annotations

from functools import cache

SENTENCE = tuple(".!?…。！？؟।۔")
CLAUSE = (*SENTENCE, *",;:–—、，；：،؛")

# Characters that must not start a line, and characters that must not end one (JIS X 4051, kinsoku).
_CLOSING = frozenset(
    "!%),.:;?]}¢°’”‰′″℃、。々〉》」』】〕ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ゛゜ゝゞ・ーヽヾ！％），．：；？］｝｡｣､･｠»…"
)
_OPENING = frozenset("([{£¥‘“〈《「『【〔（［｛｢£￥＄«")

FORBIDDEN = 1000.0
WITHIN_WORD = 40.0
_AFTER_SENTENCE, _AFTER_CLAUSE, _BEFORE_CONJUNCTION, _BEFORE_PREPOSITION = 0.0, 1.0, 3.0, 3.5
_ANYWHERE, _AFTER_LINKING, _AFTER_PRONOUN, _BOUND = 6.0, 12.0, 12.0, 14.0

_ABBREVIATIONS = frozenset(
    [
        *("mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs.", "e.g.", "i.e.", "jr.", "sr.", "hr.", "fr."),
        *("bzw.", "z.b.", "d.h.", "ca.", "nr.", "mme.", "sig.", "sra."),
    ]
)

# Function words by ISO 639-1 language: linking words (conjunctions, prepositions), and words that belong to the next
# one (articles, possessives; subject pronouns).
_CONJUNCTIONS = {
    "en": "and but or nor so yet because that which who when while if although though unless until since where whether",
    "de": "und aber oder denn sondern weil dass ob wenn als während obwohl bevor nachdem damit wo",
    "fr": "et mais ou donc or ni car que qui quand lorsque si puisque quoique où parce",
    "es": "y e pero o u ni que porque cuando mientras si aunque donde quien pues sino",
    "it": "e ed ma o né che perché quando mentre se benché dove chi quindi però",
    "pt": "e mas ou nem que porque quando enquanto se embora onde quem pois",
    "nl": "en maar of want dat omdat als toen terwijl hoewel waar wie dus",
}
_PREPOSITIONS = {
    "en": "in on at by for with about against between into through during before after above below to from up down "
    "of off over under near without within along across behind beyond toward towards upon like than as",
    "de": "in im an am auf aus bei beim mit nach seit von vom zu zum zur durch für gegen ohne um über unter vor "
    "hinter neben zwischen wegen trotz bis",
    "fr": "à au aux de du des en dans par pour sur sous avec sans chez entre vers contre depuis pendant avant après",
    "es": "a al de del en con por para sin sobre entre desde hasta hacia contra durante ante bajo tras",
    "it": "a al alla di del della dei in nel nella con su sul sulla per da dal dalla tra fra senza verso contro",
    "pt": "a ao à de do da dos das em no na nos nas com por para sem sobre entre desde até contra",
    "nl": "in op aan bij met na naar van voor door over onder tussen zonder tegen uit om tot",
}
_DETERMINERS = {
    "en": "a an the my your his her its our their this these those no every each some any not very",
    "de": "der die das den dem des ein eine einen einem einer eines mein meine dein deine sein seine ihr ihre unser "
    "unsere kein keine dieser diese dieses nicht sehr",
    "fr": "le la les un une l' mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces ne",
    "es": "el la los las un una unos unas mi mis tu tus su sus nuestro nuestra este esta estos estas no muy",
    "it": "il lo la i gli le un uno una mio mia tuo tua suo sua nostro nostra questo questa non molto",
    "pt": "o os as um uma uns umas meu minha teu tua seu sua nosso nossa este esta não muito",
    "nl": "de het een mijn jouw zijn haar ons onze hun deze dit geen niet heel",
}
_PRONOUNS = {
    "en": "i you he she it we they i'm you're he's she's it's we're they're i've we've i'll we'll there",
    "de": "ich du er sie es wir ihr man",
    "fr": "je j' tu il elle on nous vous ils elles",
    "es": "yo tú él ella nosotros ellos ellas usted ustedes se me te lo",
    "it": "io tu lui lei noi voi loro mi ti si ci vi",
    "pt": "eu tu ele ela nós vocês eles elas você se me te",
    "nl": "ik jij je hij zij ze wij we jullie",
}


@cache
def _listed(kind: str, language: str) -> frozenset[str]:
    lists = {"and": _CONJUNCTIONS, "in": _PREPOSITIONS, "the": _DETERMINERS, "she": _PRONOUNS}[kind]
    return frozenset(lists.get(language, "").split())


def ends_sentence(word: str) -> bool:
    """Whether a word ends a sentence; abbreviations and initials do not."""
    bare = word.rstrip("\"'”’»)]」』）")
    if not bare.endswith(SENTENCE):
        return False
    initial = len(bare) == 2 and bare[0].isupper() and bare[1] == "." and bare[0].isascii() and bare != "I."
    return not (initial or bare.lower() in _ABBREVIATIONS)


def ends_clause(word: str) -> bool:
    """Whether a word ends a sentence or a clause."""
    bare = word.rstrip("\"'”’»)]」』）")
    return ends_sentence(word) or (bare.endswith(CLAUSE) and not bare.endswith("."))


def is_function_word(word: str, language: str) -> bool:
    """Whether a word is a listed conjunction, preposition, article, possessive or subject pronoun of the language."""
    bare = word.lower().strip("\"'“”‘’«»()")
    return any(bare in _listed(kind, language) for kind in ("and", "in", "the", "she"))


def may_part(before: str, after: str) -> bool:
    """Whether a line may end between two texts: closing marks cannot start a line, opening marks cannot end one."""
    return after[:1] not in _CLOSING and before[-1:] not in _OPENING


def parting_cost(before: str, after: str, language: str) -> float:
    """The cost for readability of a line break between two words: 0 after a sentence, 14 between bound words."""
    if not may_part(before, after):
        return FORBIDDEN
    if ends_sentence(before):
        return _AFTER_SENTENCE
    if ends_clause(before):
        return _AFTER_CLAUSE
    first, second = before.lower().strip("\"'“”‘’«»()"), after.lower().strip("\"'“”‘’«».,;:!?…()")
    if first in _listed("the", language) or _named(before, after, language) or _measured(before, after):
        return _BOUND
    if first in _listed("she", language):
        return _AFTER_PRONOUN
    if first in _listed("and", language) or first in _listed("in", language):
        return _AFTER_LINKING
    if second in _listed("and", language):
        return _BEFORE_CONJUNCTION
    if second in _listed("in", language):
        return _BEFORE_PREPOSITION
    return _ANYWHERE


def _named(before: str, after: str, language: str) -> bool:
    """Whether the words are a name, or a title and a name. In German only titles count: all nouns are capitalised."""
    titled = before.lower() in _ABBREVIATIONS or before in ("Herr", "Frau")
    large = before[:1].isupper() and after[:1].isupper()
    return large and (titled or (language != "de" and before != "I"))


def _measured(before: str, after: str) -> bool:
    """Whether the words are a number and its unit or noun."""
    return before[-1:].isdigit() and after[:1].isalpha()

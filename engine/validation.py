"""Validates TOML and JSON texts that users may edit. Errors are plain sentences with key, value found and line."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from engine.errors import EngineError, RequestError
from engine.known_keys import suggestion
from engine.suggestion import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from tree_sitter import Node

M = TypeVar("M", bound=BaseModel)

# Longer values are not repeated in a message.
_LONGEST_VALUE = 40
_MOST_LISTED = 5
# A validator's message that starts so continues with what is accepted.
_MUST_BE = "must be "

# What is accepted, by pydantic's error type.
_EXPECTED = {
    "string_type": "text in quotes",
    "path_type": "a path in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number with fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "datetime_type": "a date and time",
    "datetime_parsing": "a date and time",
    "datetime_from_date_parsing": "a date and time",
    "datetime_object_invalid": "a date and time",
    "greater_than": "more than {gt:.9g}",
    "greater_than_equal": "at least {ge:.9g}",
    "less_than": "less than {lt:.9g}",
    "less_than_equal": "at most {le:.9g}",
    "literal_error": "{expected}",
    "enum": "{expected}",
}
_TABLES = ("dict_type", "model_type", "model_attributes_type")
# Other rules, as predicates.
_PREDICATES = {
    "missing": "is missing",
    "extra_forbidden": "is not a known key",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} values",
    "too_long": "must have at most {max_length} values",
}

# What is wrong, by the beginning of tomllib's message.
_SYNTAX = (
    (r"Expected '=' after a key", "a key needs = and a value"),
    (r"Unclosed array", "missing closing ]"),
    (r"Unclosed inline table", "missing closing }"),
    (r"Unterminated string|(Illegal|Found invalid) character '\\n'|Expected \"'", "missing closing quote"),
    (r"Illegal character|Found invalid character", "there is a control character"),
    (r"Expected newline or end of document", "there is more after the value; each key needs a line of its own"),
    (r"Invalid statement", "a line must be a key with a value, or a [table]"),
    (r"Invalid initial character for a key part", "the name of a key or table is missing or needs quotes"),
    (r"Expected ']", "missing closing ] after the name of the table"),
    (r"Cannot declare (?P<name>\(.*\)) twice", "{name} is there twice; remove one"),
    (r"Duplicate inline table key (?P<name>.+) \(at", "{name} is set twice; remove one"),
    (r"Unescaped", r"write \\ for a backslash, or put the text in single quotes"),
    (r"Invalid hex value|Escaped character is not", r"the digits after \u are not a character"),
    (r"Invalid date or datetime", "there is no such date or time"),
    (r"Exceeds the limit", "a number has too many digits"),
)
# The openings of the values that tomllib reports as unclosed where the next line begins, or at the end of the text.
_OPENINGS = (("Unclosed", re.compile(r"=\s*[\[{]")), ("Unterminated|Expected \"'", re.compile("\"{3}|'{3}")))


class Problem(NamedTuple):
    """An error in a text: the path of keys, the line (from 0; None if unknown), and a sentence without a full stop.

    `message` begins with the path of keys, `short` with the last key alone.
    """

    keys: tuple[str, ...]
    line: int | None
    message: str
    short: str

    def __str__(self) -> str:
        """The error as all screens and commands show it: “codec must be aac, wav or mp3, not "flac" (line 3)”.

        The line is counted from 1. Without a line, the whole path of keys says where the error is.
        """
        return self.message if self.line is None else f"{self.short} (line {self.line + 1})"


def matching(pattern: str, form: str) -> AfterValidator:
    """Validates text by a regular expression; `form` describes it in the message."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{_MUST_BE}{form}")
        return text

    return AfterValidator(check)


def find_toml_problems(model: type[BaseModel], text: str, **given: Any) -> list[Problem]:
    """All errors of a TOML text; empty if it is valid. `given` are values of the model that are not in the text."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return [_syntax_problem(text, error)]
    try:
        model.model_validate({**table, **given})
    except ValidationError as error:
        return find_problems(error, table, text, model=model)
    return []


def read_toml(model: type[M], text: str, source: str, kind: str, hint: str, **given: Any) -> M:
    """Validates a TOML text, as `find_toml_problems`. Raises RequestError, naming `source`, with all its errors.

    `kind` is what the text should be: "recipe".
    """
    table = parse_toml(text, source)
    try:
        return model.model_validate({**table, **given})
    except ValidationError as error:
        found = find_problems(error, table, text, model=model)
        raise RequestError(f"{source} is not a valid {kind}: {list_problems(found)}.", hint) from error


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file. Raises RequestError, naming the file, if it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding)
    except OSError as error:
        raise RequestError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not UTF-8 text.", "Save the file as UTF-8.") from error


def parse_toml(text: str, source: str, hint: str = "Fix that line.") -> dict[str, Any]:
    """Parses a TOML text. Raises RequestError, naming `source` and the line, if its syntax is invalid."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{source} is not valid TOML: {_syntax_problem(text, error)}.", hint) from error


def read_json(model: type[M], data: bytes, source: str, hint: str) -> M:
    """Validates a JSON text. Raises EngineError, naming `source`, with all its errors."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise EngineError(f"{source} is not valid: {list_problems(find_json_problems(error, data))}.", hint) from error


def find_json_problems(error: ValidationError, data: bytes) -> list[Problem]:
    """The errors of a JSON text that pydantic found."""
    for one in error.errors():
        if one["type"] == "json_invalid":
            at = re.search(r" at line (\d+)", one["msg"])
            message = "this is not valid JSON"
            return [Problem((), int(at[1]) - 1 if at else None, message, message)]
    return find_problems(error, json.loads(data), table="an object")


def find_problems(
    error: ValidationError,
    document: object,
    text: str = "",
    within: Sequence[str] = (),
    table: str = "a table",
    model: type[BaseModel] | None = None,
) -> list[Problem]:
    """The errors that pydantic found in a parsed document, with the lines of the TOML `text` that it is from, if any.

    The document is the part of the text at the path `within`. `table` is the word for a group of keys. With the
    `model` of the document, an unknown key gets the known one that was probably meant.
    """
    found = []
    # pydantic counts only valid values of a tuple, so that an error inside one is also one of its length.
    errors = [one for one in error.errors() if one["type"] != "too_short" or not _has_errors_inside(error, one["loc"])]
    for (keys, is_key), group in groupby(errors, lambda one: (_keys_of(one, document), one["loc"][-1:] == ("[key]",))):
        same = list(group)
        line = line_of(text, (*within, *keys)) if text else None
        for predicate in _predicates(same, table):
            if is_key:
                # A mapping does not accept this key; its value may be valid.
                keys, predicate = keys[:-1], f": the key {keys[-1]}{predicate.rpartition(', not ')[0]}"
            if model and predicate == f" {_PREDICATES['extra_forbidden']}":
                predicate += suggestion(model, keys)
            short = _sentence(_last_key(keys, document), predicate)
            place = ".".join(key for key in (*within, *keys[:-1]) if not key.isdigit())
            if place and predicate == f" {_PREDICATES['missing']}":
                short += f" in [{place}]"
            found.append(Problem(keys, line, _sentence(".".join(keys), predicate), short))
    return list(dict.fromkeys(found))


def _last_key(keys: Sequence[str], document: Any) -> str:
    """The last key of a path; for a value of a list, its number and the list's key. Empty for an empty path."""
    if not keys:
        return ""
    for key in keys[:-1]:
        document = document[int(key) if isinstance(document, list) else key]
    if isinstance(document, list):
        return f"value {int(keys[-1]) + 1} of {keys[-2]}" if len(keys) > 1 else f"value {int(keys[-1]) + 1}"
    return keys[-1]


def _has_errors_inside(error: ValidationError, place: tuple[int | str, ...]) -> bool:
    return any(len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in error.errors())


def _sentence(subject: str, predicate: str) -> str:
    """A sentence from a key, empty for a whole text, and what is wrong with it: " must be …" or ": …"."""
    if subject:
        return subject + predicate
    return predicate.removeprefix(": ") if predicate.startswith(": ") else f"the text{predicate}"


def list_problems(problems: Sequence[Problem]) -> str:
    """The problems in one line, each with its line; the first ones if there are many."""
    more = len(problems) - _MOST_LISTED
    return "; ".join(map(str, problems[:_MOST_LISTED])) + (f"; and {more} more" if more > 0 else "")


def _keys_of(error: ErrorDetails, document: Any) -> tuple[str, ...]:
    """The path of keys, without the names that pydantic gives to alternatives and to the keys of a mapping."""
    keys: list[str] = []
    for part in error["loc"]:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            if error["type"] == "missing" and isinstance(part, str):
                keys.append(part)
            break
        keys.append(str(part))
    return tuple(keys)


def _predicates(errors: Sequence[ErrorDetails], table: str) -> Iterator[str]:
    """Describes the error in the value of a key: alternatives of one value become one sentence."""
    # One alternative has one rule that matters, its first.
    first = {one["loc"]: one for one in reversed(errors)}
    expected = [words for one in reversed(first.values()) if (words := _expected(one, table))]
    if expected:
        value = errors[0]["input"]
        accepted = [name for one in errors for name in re.findall("'([^']+)'", str(one.get("ctx", {}).get("expected")))]
        meant = nearest(value, accepted) if isinstance(value, str) else None
        question = f"; did you mean {meant}?" if meant else ""
        yield f" {_MUST_BE}{_alternatives(expected)}, not {_value_in_words(value, table)}{question}"
    for one in errors:
        if not _expected(one, table):
            yield _predicate(one)


def _predicate(error: ErrorDetails) -> str:
    kind, values = error["type"], error.get("ctx", {})
    if kind == "missing" and isinstance(error["loc"][-1], int):
        return " has too few values"
    if kind in _PREDICATES:
        words = _PREDICATES[kind].format_map(values)
        return " " + re.sub(r"\b1 (character|value)s", r"1 \1", words)
    if kind == "value_error":
        return f": {error['msg'].removeprefix('Value error, ')}"
    return f" is not valid: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _expected(error: ErrorDetails, table: str) -> str:
    """The accepted values, as continued after “must be”; empty if the error is of another sort."""
    if error["type"] in _TABLES:
        return table
    if error["type"] == "value_error":
        words = error["msg"].removeprefix(f"Value error, {_MUST_BE}")
        return words if words != error["msg"] else ""
    # pydantic quotes the values of an enumeration; an empty one keeps its quotes.
    words = _EXPECTED.get(error["type"], "").format_map(error.get("ctx", {}))
    return re.sub("'([^']+)'", r"\1", words).replace("'", '"')


def _alternatives(words: Sequence[str]) -> str:
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last


def _value_in_words(value: object, table: str) -> str:
    """A value as it is written in TOML and JSON; shortened, or its kind if it has many values."""
    if isinstance(value, Mapping):
        return table
    if isinstance(value, str | int | float | list | tuple | None):
        written = json.dumps(value, ensure_ascii=False, default=str)
        if len(written) <= _LONGEST_VALUE:
            return written
        return "a list" if isinstance(value, list | tuple) else f"{written[: _LONGEST_VALUE - 1]}…"
    return str(value)


def _syntax_problem(text: str, error: Exception) -> Problem:
    """The error of a text that tomllib cannot parse; RecursionError is raised for deeply nested lists."""
    said, rows = str(error), text.splitlines() or [""]
    at = re.search(r"\(at line (\d+)", said)
    line = min(int(at[1]) if at else len(rows), len(rows)) - 1
    if said.startswith("Invalid value") and "=" not in rows[line]:
        # A list continues over lines that are not part of it.
        said = "Unclosed array"
    for beginning, opening in _OPENINGS:
        if re.match(beginning, said):
            line = next((n for n in range(line, -1, -1) if opening.search(rows[n])), line)
    message = _syntax_message(said, rows[line]) or "this is not valid TOML"
    if isinstance(error, RecursionError):
        message = "lists or tables are nested too deeply"
    return Problem((), line, message, message)


def _syntax_message(said: str, row: str) -> str:
    """tomllib's message about a line of the text in plain words; empty for an unknown one."""
    key, _, value = (part.strip() for part in row.partition("="))
    if said.startswith("Invalid value"):
        if not value or value.startswith("#"):
            return f"missing value after {key} ="
        if value.lower() in ("true", "false"):
            return f"write {value.lower()} in lower case"
        word = re.match(r"[A-Za-z][\w-]*", value)
        return f'text needs quotes: "{word[0]}"' if word else "the value is not valid; text needs quotes"
    if re.match("Cannot (overwrite|redefine|mutate)", said):
        return f"{key.strip('[] ')} is set twice; remove one"
    for pattern, words in _SYNTAX:
        if found := re.match(pattern, said):
            # tomllib repeats a key as a Python string, and a table's path as a tuple.
            name = ast.literal_eval(found["name"]) if "name" in found.groupdict() else ""
            return words.replace("{name}", name if isinstance(name, str) else f"[{'.'.join(name)}]")
    return ""


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line (from 0) of a key in a valid TOML text, by its path; of the nearest table around it if it is missing.

    None if there is no such table. The tables of an array are numbered from 0: ("model", "0", "title").
    """
    lines = dict(_walk(text))
    return next((lines[keys[:length]] for length in range(len(keys), 0, -1) if keys[:length] in lines), None)


def _walk(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    counts: Counter[tuple[str, ...]] = Counter()
    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    for child in root.children:
        if child.type == "pair":
            yield _names(child.children[0]), child.start_point.row
        elif child.type in ("table", "table_array_element"):
            *outer, last = _names(next(one for one in child.children if one.type.endswith("key")))
            path: tuple[str, ...] = ()
            for name in outer:
                path = (*path, name)
                # A header names an array of tables without an index, and means its latest table.
                path = (*path, str(counts[path] - 1)) if path in counts else path
            path = (*path, last)
            if child.type == "table_array_element":
                counts[path] += 1
                path = (*path, str(counts[path] - 1))
            yield path, child.start_point.row
            for pair in child.children:
                if pair.type == "pair":
                    yield (*path, *_names(pair.children[0])), pair.start_point.row


def _names(node: Node) -> tuple[str, ...]:
    if node.type == "dotted_key":
        return tuple(name for child in node.children if child.type.endswith("key") for name in _names(child))
    return ((node.text or b"").decode().strip("\"'"),)

"""Answers under a schema: always JSON, always valid, always in time, whatever the model likes."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Annotated, Literal

import jsonschema
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from model.closing import Closings, Strings
from model.constrain import Constraint, Vocabulary
from model.errors import PromptError
from model.json_schema import MAX_ITEMS, MAX_KEY_CHARACTERS, prepare, schema_of
from model.json_values import LARGEST_INTEGER, MAX_CHARACTERS
from tests.tiny import CONTROL_TOKENS, PLAIN_ADDED_TOKEN, make_tokenizer

UNUSED_IDS = 30
GENEROUS = 5_000


def make_vocabulary(tokenizer):
    ends = [tokenizer.convert_tokens_to_ids(token) for token in CONTROL_TOKENS[::2]]
    return Vocabulary(tokenizer, ends, len(tokenizer) + UNUSED_IDS)


TOKENIZER = make_tokenizer(added=(PLAIN_ADDED_TOKEN,))
VOCABULARY = make_vocabulary(TOKENIZER)
SPELLED = [
    b"" if VOCABULARY.tokens.is_special_token(token) else VOCABULARY.tokens.decode_bytes([token])
    for token in range(VOCABULARY.size)
]


def liking(wanted):
    """A model that takes any token it likes, if the schema allows one."""
    liked = torch.tensor([1e4 if text and wanted(text) else 0.0 for text in SPELLED])
    return lambda logits: int((logits + liked).argmax())


def contains(*characters):
    return lambda text: any(character in text for character in characters)


PICKERS = {
    "random": lambda logits: int(logits.argmax()),
    "sampling": lambda logits: int(torch.softmax(logits, -1).multinomial(1)),
    "never closes": liking(lambda text: not contains(b'"', b"]", b"}")(text)),
    "opens another": liking(contains(b"[", b"{", b",")),
    "only digits": liking(lambda text: text.isdigit()),
    "only fractions": liking(contains(b".", b"-", b"e", b"E")),
    "only backslashes": liking(contains(b"\\")),
    "only quotes": liking(contains(b'"')),
    "half characters": liking(lambda text: text[-1] >= 0xC0),
    "not a number": lambda logits: int((logits * float("nan")).argmax()),
    "forbidden": lambda logits: int(logits.argmin()),
}


def tokens_of_answer(schema, limit, pick, *, vocabulary=VOCABULARY, seed=0):
    generator = torch.Generator().manual_seed(seed)
    constraint = Constraint(schema, vocabulary, max_tokens=limit)
    tokens = []
    while not constraint.finished:
        tokens.append(constraint.choose(torch.randn(vocabulary.size, generator=generator), pick))
        assert len(tokens) <= limit
    return tokens


def text_of(tokens):
    return b"".join(SPELLED[token] for token in tokens).decode()


def answer(schema, limit=GENEROUS, pick=PICKERS["random"], seed=0):
    return json.loads(text_of(tokens_of_answer(schema, limit, pick, seed=seed)))


def least_tokens(schema):
    with pytest.raises(PromptError, match="takes") as refused:
        Constraint(schema, VOCABULARY, max_tokens=0)
    return int(re.search(r"takes ([\d,]+) tokens", str(refused.value))[1].replace(",", ""))


def validate(value, schema):
    oracle = jsonschema.Draft202012Validator
    oracle.check_schema(schema)
    oracle(schema, format_checker=oracle.FORMAT_CHECKER).validate(value)


def ranges(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)


NAMES = ["a", "name", "Größe", "e\u0301", "page number", 'quo"te', "back\\slash", "<|im_end|>"]
TREE = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"left": {"$ref": "#/$defs/tree"}, "right": {"$ref": "#/$defs/tree"}},
            "required": ["left", "right"],
        },
        {"type": "array", "items": {"$ref": "#/$defs/tree"}, "minItems": 1},
        {"enum": ["a rather long leaf", 12.5]},
    ]
}
STRINGS = (
    ranges(0, 40).map(lambda r: {"type": "string", "minLength": r[0], "maxLength": r[1]})
    | st.sampled_from(
        ["^[a-z]+-x$", r"^\d{2,4}$", "^(a|b)*a(a|b){3}$", "^[^x]*x", "^(é|日本)+$"]
    ).map(lambda pattern: {"type": "string", "pattern": pattern})
    | st.sampled_from("date date-time time email uuid ipv4 ipv6 hostname uri duration".split()).map(
        lambda form: {"type": "string", "format": form}
    )
)
NUMBERS = (
    ranges(-2_000, 2_000).map(lambda r: {"type": "integer", "minimum": r[0], "maximum": r[1]})
    | ranges(-9, 9).map(lambda r: {"type": "number", "minimum": r[0], "exclusiveMaximum": r[1] + 1})
    | st.integers(1, 12).map(lambda n: {"type": "integer", "multipleOf": n, "exclusiveMinimum": 0})
    | st.sampled_from([{"type": "integer"}, {"type": "number"}])
)
ENUMS = st.lists(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(NAMES), min_size=1
).map(lambda values: {"enum": values})
OTHERS = st.sampled_from(
    [
        {"const": {"fixed": ["é", 1, None]}},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["string", "null"], "maxLength": 5},
        {"$ref": "#/$defs/tree"},
    ]
)


def composed(inner):
    objects = st.tuples(
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), st.sets(st.sampled_from(NAMES))
    ).map(
        lambda both: {
            "type": "object",
            "properties": both[0],
            "required": sorted(both[1] & both[0].keys()),
        }
    )
    arrays = st.tuples(inner, ranges(0, 3)).map(
        lambda both: {
            "type": "array",
            "items": both[0],
            "minItems": both[1][0],
            "maxItems": both[1][1],
        }
    )
    maps = st.tuples(inner, st.integers(0, 1)).map(
        lambda both: {
            "type": "object",
            "additionalProperties": both[0],
            "minProperties": both[1],
        }
    )
    pairs = st.tuples(inner, inner).map(
        lambda both: {"type": "array", "prefixItems": [*both], "minItems": 2, "maxItems": 2}
    )
    unions = st.lists(inner, min_size=1, max_size=3).map(lambda several: {"anyOf": several})
    return objects | arrays | maps | pairs | unions


SCHEMAS = st.recursive(STRINGS | NUMBERS | ENUMS | OTHERS, composed, max_leaves=6).map(
    lambda schema: {**schema, "$defs": {"tree": TREE}}
)


@given(
    SCHEMAS,
    st.sampled_from(sorted(PICKERS)),
    st.sampled_from([0, 1, 2, 5, 20, 100, 300]),
    st.integers(0, 10),
)
def test_every_answer_is_valid_and_in_time(schema, picker, spare, seed):
    limit = least_tokens(schema) + spare
    validate(answer(schema, limit, PICKERS[picker], seed), schema)


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "pages": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
        "sure": {"enum": ["certainly", "no", "perhaps"]},
    },
    "required": ["name", "pages", "sure"],
}


@pytest.mark.parametrize("picker", PICKERS)
@pytest.mark.parametrize("spare", [0, 1, 7])
def test_the_limit_may_be_the_minimum(picker, spare):
    limit = least_tokens(PERSON) + spare
    validate(answer(PERSON, limit, PICKERS[picker]), PERSON)


def test_a_limit_below_the_minimum_is_refused_with_the_number():
    least = least_tokens(PERSON)
    assert list(answer(PERSON, least, PICKERS["never closes"])) == ["name", "pages", "sure"]
    with pytest.raises(PromptError, match=rf"takes {least} tokens and max_tokens is {least - 1}:"):
        Constraint(PERSON, VOCABULARY, max_tokens=least - 1)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (PERSON, r'\{"name":".","pages":\[1\],"sure":"no"\}'),
        ({"$ref": "#/$defs/tree", "$defs": {"tree": TREE}}, r"12\.5"),
        ({"type": ["string", "null", "array"], "items": {"type": "null"}}, r'""|\[\]'),
        ({"type": "string", "pattern": "^[^x]+x$"}, '".x"'),
        ({"type": "string", "pattern": "^[a-z]+-[0-9]+$"}, '".-."'),
        ({"type": "string", "format": "email"}, '".@."'),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, r"\{\}"),
        ({"type": "integer", "minimum": 20, "maximum": 300}, r"\d{2,3}"),
        ({"type": "array", "items": {"type": "null"}, "minItems": 2}, r"\[null,null\]"),
    ],
)
def test_the_shortest_answer_is_found(schema, text):
    limit = least_tokens(schema)
    tokens = tokens_of_answer(schema, limit, PICKERS["forbidden"])
    assert re.fullmatch(text, text_of(tokens))
    assert len(tokens) == limit


def test_an_end_is_found_from_the_middle_of_a_value():
    schema = {"$ref": "#/$defs/tree", "$defs": {"tree": TREE}}
    prepared = prepare(schema)
    matcher = VOCABULARY.matcher(prepared)
    assert matcher.consume_tokens(VOCABULARY.tokens.tokenize_str('[{"left":[12.5,"a ra'))
    path = Closings(prepared, VOCABULARY).find(matcher, Strings(inside=True), 100)
    assert text_of(path) == 'ther long leaf"],"right":12.5}]'


@pytest.mark.parametrize("spare", [0, 40])
def test_the_model_chooses_what_it_likes_while_there_is_room(spare):
    schema = {"type": "array", "items": {"type": "boolean"}}
    found = answer(schema, least_tokens(schema) + spare, liking(contains(b"t", b",")))
    assert len(found) >= spare // 7
    assert set(found) <= {True}


def test_what_the_schema_leaves_open_is_bounded():
    never = PICKERS["never closes"]
    items = {"type": "array", "items": {"type": "null"}}
    pairs = {"type": "object", "additionalProperties": {"type": "null"}}
    assert len(answer({"type": "string"}, pick=never)) == MAX_CHARACTERS
    assert len(answer(items, pick=never)) == MAX_ITEMS
    keys = liking(lambda text: not contains(b"}", b":")(text))
    text = text_of(tokens_of_answer(pairs, 30_000, keys))
    assert text.count('":null') == MAX_ITEMS
    assert max(map(len, json.loads(text))) == MAX_KEY_CHARACTERS
    assert abs(answer({"type": "integer"}, pick=PICKERS["only digits"])) <= LARGEST_INTEGER
    for picker in ("only digits", "only fractions", "never closes"):
        digits = text_of(tokens_of_answer({"type": "number"}, GENEROUS, PICKERS[picker]))
        assert re.fullmatch(r"-?\d{1,16}(\.\d{1,6})?", digits)


def test_a_longer_minimum_beats_the_default_bound():
    closing = liking(lambda text: text in (b'"', b"]"))
    assert len(answer({"type": "string", "minLength": 2_100}, pick=closing)) in (2_100, 2_101)
    items = {"type": "array", "items": {"type": "null"}, "minItems": 70}
    assert answer(items, pick=closing) == [None] * 70


def test_characters_are_never_cut():
    longest = liking(lambda text: text[0] >= 0xF0)
    texts = [answer({"type": "string"}, limit, longest) for limit in range(2, 16)]
    assert [len(text.encode()) // 4 for text in texts] == [spare // 4 for spare in range(14)]


def test_no_space_is_free_and_keys_come_in_the_order_of_the_schema():
    spaces = liking(lambda text: text.isspace())
    schema = {
        "type": "object",
        "properties": {"b": {"type": "null"}, "a": {"type": "null"}},
        "required": ["a", "b"],
    }
    assert text_of(tokens_of_answer(schema, GENEROUS, spaces)) == '{"b":null,"a":null}'


def test_added_tokens_are_never_chosen_and_their_text_is_spelled():
    added = set(TOKENIZER.added_tokens_decoder)
    loving = torch.zeros(VOCABULARY.size)
    loving[[*added, *range(len(TOKENIZER), VOCABULARY.size)]] = 1e6

    def pick(logits):
        return int((logits + loving).argmax())

    spelled = f"{PLAIN_ADDED_TOKEN}<|im_end|><|im_start|>"
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, spelled: {"enum": [spelled]}},
        "required": ["a", spelled],
    }
    tokens = tokens_of_answer(schema, 100, pick)
    assert added.isdisjoint(tokens)
    assert max(tokens) < len(TOKENIZER)
    assert TOKENIZER.decode(tokens) == text_of(tokens)
    assert json.loads(text_of(tokens))[spelled] == spelled


def test_logits_are_left_as_they_are():
    logits = torch.randn(VOCABULARY.size)
    before = logits.clone()
    Constraint(PERSON, VOCABULARY, max_tokens=50).choose(logits, PICKERS["random"])
    assert torch.equal(logits, before)


def test_a_number_that_could_go_on_ends_with_an_end_token_or_the_limit():
    end = VOCABULARY.tokens.eos_token
    schema = {"type": "integer", "minimum": 1}
    ended = tokens_of_answer(schema, 9, lambda logits: end if logits[end] > -9e9 else 0)
    assert ended[-1] == end
    assert int(text_of(ended)) >= 1
    assert len(tokens_of_answer(schema, 9, PICKERS["only digits"])) == 9


@pytest.mark.parametrize("sooner", range(12))
def test_a_matcher_that_gives_up_ends_the_answer_and_not_the_run(sooner):
    constraint = Constraint(PERSON, VOCABULARY, max_tokens=60)
    tokens = [
        constraint.choose(torch.zeros(VOCABULARY.size), PICKERS["never closes"])
        for _ in range(sooner)
    ]
    # As it does at its own limits; a token of no text is one that it never accepts.
    assert not constraint._matcher.consume_token(VOCABULARY.size - 1)
    while not constraint.finished:
        tokens.append(constraint.choose(torch.zeros(VOCABULARY.size), PICKERS["random"]))
    validate(json.loads(text_of(tokens)), PERSON)


def test_a_model_answers_through_its_own_tokenizer(weights, oracle):
    vocabulary = weights.vocabulary
    constraint = Constraint(PERSON, vocabulary, max_tokens=40)
    tokens = weights.tokenizer.encode("Who dredged the harbour?")
    start = len(tokens)
    with torch.inference_mode():
        while not constraint.finished:
            logits = oracle(torch.tensor([tokens])).logits[0, -1].float()
            tokens.append(constraint.choose(logits, PICKERS["random"]))
    assert len(tokens) - start <= 40
    spelled = b"".join(map(weights.token_bytes, tokens[start:]))
    validate(json.loads(spelled), PERSON)


def test_two_answers_may_take_turns():
    alone = [tokens_of_answer(PERSON, limit, PICKERS["random"]) for limit in (40, 60)]
    constraints = [Constraint(PERSON, VOCABULARY, max_tokens=limit) for limit in (40, 60)]
    generators = [torch.Generator().manual_seed(0) for _ in constraints]
    found = [[], []]
    while not all(constraint.finished for constraint in constraints):
        for constraint, generator, tokens in zip(constraints, generators, found, strict=True):
            if not constraint.finished:
                logits = torch.randn(VOCABULARY.size, generator=generator)
                tokens.append(constraint.choose(logits, PICKERS["random"]))
    assert found == alone


def test_threads_may_share_a_vocabulary():
    def one(seed):
        return tokens_of_answer(PERSON, 80, PICKERS["random"], seed=seed)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(12))) == [one(seed) for seed in range(12)]


class Leaf(BaseModel):
    kind: Literal["leaf"]
    day: date


class Branch(BaseModel):
    kind: Literal["branch"]
    parts: list["Part"]


Part = Annotated[Leaf | Branch, Field(discriminator="kind")]


class Report(BaseModel):
    """A report of the kinds of fields people use."""

    title: str = Field(description="in a few words", max_length=80)
    root: Part
    at: datetime
    score: float = Field(ge=0, le=1)
    counts: dict[str, int]
    pair: tuple[int, str]
    level: Literal["low", "high"] | None
    note: str | None = None


class Row(TypedDict):
    city: str
    years: list[int]


@pytest.mark.parametrize("picker", PICKERS)
def test_classes_of_pydantic_are_filled(picker):
    schema = schema_of(Report)
    for spare in (0, 30, 300):
        found = answer(schema, least_tokens(schema) + spare, PICKERS[picker])
        Report.model_validate(found)


def test_a_typed_dict_is_filled():
    found = answer(schema_of(Row), 60)
    assert found.keys() == {"city", "years"}


@pytest.mark.parametrize("thing", [int, len, "text", list[int]])
def test_what_is_no_schema_is_refused(thing):
    with pytest.raises(PromptError, match="schema"):
        schema_of(thing)


def test_every_day_that_can_be_written_exists():
    days = re.compile(prepare({"type": "string", "format": "date"})["pattern"], re.ASCII)
    for year in (1000, 1900, 1999, 2000, 2023, 2024, 2100, 9996):
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                try:
                    date.fromisoformat(text)
                except ValueError:
                    assert not days.search(text), text
                else:
                    assert days.search(text), text


def in_object(schema):
    return {"type": "object", "properties": {"x": schema}}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (
            in_object({"type": "array", "items": {"type": "null"}, "uniqueItems": True}),
            "x has uniq",
        ),
        (in_object({"type": "string", "contentEncoding": "base64"}), "contentEncoding"),
        (in_object({"type": "string", "minimum": 3}), "x has minimum"),
        (in_object({"not": {"type": "string"}, "type": "string"}), "x has not"),
        (in_object({"allOf": [{"type": "string"}]}), "x does not say its type"),
        (in_object({}), "x does not say its type"),
        (in_object(True), "x is true"),
        (in_object({"type": "text"}), "type text"),
        (in_object({"type": "string", "format": "binary"}), "format binary"),
        (in_object({"type": "string", "pattern": "(?=a)b"}), "look-around"),
        (in_object({"type": "string", "minLength": -1}), "minLength is -1"),
        (in_object({"type": "string", "maxLength": "5"}), 'maxLength is "5"'),
        (in_object({"$ref": "#/$defs/none"}), "none, which is not in"),
        (in_object({"$ref": "https://example.org/schema"}), "not in its"),
        (in_object({"enum": []}), "no value at all"),
        (in_object({"enum": ["a"], "type": "integer"}), "no value at all"),
        (in_object({"oneOf": [{"type": "integer"}, {"type": "number"}]}), "two may hold at once"),
        ({"type": "object", "required": ["y"]}, "requires y"),
        ({"type": "object", "additionalProperties": True}, "additionalProperties is true"),
        ({**in_object({"type": "null"}), "additionalProperties": {"type": "null"}}, "take one"),
        ({"type": "object", "additionalProperties": {"type": "null"}, "minProperties": 2}, "above"),
        ({"type": "string", "minLength": 5, "maxLength": 3}, "minLength"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "minimum"),
        ({"type": "string", "default": float("nan")}, "not JSON"),
        ({"type": "array", "minItems": 10**9, "items": {"type": "null"}}, "ends"),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "contains itself"),
        (
            {
                "$defs": {"a": {**in_object({"$ref": "#/$defs/a"}), "required": ["x"]}},
                "$ref": "#/$defs/a",
            },
            "contains itself",
        ),
    ],
)
def test_what_cannot_be_held_to_is_refused_by_name(schema, words):
    with pytest.raises(PromptError, match=re.escape(words)) as refused:
        Constraint(schema, VOCABULARY, max_tokens=GENEROUS)
    assert "\n" not in str(refused.value)

"""The engine: slices, shared passes, kept prefixes, and faults that stay where they arise."""

import gc
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Thread
from time import sleep
from weakref import ref

import pytest
import torch
from transformers import AutoModelForCausalLM

from model.decode import Chooser, Sampling
from model.dual_chunk import DualChunk
from model.engine import Engine, Prefill
from model.errors import GenerationError
from model.memory import main_memory
from model.network import PackedQwen2, PlainNetwork
from model.prefix import Prefixes
from model.yarn import PLAIN, RopeScaling
from tests.tiny import CONTEXT_TOKENS

KEPT_BYTES = 2**24
DOCUMENT = [7 * place % 390 for place in range(300)]
SCALINGS = [PLAIN, RopeScaling(4.0), RopeScaling(2.0, DualChunk(96, 128))]


class Watched:
    """A network that notes the lengths of its passes, and fails as a test tells it to."""

    extends = keeps_prefixes = True

    def __init__(self, network):
        self.network = network
        self.device, self.cache_devices = network.device, network.cache_devices
        self.new_cache = network.new_cache
        self.cache_bytes = network.cache_bytes
        self.vocabulary_size = network.vocabulary_size
        self.passes = []
        self.fault = lambda _parts: None
        self.change = lambda _parts, logits: logits

    def read(self, parts):
        self.fault(parts)
        self.passes.append([len(part.tokens) for part in parts])
        return self.change(parts, self.network.read(parts))


@pytest.fixture(scope="module")
def packed(tiny_folder):
    return PackedQwen2(AutoModelForCausalLM.from_pretrained(tiny_folder), CONTEXT_TOKENS)


@pytest.fixture
def network(packed):
    return Watched(packed)


def engine_of(network, *, slice_tokens=4096, kept_bytes=KEPT_BYTES, end_tokens=()):
    return Engine(network, end_tokens, Prefixes(kept_bytes), slice_tokens=slice_tokens)


def start(engine, prompt, max_tokens=12, scaling=PLAIN):
    return engine.generate(prompt, Chooser(Sampling(max_tokens)), scaling)


def answer(engine, prompt, max_tokens=12, scaling=PLAIN):
    events = start(engine, prompt, max_tokens, scaling)
    return [event for event in events if not isinstance(event, Prefill)]


def alone(network, prompt, max_tokens=12, scaling=PLAIN):
    """The answer of an engine that has nothing else to do and nothing kept."""
    return answer(engine_of(network.network), prompt, max_tokens, scaling)


@torch.inference_mode()
def by_transformers(oracle, prompt, max_tokens):
    """Greedy decoding that reads everything again for each token."""
    ids = torch.tensor([prompt])
    for _ in range(max_tokens):
        ids = torch.cat([ids, oracle(ids, use_cache=False).logits[:, -1:].argmax(-1)], dim=1)
    return ids[0, len(prompt) :].tolist()


@pytest.mark.parametrize("slice_tokens", [1, 7, 64, 299, 300, 4096])
def test_a_prompt_read_in_slices_is_answered_as_one_read_at_once(oracle, network, slice_tokens):
    engine = engine_of(network, slice_tokens=slice_tokens)
    assert answer(engine, DOCUMENT) == by_transformers(oracle, DOCUMENT, 12)
    sizes = [size for (size,) in network.passes]
    assert max(sizes) == min(slice_tokens, 300)
    assert sum(sizes) == 300 + 11  # the last token of an answer is not read


def test_progress_counts_every_token_of_the_prompt_once(network):
    engine = engine_of(network, slice_tokens=128)
    told = [event for event in start(engine, DOCUMENT) if isinstance(event, Prefill)]
    assert [event.read_tokens for event in told] == [128, 128, 44]
    assert [event.is_first for event in told] == [True, False, False]
    assert {event.prompt_tokens for event in told} == {300}


def test_closing_in_the_middle_of_a_prompt_stops_there_and_keeps_what_was_read(network):
    engine = engine_of(network, slice_tokens=64)
    stream = start(engine, DOCUMENT)
    assert next(stream) == Prefill(64, 0, 300, is_first=True)
    assert next(stream).read_tokens == 64
    stream.close()
    assert network.passes == [[64], [64]]
    again = start(engine, DOCUMENT)
    assert next(again) == Prefill(0, 128, 300, is_first=True)
    assert [event for event in again if not isinstance(event, Prefill)] == alone(network, DOCUMENT)
    assert network.passes[2:5] == [[64], [64], [44]]


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_second_question_on_the_same_document_reads_only_the_question(network, scaling):
    engine = engine_of(network)
    questions = [[11, 12, 13, 14], [11, 22, 23], [5]]
    for question in questions:
        prompt = DOCUMENT + question
        assert answer(engine, prompt, scaling=scaling) == alone(network, prompt, scaling=scaling)
    # Each time the first pass reads what the document and the question before do not hold.
    firsts = [size for sizes in network.passes for size in sizes if size > 1]
    assert firsts[0] == 304
    assert max(firsts[1:], default=0) <= 3
    reused = next(start(engine, [*DOCUMENT, 9], scaling=scaling)).reused_tokens
    assert reused == 300


def test_another_scaling_never_reuses_a_prefix(network):
    engine = engine_of(network)
    answer(engine, DOCUMENT, scaling=RopeScaling(2.0))
    got = answer(engine, DOCUMENT, scaling=RopeScaling(4.0))
    assert got == alone(network, DOCUMENT, scaling=RopeScaling(4.0))
    assert [size for sizes in network.passes for size in sizes if size > 1] == [300, 300]


def test_a_question_asked_while_another_is_answered_shares_its_document(network):
    engine = engine_of(network)
    first = start(engine, [*DOCUMENT, 1, 2])
    begun = list(islice(first, 3))
    second = start(engine, [*DOCUMENT, 8, 9])
    assert next(second) == Prefill(0, 300, 302, is_first=True)
    assert [e for e in second if not isinstance(e, Prefill)] == alone(network, [*DOCUMENT, 8, 9])
    rest = [event for event in [*begun, *first] if not isinstance(event, Prefill)]
    assert rest == alone(network, [*DOCUMENT, 1, 2])


def test_answers_under_way_share_their_passes(network):
    prompts = [DOCUMENT[place:][:40] for place in range(0, 200, 25)]
    engine = engine_of(network)
    with ThreadPoolExecutor(len(prompts)) as threads:
        answers = list(threads.map(lambda prompt: answer(engine, prompt, 30), prompts))
    assert answers == [alone(network, prompt, 30) for prompt in prompts]
    assert len(network.passes) < 8 * 30 / 2
    assert max(len(sizes) for sizes in network.passes) > 2


def test_a_long_prompt_holds_up_no_answer(network):
    engine = engine_of(network, slice_tokens=16)
    long = start(engine, DOCUMENT)
    next(long)
    assert answer(engine, [1, 2, 3], 10) == alone(network, [1, 2, 3], 10)
    assert next(long).read_tokens == 16  # still at it
    # What it read beside the answer is one slice, for nobody was fetching.
    assert sum(sizes.count(16) for sizes in network.passes) <= 3
    long.close()


def test_who_waits_is_not_overtaken_by_the_thread_that_was_just_served(network):
    with ThreadPoolExecutor(1) as threads:
        for _ in range(12):
            network.passes.clear()
            engine = engine_of(network)
            with engine.lock:
                waiting = threads.submit(answer, engine, [1, 2, 3, 4, 5], 1)
                sleep(0.05)
            answer(engine, [1, 2, 3], 1)
            waiting.result()
            assert network.passes[0][0] == 5


def test_an_answer_nobody_fetches_from_runs_ahead_a_few_tokens_only(network):
    engine = engine_of(network)
    left = start(engine, [4, 5, 6], 200)
    next(left)
    answer(engine, [1, 2, 3], 100)
    assert sum(len(sizes) == 2 for sizes in network.passes) <= 9
    left.close()


def failing(token, error):
    def fault(parts):
        if any(token in part.tokens for part in parts):
            raise error

    return fault


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("kernel died"), "the model failed after 0 tokens: kernel died"),
        (torch.OutOfMemoryError("9 GiB"), "too short for a prompt of 3 tokens"),
    ],
)
def test_one_failing_is_one_failing(network, error, words):
    network.fault = failing(389, error)
    engine = engine_of(network)
    good = [start(engine, [1, 2, place]) for place in range(3)]
    heads = [list(islice(stream, 2)) for stream in good]
    with pytest.raises(GenerationError, match=words):
        answer(engine, [388, 389, 2])
    for place, (head, stream) in enumerate(zip(heads, good, strict=True)):
        events = [event for event in [*head, *stream] if not isinstance(event, Prefill)]
        assert events == alone(network, [1, 2, place])
    network.fault = lambda _parts: None
    assert answer(engine, [388, 389, 2]) == alone(network, [388, 389, 2])


def test_numbers_that_are_none_end_one_answer_with_a_sentence(network):
    def change(parts, logits):
        rows = [389 in part.tokens for part in parts]
        return logits.masked_fill(torch.tensor(rows)[:, None], torch.nan)

    network.change = change
    engine = engine_of(network)
    with pytest.raises(GenerationError, match="computed no numbers"):
        answer(engine, [388, 389, 2])
    assert answer(engine, [1, 2, 3]) == alone(network, [1, 2, 3])


def test_when_memory_runs_out_kept_prefixes_make_room(network):
    engine = engine_of(network)
    answer(engine, DOCUMENT)

    def fault(_parts):
        if engine.prefixes.bytes_on_device:
            raise torch.OutOfMemoryError("full")

    network.fault = fault
    assert answer(engine, [1, 2, 3]) == alone(network, [1, 2, 3])
    assert engine.prefixes.match([*DOCUMENT, 1], PLAIN) == 0


def test_a_prompt_whose_keys_main_memory_cannot_hold_is_refused_before_it_is_read(network):
    network.cache_bytes = lambda tokens: 2**50 if tokens > 200 else 0
    engine = engine_of(network)
    with pytest.raises(GenerationError, match=r"300 tokens, whose .* 1048576\.00 GiB"):
        answer(engine, DOCUMENT)
    assert network.passes == []
    assert answer(engine, [1, 2, 3]) == alone(network, [1, 2, 3])


def test_memory_promised_to_answers_under_way_is_not_promised_again(network):
    free = main_memory().memories[0].free_bytes
    network.cache_bytes = lambda tokens: free // 500 * tokens
    engine = engine_of(network, slice_tokens=16)
    first = start(engine, DOCUMENT)
    next(first)
    with pytest.raises(GenerationError, match="memory is too short for a prompt of 300"):
        answer(engine, DOCUMENT[::-1])
    first.close()
    assert answer(engine, DOCUMENT[::-1]) == alone(network, DOCUMENT[::-1])


def test_an_interrupted_pass_leaves_a_cache_that_can_be_kept(network):
    engine = engine_of(network, slice_tokens=100)
    stream = start(engine, DOCUMENT)
    next(stream)
    network.fault = failing(DOCUMENT[150], KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    network.fault = lambda _parts: None
    assert answer(engine, DOCUMENT) == alone(network, DOCUMENT)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_an_interrupted_pass_leaves_the_other_answers_right(network, layer):
    engine = engine_of(network)
    other = start(engine, [4, 5, 6])
    begun = list(islice(other, 3))
    stream = start(engine, [1, 2, 3])

    def interrupt(*_):
        hook.remove()
        raise KeyboardInterrupt

    broken = network.network.model.model.layers[layer].mlp
    hook = broken.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    rest = [event for event in [*begun, *other] if not isinstance(event, Prefill)]
    assert rest == alone(network, [4, 5, 6])


def test_an_answer_whose_choice_of_a_token_was_interrupted_ends(network):
    class Interrupted(Chooser):
        def choose(self, *_):
            raise KeyboardInterrupt

    engine = engine_of(network)
    other = engine.generate([4, 5, 6], Interrupted(Sampling(9)), PLAIN)
    engine.slice_tokens = 2
    stream = start(engine, [1, 2, 3])
    assert next(other).read_tokens == 2
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    with pytest.raises(GenerationError, match="failed after 3 tokens: KeyboardInterrupt"):
        list(other)
    assert answer(engine, [1, 2, 3]) == alone(network, [1, 2, 3])


def test_a_stream_collected_as_garbage_in_the_middle_of_a_pass_takes_no_lock(network):
    engine = engine_of(network)
    left = start(engine, [4, 5, 6])
    next(left)
    streams = [left]
    del left
    network.fault = lambda _parts: streams.clear()  # closes it, as a collection would
    done = []
    # A thread of its own, for it would wait for itself.
    thread = Thread(target=lambda: done.append(answer(engine, [1, 2, 3])), daemon=True)
    thread.start()
    thread.join(20)
    assert done == [alone(network, [1, 2, 3])]
    assert not engine._runs
    assert engine.prefixes.match([4, 5, 6, 7], PLAIN) == 3


def test_a_pass_that_fails_holds_nothing_while_it_is_tried_again(network):
    computed, alive = [], []

    def fault(_parts):
        alive.append(sum(each() is not None for each in computed))
        activations = torch.empty(1)
        computed.append(ref(activations))
        raise torch.OutOfMemoryError

    engine = engine_of(network)
    streams = [start(engine, [1, 2, place]) for place in range(3)]
    for stream in streams:
        next(stream)
    network.fault = fault
    gc.disable()
    try:
        with pytest.raises(GenerationError) as caught:
            list(streams[0])
        assert len(alive) > 3
        assert not any(alive)
        cache = ref(engine._runs[0].cache)
        with pytest.raises(GenerationError):
            list(streams[1])
        assert cache() is None, caught  # though the failure is held
    finally:
        gc.enable()


def test_an_answer_ends_at_an_end_token(network):
    whole = alone(network, DOCUMENT)
    end = whole[5]
    engine = engine_of(network, end_tokens=[end])
    assert answer(engine, DOCUMENT) == whole[: whole.index(end) + 1]


def test_any_other_model_is_run_as_transformers_runs_it(tiny_folder, oracle):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder)
    engine = engine_of(PlainNetwork(model), slice_tokens=64)
    for prompt in (DOCUMENT, DOCUMENT[:150]):
        assert answer(engine, prompt) == by_transformers(oracle, prompt, 12)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_with_any_other_model_too_one_failing_is_one_failing(tiny_folder, oracle, layer):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder)
    engine = engine_of(PlainNetwork(model), slice_tokens=100)
    first, second = (start(engine, prompt) for prompt in (DOCUMENT[:150], DOCUMENT[150:]))
    next(first)
    next(second)

    def fail(_module, args):
        if args[0].shape[1] == 100:  # of the second prompt, for the first has 50 left
            hook.remove()
            raise RuntimeError("kernel died")

    hook = model.model.layers[layer].mlp.register_forward_pre_hook(fail)
    got = [event for event in first if not isinstance(event, Prefill)]
    assert got == by_transformers(oracle, DOCUMENT[:150], 12)
    with pytest.raises(GenerationError, match="failed after 50 tokens: kernel died"):
        list(second)


def test_with_a_quantised_cache_a_kept_prefix_answers_as_a_fresh_one_does(tiny_folder):
    model = AutoModelForCausalLM.from_pretrained(tiny_folder)
    network = Watched(PackedQwen2(model, CONTEXT_TOKENS, cache_quantisation="int8"))
    engine = engine_of(network)
    answer(engine, [*DOCUMENT, 1, 2])
    second = [*DOCUMENT, 8, 9]
    assert answer(engine, second) == alone(network, second)
    # A cache of groups of 64 is cut between two of them: 4 * 64 of 300 tokens are not read again.
    assert [size for sizes in network.passes for size in sizes if size > 1] == [302, 302 - 256]

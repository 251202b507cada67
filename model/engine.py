"""Runs answers side by side on one loaded model: prompts in slices, decoding shared.

There is no thread of its own. Whoever waits for a token takes the lock and runs a *step* for
everybody: one forward pass that reads the next token of every answer under way and a slice of a
prompt still being read. So a long prompt holds up nobody for longer than a slice, twenty answers
cost little more than one, and an answer whose iterator is closed costs nothing from then on.
"""

from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from traceback import clear_frames
from typing import Any, Final

import torch
from transformers import PreTrainedModel

from model.decode import Chooser
from model.errors import GenerationError, ModelError
from model.fit import CPU_SLICE_TOKENS, GPU_SLICE_TOKENS
from model.memory import main_memory
from model.network import Network, Part, make_network
from model.prefix import Prefixes, common_length, whole_groups
from model.settings import HostSettings
from model.yarn import PLAIN, RopeScaling

# How far an answer that nobody is fetching from may run ahead on the steps of others.
_AHEAD_TOKENS: Final = 8


@dataclass(frozen=True, slots=True)
class Prefill:
    """A slice of a prompt is read, or was found kept.

    Attributes:
        read_tokens: read by this slice.
        reused_tokens: found in a kept cache, and so not read; only in the first of a prompt.
        prompt_tokens: of the whole prompt.
        is_first: whether this is the first one of its prompt.
    """

    read_tokens: int
    reused_tokens: int
    prompt_tokens: int
    is_first: bool


@dataclass(slots=True, eq=False)
class _Run:
    """One answer under way.

    Attributes:
        tokens: the prompt, and what was generated after it.
        unread: where in `tokens` the next pass begins.
        ready: what its iterator has not fetched yet.
    """

    tokens: list[int]
    prompt_tokens: int
    chooser: Chooser
    scaling: RopeScaling
    cache: Any
    unread: int = 0
    ready: deque[Prefill | int] = field(default_factory=deque)
    finished: bool = False
    failure: Exception | None = None

    @property
    def in_prefill(self) -> bool:
        """Whether some of the prompt is still to be read."""
        return self.unread < self.prompt_tokens

    @property
    def unread_tokens(self) -> int:
        """Tokens of the prompt that are still to be read."""
        return self.prompt_tokens - self.unread

    @property
    def most_tokens(self) -> int:
        """Tokens of the prompt and of the longest answer."""
        return self.prompt_tokens + self.chooser.max_tokens

    def part(self, count: int) -> Part:
        """Return the next tokens to read, as a part of a pass."""
        return Part(self.tokens[self.unread : self.unread + count], self.cache, self.scaling)

    @property
    def has_news(self) -> bool:
        """Whether its iterator can go on without a pass."""
        return bool(self.ready or self.finished or self.failure)

    @property
    def wants_a_pass(self) -> bool:
        """Whether the next step should take it along."""
        if self.finished or self.failure:
            return False
        return len(self.ready) < (1 if self.in_prefill else _AHEAD_TOKENS)


class Engine:
    """One loaded model and the answers it is writing.

    Args:
        network: runs the forward passes.
        end_tokens: ids that end an answer.
        prefixes: where caches are kept between answers.
        slice_tokens: most tokens of prompts in one pass; bounds how long a stop takes, and the
            memory of activations.
    """

    def __init__(
        self,
        network: Network,
        end_tokens: Collection[int],
        prefixes: Prefixes,
        *,
        slice_tokens: int,
    ) -> None:
        self.network = network
        self.prefixes = prefixes
        self.slice_tokens = slice_tokens
        self.lock = Lock()
        self._door = Lock()
        self._end_tokens = frozenset(end_tokens)
        self._runs: list[_Run] = []
        self._closed: deque[_Run] = deque()

    def generate(
        self, prompt: Sequence[int], chooser: Chooser, scaling: RopeScaling = PLAIN
    ) -> Generator[Prefill | int]:
        """Generate token ids after a prompt; close the iterator to stop.

        Args:
            prompt: token ids, at least one.
            chooser: chooses each token, and knows when there are enough.
            scaling: of the positions, with room for the whole answer.

        Yields:
            A `Prefill` for each slice of the prompt, then one token id after another, the end
            token included.

        Raises:
            GenerationError: out of memory, or the model computed no numbers; other answers go on.
        """
        with self._turn():
            run = self._admit(list(prompt), chooser, scaling)
        try:
            while True:
                if not run.has_news:
                    with self._turn():
                        while not run.has_news:
                            self._step()
                if run.ready:
                    yield run.ready.popleft()
                elif run.failure:
                    raise run.failure
                else:
                    return
        finally:
            self._closed.append(run)
            self._take_out_closed()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock, and take out what is closed meanwhile once it is free again."""
        try:
            with ExitStack() as door:
                # Whoever comes back for the next token would overtake those who wait for the lock.
                door.enter_context(self._door)
                with self.lock:
                    door.close()
                    yield
        finally:
            self._take_out_closed()

    def _take_out_closed(self) -> None:
        """Take closed answers out, or leave that to the thread that holds the lock.

        It may be this very thread: garbage collection closes iterators in the middle of a pass.
        """
        while self._closed and self.lock.acquire(blocking=False):
            try:
                self._leave_closed()
            finally:
                self.lock.release()

    def _admit(self, tokens: list[int], chooser: Chooser, scaling: RopeScaling) -> _Run:
        """Give a prompt a cache with room for its answer, filled as far as one is kept."""
        self._leave_closed()
        capacity = len(tokens) + chooser.max_tokens
        try:
            self._check_memory(capacity)
            cache = self._cache(tokens, scaling, capacity)
        except torch.OutOfMemoryError:
            self.prefixes.clear()
            try:
                self._check_memory(capacity)
                cache = self.network.new_cache(capacity)
            except torch.OutOfMemoryError as error:
                raise _out_of_memory(len(tokens), self.network.cache_bytes(capacity)) from error
        run = _Run(tokens, len(tokens), chooser, scaling, cache, unread=cache.length)
        if cache.length:
            run.ready.append(Prefill(0, cache.length, len(tokens), is_first=True))
        self._runs.append(run)
        return run

    def _check_memory(self, capacity: int) -> None:
        """Fail as a GPU does: main memory is promised freely, and then the process is killed."""
        if self.network.device.type == "cpu":
            bytes_of = self.network.cache_bytes
            # What others were promised counts as free until they have read that far.
            promised = sum(bytes_of(run.most_tokens) - bytes_of(run.unread) for run in self._runs)
            needed, free = bytes_of(capacity), main_memory().memories[0].free_bytes - promised
            if needed > free:
                raise torch.OutOfMemoryError(f"{needed:,} of {free:,} bytes")

    def _cache(self, tokens: list[int], scaling: RopeScaling, capacity: int) -> Any:
        """Take the longest kept beginning: at rest, or from an answer still being written."""
        if not self.network.keeps_prefixes:
            return self.network.new_cache(capacity)
        running = [
            (common, run)
            for run in self._runs
            if run.scaling == scaling and not run.failure and (common := _shared(run, tokens))
        ]
        longest, run = max(running, key=lambda pair: pair[0], default=(0, None))
        if run is not None and longest >= self.prefixes.match(tokens, scaling):
            return run.cache.copy(longest, capacity)
        return self.prefixes.take(tokens, scaling, capacity) or self.network.new_cache(capacity)

    def _leave_closed(self) -> None:
        """Take closed answers out, and keep what was read for them."""
        while self._closed:
            run = self._closed.popleft()
            self._runs.remove(run)
            # Whoever catches a failure holds its run by the traceback; the cache must not stay.
            cache, run.cache = run.cache, None
            if self.network.keeps_prefixes and not run.failure:
                self.prefixes.keep(run.tokens, run.scaling, cache)

    def _step(self) -> None:
        """Run one pass for all answers that want one."""
        self._leave_closed()
        room = self.slice_tokens
        plan: list[tuple[_Run, int]] = []
        for run in self._runs:
            if run.wants_a_pass:
                count = min(run.unread_tokens, room) if run.in_prefill else 1
                room -= count if run.in_prefill else 0
                plan += [(run, count)] if count else []
        if self.network.keeps_prefixes:
            self._pass(plan)
        else:  # its caches cannot go back to before a pass that failed, so one failing fails alone
            for alone in plan:
                self._pass([alone])

    def _pass(self, plan: Sequence[tuple[_Run, int]]) -> None:
        """Read so many tokens of each answer in one pass, and hand out what comes of it.

        Whatever goes wrong, it must not take along the answers that are well: what fails together
        is tried again one by one, and alone once more when kept caches have made room.
        """
        error = self._read(plan)
        if error is None:
            return
        if len(plan) > 1:
            for alone in plan:
                self._pass([alone])
        elif isinstance(error, torch.OutOfMemoryError) and self.prefixes.clear():
            self._pass(plan)
        else:
            plan[0][0].failure = _failure(error, plan[0][0])

    def _read(self, plan: Sequence[tuple[_Run, int]]) -> Exception | None:
        """Do one pass; return what went wrong, with every cache as far as its answer is."""
        try:
            logits = self.network.read([run.part(count) for run, count in plan])
            highest, places = logits.max(-1)  # NaN counts as the highest of all
            likeliest, broken = places.tolist(), highest.isnan().tolist()
            for place, (run, count) in enumerate(plan):
                if broken[place]:
                    run.failure = GenerationError(
                        "the model computed no numbers (NaN): its weights may be damaged, or its "
                        "dtype too narrow; load it in bfloat16 or float32"
                    )
                else:
                    self._advance(run, count, logits[place], likeliest[place])
        except BaseException as error:
            # Some layers have read these tokens and others not, in the caches of all.
            for run, _ in plan:
                if self.network.keeps_prefixes:
                    run.cache.crop(run.unread)
                else:
                    run.failure = _failure(error, run)
            if not isinstance(error, Exception):
                raise
            clear_frames(error.__traceback__)  # they hold all that the pass had computed
            return error
        return None

    def _advance(self, run: _Run, count: int, logits: torch.Tensor, likeliest: int) -> None:
        """Note what a pass has read of one answer, and choose the next token if it is time."""
        if run.in_prefill:
            run.ready.append(Prefill(count, 0, run.prompt_tokens, is_first=run.unread == 0))
        run.unread += count
        if run.in_prefill:
            return
        try:
            token = run.chooser.choose(logits, likeliest)
        except BaseException as error:
            run.failure = _failure(error, run)
            if not isinstance(error, Exception):
                raise
            return  # one answer's grammar is no matter of the others
        run.tokens.append(token)
        run.ready.append(token)
        run.finished = token in self._end_tokens or run.chooser.enough


def _shared(run: _Run, tokens: Sequence[int]) -> int:
    """Count the tokens of a prompt that the cache of an answer under way holds already."""
    common = common_length(run.tokens[: run.cache.length], tokens[:-1])
    return whole_groups(run.cache, common)


def _failure(error: BaseException, run: _Run) -> Exception:
    """Say in one sentence why an answer cannot go on."""
    if isinstance(error, ModelError):
        return error
    if isinstance(error, torch.OutOfMemoryError):
        return _out_of_memory(len(run.tokens), run.cache.bytes_held)
    reason = str(error) or type(error).__name__
    failure = GenerationError(f"the model failed after {run.unread:,} tokens: {reason}")
    failure.__cause__ = error
    return failure


def _out_of_memory(tokens: int, cache_bytes: int) -> GenerationError:
    return GenerationError(
        f"memory is too short for a prompt of {tokens:,} tokens, whose keys and values alone take "
        f"{cache_bytes / 2**30:.2f} GiB: shorten it, run fewer at once, or keep them as int8"
    )


def make_engine(
    model: PreTrainedModel, native_tokens: int, end_tokens: Collection[int], settings: HostSettings
) -> Engine:
    """Make the engine of a loaded model, with what the settings leave open fitted to the machine.

    Args:
        model: a transformers model in evaluation mode, on its device; the engine's from now on.
        native_tokens: the window it was trained for.
        end_tokens: ids that end an answer.
        settings: of the hosting.
    """
    network = make_network(model, native_tokens, cache_quantisation=settings.cache_quantisation)
    on_gpu = network.device.type == "cuda"
    free = main_memory().memories[0].free_bytes
    on_device = torch.cuda.mem_get_info(network.device)[0] if on_gpu else free
    kept, spilled = settings.kept_bytes, settings.spilled_bytes
    prefixes = Prefixes(
        on_device // 4 if kept is None else kept,
        (free // 4 if spilled is None else spilled) if on_gpu else 0,
        network.cache_devices,
    )
    slice_tokens = settings.slice_tokens or (GPU_SLICE_TOKENS if on_gpu else CPU_SLICE_TOKENS)
    return Engine(network, end_tokens, prefixes, slice_tokens=slice_tokens)

"""Everything that can go wrong with a model, as one small tree.

ModelError                 catch this to catch all of them
├── WeightsError           weights or tokenizer cannot be loaded: says which file, why, what to do
├── PromptError            the messages cannot be put to this model as they are
│   └── ContextError       prompt and answer together are longer than the model's window
├── GenerationError        the model in this process failed in the middle of an answer
└── ServerError            an OpenAI-compatible server did not answer as one
    └── FormError          its answer is not in the form that was asked for

Every message is one sentence for a person.
"""


class ModelError(Exception):
    """Base of all errors raised by `model`."""


class WeightsError(ModelError):
    """Weights or tokenizer are missing, incomplete, corrupt or of a kind that is never loaded."""


class PromptError(ModelError):
    """The messages cannot be put to this model: none at all, an image, a tool result."""


class ContextError(PromptError):
    """Prompt and answer together are longer than the model's window.

    Attributes:
        prompt_tokens: tokens of the prompt, chat template included.
        answer_tokens: tokens asked for the answer.
        context_tokens: tokens the model can hold, prompt and answer together.
    """

    def __init__(self, *, prompt_tokens: int, answer_tokens: int, context_tokens: int) -> None:
        super().__init__(
            f"the prompt has {prompt_tokens:,} tokens and the answer may take {answer_tokens:,}, "
            f"together more than the {context_tokens:,} this model holds: "
            "shorten the prompt or ask for a shorter answer"
        )
        self.prompt_tokens = prompt_tokens
        self.answer_tokens = answer_tokens
        self.context_tokens = context_tokens


class GenerationError(ModelError):
    """The model in this process failed: memory ran out, or it computed no numbers."""


class ServerError(ModelError):
    """The server is down, refuses the key, lacks the model, breaks off, or speaks something else.

    Attributes:
        partial: what had come of the answer when it failed: never a finished answer, mostly empty.
    """

    def __init__(self, message: str, *, partial: str = "") -> None:
        super().__init__(message)
        self.partial = partial


class FormError(ServerError):
    """The answer is not in the form that was asked for; `partial` is the answer as it came."""

"""How inputs are damaged, what a family of readers is, and whether a reader's time outgrows its input's size."""

import copy
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Reader = Callable[[bytes], None]
Pattern = tuple[bytes, bytes, bytes]  # before, what is repeated, after

SIZE_LIMIT = 20_000  # bytes of an input
SMALL, DOUBLINGS = 8_192, 3
GROWTH_LIMIT = 2.0  # times linear, over three doublings; a quadratic one has 8
_SHORT_SECONDS = 0.002  # what takes less cannot be compared
_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 70, 1e308, "", " ", "\0", "\ud7ff\u202e", "x" * 300, [], {}, [[]], {"": None}, "null",
    "../..", "2026-13-41T25:61:00Z", "::error::x",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """Readers that are alike in what they are fed. `seeds` and `growing` have an entry for each reader.

    `documents` are the readers of JSON, whose inputs are also damaged as values: what is well formed gets further in.
    """

    readers: Mapping[str, Reader]
    seeds: Mapping[str, Sequence[bytes]]
    tokens: Sequence[bytes]
    growing: Mapping[str, Sequence[Pattern]]
    documents: frozenset[str] = field(default=frozenset())

    def input_for(self, chance: random.Random, name: str) -> bytes:
        """A damaged input of the kind that the reader `name` takes."""
        if name in self.documents and chance.random() < 0.5:
            return twisted(chance, self.seeds[name])
        return damaged(chance, self.seeds[name], self.tokens)


def damaged(chance: random.Random, inputs: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """One of the inputs with one to five things done to its bytes; at most SIZE_LIMIT of them."""
    data = chance.choice(inputs)
    for _ in range(chance.randint(1, 5)):
        place = chance.randint(0, len(data))
        match chance.randint(0, 5):
            case 0:
                data = data[:place] + chance.randbytes(chance.randint(1, 4)) + data[place + chance.randint(0, 4) :]
            case 1:
                data = data[:place] + chance.choice(tokens) + data[place:]
            case 2:
                data = data[:place]
            case 3:
                data = data[:place] + data[place + chance.randint(1, 200) :]
            case 4:
                piece = data[place : place + chance.randint(1, 50)]
                data = data[:place] + piece * chance.randint(2, 60) + data[place:]
            case _:
                other = chance.choice(inputs)
                data = data[:place] + other[chance.randint(0, len(other)) :]
        data = data[:SIZE_LIMIT]
    return data


def twisted(chance: random.Random, inputs: Sequence[bytes]) -> bytes:
    """One of the inputs, all JSON, with one to three of its values taken out, doubled or replaced by odd ones."""
    whole = [json.loads(chance.choice(inputs))]
    for _ in range(chance.randint(1, 3)):
        places = list(_places(whole))
        holder, key = chance.choice(places)
        match chance.randint(0, 3):
            case 0 if holder is not whole:
                del holder[key]
            case 1 if isinstance(holder, list) and holder is not whole:
                holder.insert(key, copy.deepcopy(holder[key]))
            case 2:
                other, at = chance.choice(places)
                holder[key] = copy.deepcopy(other[at])
            case _:
                holder[key] = copy.deepcopy(chance.choice(_ODD))
    return json.dumps(whole[0]).encode()[:SIZE_LIMIT]


def _places(holder: Any) -> Any:
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, key
        if isinstance(value, dict | list):
            yield from _places(value)


def growth(reader: Reader, pattern: Pattern) -> float:
    """How many times linear the time of eight times the size is; 1.0 when it is too short to measure."""
    before, repeated, after = pattern

    def seconds(size: int) -> float:
        best = 1e9
        for number in range(5):
            # A reader may remember what it read: the inputs differ in their length.
            data = before + repeated * (size // len(repeated) + number) + after
            began = time.process_time()
            reader(data)
            best = min(best, time.process_time() - began)
        return best

    large = seconds(SMALL << DOUBLINGS)
    if large < _SHORT_SECONDS:
        return 1.0
    return large / max(seconds(SMALL), 1e-5) / (1 << DOUBLINGS)

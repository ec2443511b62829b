"""Cache results of methods, and remember the newest entries of what grows without end."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast
from weakref import WeakMethod

Params = ParamSpec("Params")
Result = TypeVar("Result")
Key = TypeVar("Key")
Value = TypeVar("Value")


class NewestEntries(dict[Key, Value]):
    """A dictionary of at most ``limit`` entries, which forgets the oldest."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: Key, value: Value) -> None:
        """Set an entry; a new one may cost the oldest its place."""
        super().__setitem__(key, value)
        if len(self) > self._limit:
            del self[next(iter(self))]


def weak_lru_cache(method: Callable[Params, Result], maxsize: int) -> Callable[Params, Result]:
    """LRU-cache a bound method without a reference cycle, so its object can store the cache.

    An object that stores a plain ``lru_cache`` of its own method refers to itself: a closed
    snapshot would keep its model and its files until the next run of the garbage collector.
    Calling the result after the object is gone raises ReferenceError.
    """
    reference = WeakMethod(method)

    def call(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        bound = reference()
        if bound is None:
            raise ReferenceError("the object of this cached method has been deleted")
        return bound(*args, **kwargs)

    return cast("Callable[Params, Result]", lru_cache(maxsize=maxsize)(call))

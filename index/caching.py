"""Cache the results of methods without keeping their objects alive."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast
from weakref import WeakMethod

Params = ParamSpec("Params")
Result = TypeVar("Result")


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

"""Remember what a method gave, without keeping alive what the method belongs to."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast
from weakref import WeakMethod

Given = ParamSpec("Given")
Result = TypeVar("Result")


def weak_lru_cache(method: Callable[Given, Result], most: int) -> Callable[Given, Result]:
    """``method`` with its last ``most`` results, for its own object to keep.

    An object that keeps ``lru_cache`` of its own method keeps itself: a snapshot that is no longer
    in service would hold its model, its files and their space on disk until Python happens to look
    for such circles. To be called while the object is there: raises ReferenceError afterwards.
    """
    own = WeakMethod(method)

    def call(*values: Given.args, **named: Given.kwargs) -> Result:
        bound = own()
        if bound is None:
            raise ReferenceError("the object whose results are remembered is gone")
        return bound(*values, **named)

    return cast("Callable[Given, Result]", lru_cache(maxsize=most)(call))

"""The packaged model as ONNX, written from its weights: a first index needs no torch for it.

The graph is BERT's (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers",
NAACL 2019) with the mean over tokens and unit length that sentence-transformers put behind it.
In 8 bits, weights are stored per column of a product and per word, and what is multiplied with
them is turned into bytes at each run. Tensors are read one at a time, for a small machine.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

INPUTS = ("input_ids", "attention_mask")

_OPSET = 20  # Gelu as one operator
_IR = 9  # what goes with it
_HIDDEN = -10_000.0  # added to the attention that padding gets, before the softmax
_MOST = 127.0  # a signed byte

Tensor = NDArray[np.float32]
Weights = Callable[[str], Tensor]


@dataclass(frozen=True, slots=True)
class Shape:
    """What ``config.json`` says of a BERT."""

    layers: int
    heads: int
    hidden: int
    epsilon: float

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Of the model in ``folder``."""
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return cls(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            hidden=config["hidden_size"],
            epsilon=config["layer_norm_eps"],
        )


def write_bert(weights: Path, path: Path, *, in_bytes: bool) -> None:
    """Write a BERT to ``path``: ``INPUTS`` in, unit ``vectors`` (texts, dim) out.

    ``weights`` is a file of safetensors with ``config.json`` beside it. ``in_bytes`` stores them in
    8 bits, but for the products that narrow in the first half of the layers: what those lose is
    carried through all that follow.
    Raises OSError.
    """
    shape = Shape.read(weights.parent)
    with safe_open(weights, "numpy") as tensors:
        graph = _Graph.begun(shape.hidden, in_bytes=in_bytes)
        _write(graph, tensors.get_tensor, shape)
    path.write_bytes(graph.model.SerializeToString())


def _write(graph: "_Graph", weights: Weights, shape: Shape) -> None:
    hidden, mask = _embedded(graph, weights, shape), _mask(graph)
    for number in range(shape.layers):
        own = _below(weights, f"encoder.layer.{number}.")
        late = number >= shape.layers / 2
        hidden = _layer(graph, own, shape, (hidden, mask), narrowing_in_bytes=late)
    _pooled(graph, hidden)


class _Graph:
    """A graph while it is written; names count on."""

    def __init__(self, model: Any, *, in_bytes: bool) -> None:
        self.model = model
        self.in_bytes = in_bytes
        self._graph = model.graph  # written in place: each list that onnx is given is copied
        self._turned: dict[str, tuple[str, str, str]] = {}

    @classmethod
    def begun(cls, dim: int, *, in_bytes: bool) -> Self:
        """Without an operator yet."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in INPUTS
        ]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dim])
        graph = helper.make_graph([], "bert", inputs, [output])
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, ir_version=_IR, opset_imports=[opset])
        return cls(model, in_bytes=in_bytes)

    def put(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Put an operator in, and give its output's name."""
        return self._put(kind, inputs, [output or self._name(kind)], attributes)

    def bytes_of(self, inputs: str) -> tuple[str, str, str]:
        """What is computed as bytes, once however often it is used: bytes, scale, zero point."""
        if inputs not in self._turned:
            name = self._name("Bytes")
            outputs = (name, f"{name}_scale", f"{name}_zero")
            self._put("DynamicQuantizeLinear", (inputs,), outputs, {})
            self._turned[inputs] = outputs
        return self._turned[inputs]

    def floats(self, inputs: str) -> str:
        """The same numbers as floats."""
        return self.put("Cast", inputs, to=TensorProto.FLOAT)

    def hold(self, values: Any, dtype: type[np.generic] = np.float32) -> str:
        """Put a constant in, and give its name."""
        name = f"constant_{len(self._graph.initializer)}"
        held = numpy_helper.from_array(np.array(values, dtype, order="C"), name)
        self._graph.initializer.append(held)
        return name

    def numbers(self, *values: int) -> str:
        """A constant of whole numbers: axes, or a shape."""
        return self.hold(values, np.int64)

    def _put(self, kind: str, inputs: Any, outputs: Any, attributes: dict[str, Any]) -> str:

        name = str(outputs[0])
        node = helper.make_node(kind, list(inputs), list(outputs), f"{name}_node", **attributes)
        self._graph.node.append(node)
        return name

    def _name(self, kind: str) -> str:
        return f"{kind.lower()}_{len(self._graph.node)}"


def _below(weights: Weights, prefix: str) -> Weights:
    return lambda name: weights(prefix + name)


def _embedded(graph: _Graph, weights: Weights, shape: Shape) -> str:
    """Words, their places, and the first kind of segment: there is no second."""
    own = _below(weights, "embeddings.")
    words = _words(graph, own("word_embeddings.weight"))
    segment = own("token_type_embeddings.weight")[0]
    places = graph.hold(own("position_embeddings.weight") + segment)
    length = graph.put("Shape", "input_ids", start=1)
    upto = graph.put("Slice", places, graph.numbers(0), length, graph.numbers(0))
    return _normal(graph, _below(own, "LayerNorm."), shape, graph.put("Add", words, upto))


def _words(graph: _Graph, table: Tensor) -> str:
    """The row of each word."""
    if not graph.in_bytes:
        return graph.put("Gather", graph.hold(table), "input_ids")
    rows, scales = _in_bytes(table, axis=1)
    row = graph.floats(graph.put("Gather", graph.hold(rows, np.int8), "input_ids"))
    return graph.put("Mul", row, graph.put("Gather", graph.hold(scales), "input_ids"))


def _mask(graph: _Graph) -> str:
    """What to add to attention: 0, and much less for padding; (texts, 1, 1, tokens)."""
    absent = graph.put("Sub", graph.hold(1.0), graph.floats("attention_mask"))
    hiding = graph.put("Mul", absent, graph.hold(_HIDDEN))
    return graph.put("Unsqueeze", hiding, graph.numbers(1, 2))


def _layer(
    graph: _Graph,
    own: Weights,
    shape: Shape,
    inputs: tuple[str, str],
    *,
    narrowing_in_bytes: bool,
) -> str:
    hidden, mask = inputs
    attended = _attended(graph, _below(own, "attention.self."), shape, hidden, mask)
    joined = _dense(graph, _below(own, "attention.output.dense."), attended)
    normal = _below(own, "attention.output.LayerNorm.")
    met = _normal(graph, normal, shape, graph.put("Add", joined, hidden))
    wide = graph.put("Gelu", _dense(graph, _below(own, "intermediate.dense."), met))
    narrow = _dense(graph, _below(own, "output.dense."), wide, in_bytes=narrowing_in_bytes)
    normal = _below(own, "output.LayerNorm.")
    return _normal(graph, normal, shape, graph.put("Add", narrow, met))


def _attended(graph: _Graph, own: Weights, shape: Shape, hidden: str, mask: str) -> str:
    query, key, value = _heads(graph, own, shape, hidden)
    likeness = graph.put("MatMul", query, graph.put("Transpose", key, perm=[0, 1, 3, 2]))
    scaled = graph.put("Mul", likeness, graph.hold((shape.hidden // shape.heads) ** -0.5))
    shares = graph.put("Softmax", graph.put("Add", scaled, mask), axis=-1)
    context = graph.put("Transpose", graph.put("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.put("Reshape", context, graph.numbers(0, 0, shape.hidden))


def _heads(graph: _Graph, own: Weights, shape: Shape, hidden: str) -> Iterator[str]:
    """Query, key and value, each (texts, heads, tokens, dim of a head)."""
    split = graph.numbers(0, 0, shape.heads, shape.hidden // shape.heads)
    for name in ("query", "key", "value"):
        every = _dense(graph, _below(own, f"{name}."), hidden)
        yield graph.put("Transpose", graph.put("Reshape", every, split), perm=[0, 2, 1, 3])


def _pooled(graph: _Graph, hidden: str) -> None:
    """The mean over tokens, scaled to length 1: the sum's direction is the mean's."""
    there = graph.put("Unsqueeze", graph.floats("attention_mask"), graph.numbers(2))
    total = graph.put("ReduceSum", graph.put("Mul", hidden, there), graph.numbers(1), keepdims=0)
    graph.put("LpNormalization", total, output="vectors", axis=1, p=2)


def _dense(graph: _Graph, own: Weights, inputs: str, *, in_bytes: bool = True) -> str:
    matrix = own("weight").T
    whole = not (graph.in_bytes and in_bytes)
    product = _product(graph, matrix, inputs) if whole else _byte_product(graph, matrix, inputs)
    return graph.put("Add", product, graph.hold(own("bias")))


def _product(graph: _Graph, matrix: Tensor, inputs: str) -> str:
    return graph.put("MatMul", inputs, graph.hold(matrix))


def _byte_product(graph: _Graph, matrix: Tensor, inputs: str) -> str:
    columns, scales = _in_bytes(matrix, axis=0)
    turned, scale, zero = graph.bytes_of(inputs)
    held = graph.hold(columns, np.int8)
    product = graph.put("MatMulInteger", turned, held, zero)
    both = graph.put("Mul", scale, graph.hold(scales[0]))
    return graph.put("Mul", graph.floats(product), both)


def _in_bytes(matrix: Tensor, axis: int) -> tuple[NDArray[np.int8], Tensor]:
    """Bytes, and the scale of each column (``axis`` 0) or row (1), with which they are near it."""
    most = np.abs(matrix).max(axis, keepdims=True)
    scales: Tensor = np.where(most > 0, most, 1.0).astype(np.float32) / np.float32(_MOST)
    return np.rint(matrix / scales).astype(np.int8), scales


def _normal(graph: _Graph, own: Weights, shape: Shape, inputs: str) -> str:
    scale, bias = graph.hold(own("weight")), graph.hold(own("bias"))
    return graph.put("LayerNormalization", inputs, scale, bias, axis=-1, epsilon=shape.epsilon)

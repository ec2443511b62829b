"""Write the packaged model as an ONNX graph from its weights, without PyTorch.

The graph is a BERT encoder (Devlin et al., "BERT: Pre-training of Deep Bidirectional
Transformers", NAACL 2019) with the mean pooling and normalization that sentence-transformers adds.
It encodes one text, so that it needs neither padding nor a mask. In int8, weights are quantized per
output channel, embeddings per token, and activations at each run. Tensors are read one at a time to
save memory. Operators of the domain ``com.microsoft`` are onnxruntime's own.

The embeddings of tokens are in a file of their own (``token_embeddings``).

Shapes below: S tokens of the text, H hidden dimension, A attention heads.
"""

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

from index.embed.token_embeddings import EMBEDDINGS_FILE, write_embeddings

INPUTS = ("embeddings",)

_ONNXRUNTIME = "com.microsoft"  # the domain of its own operators
_OPSET = 20  # the first with Gelu as one operator
_IR_VERSION = 9  # the one that goes with this opset
_MIN_EXTERNAL_BYTES = 4096  # of a tensor in the other file
_PAGE_BYTES = 4096
_INT8_MAX = 127.0
_UINT8_MAX = 255
_NORMALIZED_RANGE = np.float32(3)  # most normalized values are within three standard deviations
# GELU is never below -0.17, so few of the 256 values need to be negative.
_GELU_ZERO_POINT = 16
_GELU_MIN = -0.17

Tensor = NDArray[np.float32]
Weights = Callable[[str], Tensor]  # reads a tensor by name
Config = dict[str, Any]  # of ``config.json``


def write_bert(weights: Path, path: Path, *, int8: bool) -> None:
    """Write a BERT encoder to ``path``: ``INPUTS``, shape (S, H), → unit ``vectors``, (1, H).

    ``weights`` is a safetensors file with ``config.json`` beside it. The tensors go into a file of
    the same name with the suffix ``.bin``, because onnxruntime maps it instead of copying it: the
    model opens in half the time and takes 12 MB less memory. Raises OSError.
    """
    config = json.loads(weights.with_name("config.json").read_text("utf-8"))
    with (
        safe_open(weights, "numpy") as tensors,
        path.with_suffix(".bin").open("wb") as external,
    ):
        graph = _GraphBuilder(config, external, int8=int8)
        scoped = _scoped(tensors.get_tensor, "embeddings.")
        _write_token_embeddings(path.parent, scoped("word_embeddings.weight"), int8=int8)
        hidden = _embeddings(graph, scoped)
        for number in range(config["num_hidden_layers"]):
            hidden = _layer(graph, _scoped(tensors.get_tensor, f"encoder.layer.{number}."), hidden)
        _mean_pooling(graph, hidden)
    path.write_bytes(graph.model.SerializeToString())


class _GraphBuilder:
    """An ONNX graph under construction; methods return the name of the tensor they add."""

    def __init__(self, config: Config, external: IO[bytes], *, int8: bool) -> None:
        self.config = config
        self._external = external
        self.int8 = int8
        inputs = [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT, ["tokens", config["hidden_size"]]
            )
            for name in INPUTS
        ]
        shape = [1, config["hidden_size"]]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)
        graph = helper.make_graph([], "bert", inputs, [output])
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_ONNXRUNTIME, 1)]
        self.model = helper.make_model(graph, ir_version=_IR_VERSION, opset_imports=opsets)
        self._graph = self.model.graph  # extended in place: onnx copies every list it is given
        self._quantized: dict[str, tuple[str, str, str]] = {}

    @cached_property
    def length(self) -> str:
        """Number of tokens, S, shape (1,)."""
        return self.add("Shape", *INPUTS, end=1)

    @cached_property
    def gelu_zero_points(self) -> str:
        """Zero point of each token's activations after GELU, (S,)."""
        value = helper.make_tensor("value", TensorProto.UINT8, [1], [_GELU_ZERO_POINT])
        return self.add("ConstantOfShape", self.length, value=value)

    def add(self, kind: str, *inputs: str, outputs: tuple[str, ...] = (), **attributes: Any) -> str:
        """Add an operator; returns its first output."""
        outputs = outputs or (self._new_name(kind),)
        node = helper.make_node(kind, inputs, outputs, f"{outputs[0]}_node", **attributes)
        self._graph.node.append(node)
        return outputs[0]

    def add_own(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of onnxruntime's own."""
        return self.add(kind, *inputs, domain=_ONNXRUNTIME, **attributes)

    def quantize(self, tensor: str) -> tuple[str, str, str]:
        """Quantize an activation once and reuse it; returns int8, scale and zero point."""
        if tensor not in self._quantized:
            name = self._new_name("Bytes")
            outputs = (name, f"{name}_scale", f"{name}_zero")
            self.add("DynamicQuantizeLinear", tensor, outputs=outputs)
            self._quantized[tensor] = outputs
        return self._quantized[tensor]

    def constant(self, values: Any, dtype: type[np.generic] = np.float32) -> str:
        """Add a constant tensor."""
        name = f"constant_{len(self._graph.initializer)}"
        array = np.array(values, dtype, order="C")
        if array.nbytes < _MIN_EXTERNAL_BYTES:
            tensor = numpy_helper.from_array(array, name)
        else:
            tensor = self._write_external(array, name)
        self._graph.initializer.append(tensor)
        return name

    def _write_external(self, array: NDArray[Any], name: str) -> TensorProto:
        """Write a tensor into the other file, aligned for mapping; returns a reference to it."""
        self._external.write(bytes(-self._external.tell() % _PAGE_BYTES))
        place = {
            "location": Path(self._external.name).name,
            "offset": str(self._external.tell()),
            "length": str(array.nbytes),
        }
        self._external.write(array.tobytes())
        dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = TensorProto(name=name, data_type=dtype, dims=array.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=value)
        return tensor

    def integers(self, *values: int) -> str:
        """Add a constant of integers: axes or a shape."""
        return self.constant(values, np.int64)

    def _new_name(self, kind: str) -> str:
        return f"{kind.lower()}_{len(self._graph.node)}"


def _scoped(weights: Weights, prefix: str) -> Weights:
    return lambda name: weights(prefix + name)


def _write_token_embeddings(folder: Path, table: Tensor, *, int8: bool) -> None:
    """Write the embedding of each token, shape (tokens, H), in int8 with a scale of its own."""
    values, scales = _quantize_weights(table, axis=1) if int8 else (table, np.ones(1, np.float32))
    write_embeddings(folder / EMBEDDINGS_FILE, values, scales)


def _embeddings(graph: _GraphBuilder, weights: Weights) -> str:
    """Add token, position and segment embeddings, (S, H); the text is segment 0."""
    segment = weights("token_type_embeddings.weight")[0]
    positions = graph.constant(weights("position_embeddings.weight") + segment)
    used = graph.add("Slice", positions, graph.integers(0), graph.length, graph.integers(0))
    return _layer_norm(graph, _scoped(weights, "LayerNorm."), graph.add("Add", *INPUTS, used))


def _layer(graph: _GraphBuilder, weights: Weights, hidden: str) -> str:
    """Add a transformer layer: self-attention, then feed-forward, each with residual and norm.

    ``hidden`` are the hidden states, (S, H).
    """
    context = _self_attention(graph, _scoped(weights, "attention.self."), hidden)
    projected = _linear(graph, _scoped(weights, "attention.output.dense."), context)
    norm_weights = _scoped(weights, "attention.output.LayerNorm.")
    attended = _layer_norm(graph, norm_weights, graph.add("Add", projected, hidden))
    dense = _linear(graph, _scoped(weights, "intermediate.dense."), attended, norm_weights)
    inner = graph.add("Gelu", dense)
    outer = _linear(graph, _scoped(weights, "output.dense."), inner, after_gelu=True)
    norm_weights = _scoped(weights, "output.LayerNorm.")
    return _layer_norm(graph, norm_weights, graph.add("Add", outer, attended))


def _self_attention(graph: _GraphBuilder, weights: Weights, hidden: str) -> str:
    """Add multi-head scaled dot-product attention, (S, H)."""
    dim, heads = graph.config["hidden_size"], graph.config["num_attention_heads"]
    parts = ("query", "key", "value")  # one product for all three takes less time than three

    def joined(name: str) -> Tensor:
        return np.concatenate([weights(f"{part}.{name}") for part in parts])

    split = graph.integers(0, len(parts) * heads, dim // heads)
    projected = graph.add("Reshape", _linear(graph, joined, hidden), split)
    query, key, value = names = tuple(f"{projected}_{part}" for part in parts)
    graph.add("Split", projected, outputs=names, axis=1, num_outputs=len(parts))
    scale = (dim // heads) ** -0.5
    scores = graph.add_own(
        "FusedMatMul", query, key, alpha=scale, transBatchA=1, transBatchB=1, transB=1
    )
    shares = graph.add("Softmax", scores, axis=-1)
    context = graph.add_own("FusedMatMul", shares, value, transBatchB=1)
    by_token = graph.add("Transpose", context, perm=[1, 0, 2])
    return graph.add("Reshape", by_token, graph.integers(0, dim))


def _mean_pooling(graph: _GraphBuilder, hidden: str) -> None:
    """Add the normalized mean over tokens, (1, H)."""
    mean = graph.add("ReduceMean", hidden, graph.integers(0), keepdims=1)
    graph.add("LpNormalization", mean, outputs=("vectors",), axis=1, p=2)


def _linear(
    graph: _GraphBuilder,
    weights: Weights,
    inputs: str,
    norm: Weights | None = None,
    *,
    after_gelu: bool = False,
) -> str:
    """Add a linear layer with bias.

    For int8, ``norm`` are the weights of the layer normalization that returned ``inputs``, to even
    out their ranges; ``after_gelu`` tells that ``inputs`` come from GELU.
    """
    matrix, bias = weights("weight").T, graph.constant(weights("bias"))
    if not graph.int8:
        return graph.add("Add", graph.add("MatMul", inputs, graph.constant(matrix)), bias)
    if after_gelu:
        return graph.add("Add", _product_by_token(graph, matrix, inputs), bias)
    if norm:
        ranges: Tensor = np.abs(norm("bias")) + _NORMALIZED_RANGE * np.abs(norm("weight"))
        inputs, matrix = graph.add("Div", inputs, graph.constant(ranges)), ranges[:, None] * matrix
    activation, scale, zero_point = graph.quantize(inputs)
    return _int8_product(graph, matrix, activation, scale, zero_point, "", bias)


def _product_by_token(graph: _GraphBuilder, matrix: Tensor, inputs: str) -> str:
    """Multiply with a scale for each token, because a few outliers of GELU dwarf the rest."""
    largest = graph.add("ReduceMax", inputs, graph.integers(1), keepdims=1)
    steps = graph.constant(1 / (_UINT8_MAX - _GELU_ZERO_POINT))
    smallest = graph.constant(-_GELU_MIN / _GELU_ZERO_POINT)
    scales = graph.add("Max", graph.add("Mul", largest, steps), smallest)
    flat_scales = graph.add("Squeeze", scales, graph.integers(1))
    activation = graph.add("QuantizeLinear", inputs, flat_scales, graph.gelu_zero_points, axis=0)
    zero_point = graph.constant(_GELU_ZERO_POINT, np.uint8)
    product = _int8_product(graph, matrix, activation, graph.constant(1.0), zero_point)
    return graph.add("Mul", product, scales)


def _int8_product(
    graph: _GraphBuilder, matrix: Tensor, activation: str, scale: str, *optional: str
) -> str:
    """Multiply in int8 into float32; ``optional`` are zero points and the bias to add."""
    quantized, scales = _quantize_weights(matrix, axis=0)
    constants = graph.constant(quantized, np.int8), scale, graph.constant(scales[0])
    return graph.add_own("MatMulIntegerToFloat", activation, *constants, *optional)


def _quantize_weights(matrix: Tensor, axis: int) -> tuple[NDArray[np.int8], Tensor]:
    """Quantize symmetrically; returns int8 and the scale of each column (``axis`` 0) or row (1)."""
    largest = np.abs(matrix).max(axis, keepdims=True)
    scales: Tensor = np.where(largest > 0, largest, 1.0).astype(np.float32) / np.float32(_INT8_MAX)
    return np.rint(matrix / scales).astype(np.int8), scales


def _layer_norm(graph: _GraphBuilder, weights: Weights, inputs: str) -> str:
    scale, bias = graph.constant(weights("weight")), graph.constant(weights("bias"))
    epsilon = graph.config["layer_norm_eps"]
    return graph.add("LayerNormalization", inputs, scale, bias, axis=-1, epsilon=epsilon)

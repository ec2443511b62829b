"""Write the packaged model as an ONNX graph from its weights, without PyTorch.

The graph is a BERT encoder (Devlin et al., "BERT: Pre-training of Deep Bidirectional
Transformers", NAACL 2019) with the mean pooling and normalization that sentence-transformers adds.
In int8, weights are quantized per output channel, embeddings per token, and activations at each
run. Tensors are read one at a time to save memory.

Shapes below: T texts, S tokens of the longest text, H hidden dimension, A attention heads.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open

INPUTS = ("input_ids", "attention_mask")

_OPSET = 20  # the first with Gelu as one operator
_IR_VERSION = 9  # the one that goes with this opset
_PADDING_BIAS = -10_000.0  # added to attention scores of padding before the softmax
_INT8_MAX = 127.0

Tensor = NDArray[np.float32]
Weights = Callable[[str], Tensor]  # reads a tensor by name
Config = dict[str, Any]  # of ``config.json``


def write_bert(weights: Path, path: Path, *, int8: bool) -> None:
    """Write a BERT encoder to ``path``: ``INPUTS``, shape (T, S), → unit ``vectors``, (T, H).

    ``weights`` is a safetensors file with ``config.json`` beside it. ``int8`` quantizes the
    weights, except the second matrix of each feed-forward network in the first half of the layers,
    because later layers amplify its error.
    Raises OSError.
    """
    config = json.loads(weights.with_name("config.json").read_text("utf-8"))
    with safe_open(weights, "numpy") as tensors:
        graph = _GraphBuilder(config, int8=int8)
        hidden, bias = _embeddings(graph, tensors.get_tensor), _attention_bias(graph)
        for number in range(config["num_hidden_layers"]):
            layer_weights = _scoped(tensors.get_tensor, f"encoder.layer.{number}.")
            second_half = number >= config["num_hidden_layers"] / 2
            hidden = _layer(graph, layer_weights, hidden, bias, int8_output=second_half)
        _mean_pooling(graph, hidden)
    path.write_bytes(graph.model.SerializeToString())


class _GraphBuilder:
    """An ONNX graph under construction; methods return the name of the tensor they add."""

    def __init__(self, config: Config, *, int8: bool) -> None:
        self.config = config
        self.int8 = int8
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in INPUTS
        ]
        shape = ["texts", config["hidden_size"]]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)
        graph = helper.make_graph([], "bert", inputs, [output])
        opset = helper.make_opsetid("", _OPSET)
        self.model = helper.make_model(graph, ir_version=_IR_VERSION, opset_imports=[opset])
        self._graph = self.model.graph  # extended in place: onnx copies every list it is given
        self._quantized: dict[str, tuple[str, str, str]] = {}

    def add(self, kind: str, *inputs: str, outputs: tuple[str, ...] = (), **attributes: Any) -> str:
        """Add an operator; returns its first output."""
        outputs = outputs or (self._new_name(kind),)
        node = helper.make_node(kind, inputs, outputs, f"{outputs[0]}_node", **attributes)
        self._graph.node.append(node)
        return outputs[0]

    def quantize(self, tensor: str) -> tuple[str, str, str]:
        """Quantize an activation once and reuse it; returns int8, scale and zero point."""
        if tensor not in self._quantized:
            name = self._new_name("Bytes")
            outputs = (name, f"{name}_scale", f"{name}_zero")
            self.add("DynamicQuantizeLinear", tensor, outputs=outputs)
            self._quantized[tensor] = outputs
        return self._quantized[tensor]

    def to_float(self, tensor: str) -> str:
        """Cast a tensor to float32."""
        return self.add("Cast", tensor, to=TensorProto.FLOAT)

    def constant(self, values: Any, dtype: type[np.generic] = np.float32) -> str:
        """Add a constant tensor."""
        name = f"constant_{len(self._graph.initializer)}"
        tensor = numpy_helper.from_array(np.array(values, dtype, order="C"), name)
        self._graph.initializer.append(tensor)
        return name

    def integers(self, *values: int) -> str:
        """Add a constant of integers: axes or a shape."""
        return self.constant(values, np.int64)

    def _new_name(self, kind: str) -> str:
        return f"{kind.lower()}_{len(self._graph.node)}"


def _scoped(weights: Weights, prefix: str) -> Weights:
    return lambda name: weights(prefix + name)


def _embeddings(graph: _GraphBuilder, weights: Weights) -> str:
    """Add token, position and segment embeddings, (T, S, H); all texts are segment 0."""
    scoped = _scoped(weights, "embeddings.")
    tokens = _token_embeddings(graph, scoped("word_embeddings.weight"))
    segment = scoped("token_type_embeddings.weight")[0]
    positions = graph.constant(scoped("position_embeddings.weight") + segment)
    length = graph.add("Shape", "input_ids", start=1)
    used_positions = graph.add("Slice", positions, graph.integers(0), length, graph.integers(0))
    total = graph.add("Add", tokens, used_positions)
    return _layer_norm(graph, _scoped(scoped, "LayerNorm."), total)


def _token_embeddings(graph: _GraphBuilder, table: Tensor) -> str:
    """Look up the embedding of each token, (T, S, H)."""
    if not graph.int8:
        return graph.add("Gather", graph.constant(table), "input_ids")
    quantized, scales = _quantize_weights(table, axis=1)
    rows = graph.to_float(graph.add("Gather", graph.constant(quantized, np.int8), "input_ids"))
    return graph.add("Mul", rows, graph.add("Gather", graph.constant(scales), "input_ids"))


def _attention_bias(graph: _GraphBuilder) -> str:
    """Compute the bias of attention scores: 0, and very negative for padding, (T, 1, 1, S)."""
    padding = graph.add("Sub", graph.constant(1.0), graph.to_float("attention_mask"))
    bias = graph.add("Mul", padding, graph.constant(_PADDING_BIAS))
    return graph.add("Unsqueeze", bias, graph.integers(1, 2))


def _layer(
    graph: _GraphBuilder, weights: Weights, hidden: str, bias: str, *, int8_output: bool
) -> str:
    """Add a transformer layer: self-attention, then feed-forward, each with residual and norm.

    ``hidden`` are the hidden states, (T, S, H), and ``bias`` is that of the attention.
    """
    context = _self_attention(graph, _scoped(weights, "attention.self."), hidden, bias)
    projected = _linear(graph, _scoped(weights, "attention.output.dense."), context)
    norm_weights = _scoped(weights, "attention.output.LayerNorm.")
    attended = _layer_norm(graph, norm_weights, graph.add("Add", projected, hidden))
    inner = graph.add("Gelu", _linear(graph, _scoped(weights, "intermediate.dense."), attended))
    outer = _linear(graph, _scoped(weights, "output.dense."), inner, int8=int8_output)
    norm_weights = _scoped(weights, "output.LayerNorm.")
    return _layer_norm(graph, norm_weights, graph.add("Add", outer, attended))


def _self_attention(graph: _GraphBuilder, weights: Weights, hidden: str, bias: str) -> str:
    """Add multi-head scaled dot-product attention, (T, S, H)."""
    dim, heads = graph.config["hidden_size"], graph.config["num_attention_heads"]
    split = graph.integers(0, 0, heads, dim // heads)
    query, key, value = (
        _project(graph, _scoped(weights, f"{name}."), hidden, split)
        for name in ("query", "key", "value")
    )
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    scaled = graph.add("Mul", scores, graph.constant((dim // heads) ** -0.5))
    shares = graph.add("Softmax", graph.add("Add", scaled, bias), axis=-1)
    context = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.add("Reshape", context, graph.integers(0, 0, dim))


def _project(graph: _GraphBuilder, weights: Weights, hidden: str, split: str) -> str:
    """Project hidden states to query, key or value, (T, A, S, H / A)."""
    projected = _linear(graph, weights, hidden)
    return graph.add("Transpose", graph.add("Reshape", projected, split), perm=[0, 2, 1, 3])


def _mean_pooling(graph: _GraphBuilder, hidden: str) -> None:
    """Add the normalized mean over tokens, (T, H); the sum has the mean's direction."""
    mask = graph.add("Unsqueeze", graph.to_float("attention_mask"), graph.integers(2))
    masked = graph.add("Mul", hidden, mask)
    total = graph.add("ReduceSum", masked, graph.integers(1), keepdims=0)
    graph.add("LpNormalization", total, outputs=("vectors",), axis=1, p=2)


def _linear(graph: _GraphBuilder, weights: Weights, inputs: str, *, int8: bool = True) -> str:
    """Add a linear layer with bias; ``int8`` is False to keep its weights in float32."""
    matrix = weights("weight").T
    if graph.int8 and int8:
        product = _int8_product(graph, matrix, inputs)
    else:
        product = graph.add("MatMul", inputs, graph.constant(matrix))
    return graph.add("Add", product, graph.constant(weights("bias")))


def _int8_product(graph: _GraphBuilder, matrix: Tensor, inputs: str) -> str:
    quantized, scales = _quantize_weights(matrix, axis=0)
    activation, activation_scale, zero_point = graph.quantize(inputs)
    constant = graph.constant(quantized, np.int8)
    product = graph.add("MatMulInteger", activation, constant, zero_point)
    scale = graph.add("Mul", activation_scale, graph.constant(scales[0]))
    return graph.add("Mul", graph.to_float(product), scale)


def _quantize_weights(matrix: Tensor, axis: int) -> tuple[NDArray[np.int8], Tensor]:
    """Quantize symmetrically; returns int8 and the scale of each column (``axis`` 0) or row (1)."""
    largest = np.abs(matrix).max(axis, keepdims=True)
    scales: Tensor = np.where(largest > 0, largest, 1.0).astype(np.float32) / np.float32(_INT8_MAX)
    return np.rint(matrix / scales).astype(np.int8), scales


def _layer_norm(graph: _GraphBuilder, weights: Weights, inputs: str) -> str:
    scale, bias = graph.constant(weights("weight")), graph.constant(weights("bias"))
    epsilon = graph.config["layer_norm_eps"]
    return graph.add("LayerNormalization", inputs, scale, bias, axis=-1, epsilon=epsilon)

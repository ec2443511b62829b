"""Encode text as vectors."""

import os

# Read by onnxruntime when it is imported. Otherwise onnxruntime may report the machine and the
# model to Microsoft, and it keeps an id of the machine in the home folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

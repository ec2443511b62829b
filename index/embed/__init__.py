"""Encode text as vectors."""

import os

# onnxruntime reads this when it is imported. Without it, it sends Microsoft a description of the
# machine and the model, and keeps an id of the machine in the home folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

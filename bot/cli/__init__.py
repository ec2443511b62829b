"""Provide the `quoth` command line."""

import gc
import os

# Imports and builds create objects by the hundred thousand, hardly any of them garbage: looking for
# garbage among them takes a tenth of a short command's time. The bot sets its own threshold.
gc.set_threshold(1_000_000)
# Looking for plugins of pydantic would read the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

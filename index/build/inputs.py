"""Read what a build starts from: the articles of seeds, and the encoder of an earlier build."""

from collections.abc import Callable
from pathlib import Path

from index.embed.encoder import Encoder, read_spec
from index.embed.sentence_transformers import load_on_device
from index.errors import SeedsError
from index.ingest.loader import FolderContents, Loaded, load_folder
from index.ingest.seed_file import SeedFile
from index.store.contents import open_encoder
from index.types import OnStepProgress


def read_articles(
    seeds: Path, load: Callable[[SeedFile], Loaded], report: OnStepProgress
) -> FolderContents[Loaded]:
    """Make something of every article in ``seeds``. Raises SeedsError if none can be read."""
    loaded = load_folder(seeds, load, lambda done, total: report("reading", done, total))
    if not loaded.files:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in loaded.skipped[:3])
        raise SeedsError(f"no article in {seeds} can be read ({reasons}); add readable articles")
    return loaded


def load_encoder(folder: Path, name: str | None, device: str | None) -> Encoder:
    """Load the encoder that was exported to ``folder``, or its model on a torch device."""
    return load_on_device(device, name, read_spec(folder)) if device else open_encoder(folder)

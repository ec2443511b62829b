from pathlib import Path

import numpy as np
import pytest

from index.embed.token_embeddings import TokenEmbeddings, write_embeddings

TABLE = np.arange(-6, 6).reshape(4, 3)
SCALES = np.array([[0.5], [1.0], [2.0], [0.25]], np.float32)


@pytest.mark.parametrize("dtype", [np.int8, np.float32])
@pytest.mark.parametrize("ids", [[], [2], [3, 0, 3]])
def test_read_and_mapped_embeddings_are_scaled(
    ids: list[int], dtype: type[np.generic], tmp_path: Path
) -> None:
    write_embeddings(tmp_path / "embeddings.npy", TABLE.astype(dtype), SCALES)
    embeddings = TokenEmbeddings(tmp_path / "embeddings.npy")
    expected = (TABLE * SCALES)[ids].reshape(-1, 3).tolist()
    assert embeddings.read(ids).tolist() == expected
    assert embeddings.map(ids).tolist() == expected
    assert embeddings.read(ids).dtype == embeddings.map(ids).dtype == np.float32


def test_embeddings_outlive_their_file(tmp_path: Path) -> None:
    write_embeddings(tmp_path / "embeddings.npy", TABLE, SCALES)
    embeddings = TokenEmbeddings(tmp_path / "embeddings.npy")
    (tmp_path / "embeddings.npy").unlink()
    assert embeddings.read([1]).tolist() == embeddings.map([1]).tolist() == [[-3.0, -2.0, -1.0]]

from pathlib import Path

from index.file_ranges import FileRanges


def test_a_removed_file_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "text.bin"
    path.write_bytes(b"one two three")
    file = FileRanges(path)
    path.unlink()
    assert file.read(4, 7) == b"two"
    assert file.read(8, 100) == b"three"
    assert file.read(13, 20) == b""
    buffer = bytearray(7)
    file.read_into([memoryview(buffer)[:3], memoryview(buffer)[3:]], 0)
    assert buffer == b"one two"

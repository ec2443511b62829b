from pathlib import Path

from index.build.text_spool import TextSpool


def test_texts_are_read_back_in_any_order(tmp_path: Path) -> None:
    texts = [b"one\r\n\0", b"", "鯨".encode()]
    with TextSpool(tmp_path) as spool:
        spooled = [spool.append(text) for text in texts]
        assert [each.read() for each in reversed(spooled)] == texts[::-1]
        assert spool.append(b"appended after reading").read() == b"appended after reading"
        assert [each.read() for each in spooled] == texts


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with TextSpool(tmp_path) as spool:
        spool.append(b"text")
    assert list(tmp_path.iterdir()) == []

from pathlib import Path

from index.build.text_spool import TextSpool


def test_texts_are_read_back_in_any_order(tmp_path: Path) -> None:
    lists = [["one", "two\nlines\r\n\x85"], [], ["鯨 \ud800 \0", ""]]
    with TextSpool(tmp_path) as spool:
        spooled = [spool.append(texts) for texts in lists]
        assert [each.read() for each in reversed(spooled)] == lists[::-1]
        assert spool.append(["appended after reading"]).read() == ["appended after reading"]
        assert spooled[0].read() == lists[0]


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with TextSpool(tmp_path) as spool:
        spool.append(["text"])
    assert list(tmp_path.iterdir()) == []

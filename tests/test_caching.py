from index.caching import NewestEntries


def test_the_oldest_entry_makes_room_for_a_new_one() -> None:
    entries = NewestEntries[str, int](2)
    for number, key in enumerate("abbc"):
        entries[key] = number
    assert entries == {"b": 2, "c": 3}

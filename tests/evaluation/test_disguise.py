from benchmarks.disguise import disguise


def test_identifiers_and_some_words_stay() -> None:
    text = "Set UV_CACHE_DIR with `uv` in containers; FileResponse is in app/main.py."
    kept = {"UV_CACHE_DIR", "`uv`", "containers;", "FileResponse", "app/main.py."}
    assert kept <= {*disguise(text).split()}
    assert "with" not in disguise(text).split()


def test_inflected_forms_keep_their_common_beginning() -> None:
    stem, *inflected = disguise("install Installed installing").lower().split()
    assert stem != "install"
    assert all(form.startswith(stem) for form in inflected)

"""Follow pages, feeds, sitemaps, docs sections and git repositories, and keep seeds current.

``followed.py`` reads ``seeds/sources.toml``. ``refresh.py`` has the two steps of a refresh: check a
source (``check.py``, ``git/``) and plan its changes (``plan.py``), which are staged; then apply
them to seeds (``apply.py``). ``ledger.py`` says which files a source owns; files that were made or
edited by hand are never touched.
"""

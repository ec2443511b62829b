"""Follow pages, feeds, sitemaps, docs sections and git repositories, and keep seeds current.

``followed.py`` reads ``seeds/sources.toml``. A refresh has two steps: ``stage.py`` fetches and
plans, ``apply.py`` changes seeds. ``ledger.py`` says which files a source owns; files that were
made or edited by hand are never touched.
"""

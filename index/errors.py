"""Exceptions of the project. Every message is one line that says what to do next.

QuothError                  base of all our errors
├── SeedsError              the folder of articles cannot be used
│   └── ReadError           one of its files cannot be read; the others are still built
│       ├── NoText          it holds nothing but metadata; it is noted, not refused
│       └── NotAnArticle    it is a template or a site's data; it is passed over
├── EncoderError            a model cannot be found, loaded or trusted
├── SourceError             a followed source cannot be added, read or refreshed
│   └── SourceListError     sources.toml cannot be read, so that no source is checked
├── SettingsError           a setting in the environment or .env is invalid
├── IndexMissing            nothing has been built in this index folder yet
├── SnapshotError           a snapshot cannot be served
│   ├── SnapshotDamaged     one of its files is missing, truncated or changed
│   └── SnapshotMismatch    it has another schema or encoder; a rebuild fixes this
├── StorageUnavailable      PostgreSQL or Milvus cannot be reached, or answers by half
├── BuildInProgress         another process holds the build lock
├── BuildFailed             a build or rollback ran out of disk space or memory
├── QuestionError           the question cannot be searched (empty, too long, unknown article)
└── QuoteMismatch           a quote differs from its article and must not be shown
"""


class QuothError(Exception):
    """Base of all our errors; ``str(error)`` is one line with a next step."""


class SeedsError(QuothError):
    """The folder of articles cannot be used."""


class ReadError(SeedsError):
    """A file cannot be read as an article."""


class NoText(ReadError):
    """A file holds metadata but no text, as index pages of site generators do."""


class NotAnArticle(ReadError):
    """A file of a readable format is part of a site or a program, not an article."""


class EncoderError(QuothError):
    """A model cannot be found, loaded or trusted."""


class SourceError(QuothError):
    """A followed source cannot be added, read or refreshed."""


class SourceListError(SourceError):
    """The list of followed sources cannot be read; the message names the place."""


class SettingsError(QuothError):
    """A setting is invalid; the message names it."""


class IndexMissing(QuothError):
    """Nothing has been published in this index folder yet."""


class SnapshotError(QuothError):
    """A snapshot cannot be served."""


class SnapshotDamaged(SnapshotError):
    """A file of the snapshot is missing, truncated or changed; the message names it."""


class SnapshotMismatch(SnapshotError):
    """The snapshot was built with another schema or encoder."""


class StorageUnavailable(QuothError):
    """An engine of the cluster cannot be reached, is too slow, or answered by half."""


class BuildInProgress(QuothError):
    """Another process is building in this index folder."""


class BuildFailed(QuothError):
    """A build or rollback ran out of disk space or memory; the current snapshot is unchanged."""


class QuestionError(QuothError):
    """The question cannot be searched."""


class QuoteMismatch(QuothError):
    """A quote differs from the stored article and must not be shown."""

"""What can go wrong, and for whom it is.

QuothError                  every error of ours; its message is one line a person can act on
├── SeedsError              the folder of articles as a whole cannot be used
│   └── ReadError           one file of it cannot be read; the rest still builds
├── EncoderError            a model cannot be found, loaded or trusted
├── SettingsError           a setting in the environment or .env is not what it must be
├── IndexMissing            there is no published snapshot yet
├── SnapshotError           a snapshot cannot be served
│   ├── SnapshotDamaged     a file of it is missing, truncated or changed
│   └── SnapshotMismatch    it was made by another schema or encoder; a rebuild mends it
├── BuildBusy               another build holds the lock
├── BuildFailed             the disk or the memory refused what building or rolling back needs
├── QuestionError           the question cannot be asked (empty, too long, unknown source)
└── QuoteMismatch           a quote is not what its article says; it must not be shown
"""


class QuothError(Exception):
    """Base of all our errors; ``str(error)`` is one line with a next step."""


class SeedsError(QuothError):
    """The folder of articles cannot be used."""


class ReadError(SeedsError):
    """One file cannot become an article: what was found and what was wanted."""


class EncoderError(QuothError):
    """A model cannot be found, loaded or trusted."""


class SettingsError(QuothError):
    """A setting is not what it must be; the message names it."""


class IndexMissing(QuothError):
    """Nothing was published in this index folder yet."""


class SnapshotError(QuothError):
    """A snapshot cannot be served."""


class SnapshotDamaged(SnapshotError):
    """A file of the snapshot is missing, truncated or changed; the message names it."""


class SnapshotMismatch(SnapshotError):
    """The snapshot was made by another schema or encoder."""


class BuildBusy(QuothError):
    """Another process is building in this index folder."""


class BuildFailed(QuothError):
    """The disk cannot be written, or there is no memory; what was in service is as it was."""


class QuestionError(QuothError):
    """The question cannot be asked."""


class QuoteMismatch(QuothError):
    """A quote differs from the stored article and must not be shown."""

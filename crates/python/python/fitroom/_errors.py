"""The exceptions of the package. Their words are those of the command line."""


class FitroomError(Exception):
    """The work failed: a run, a download, a write, a damaged file.

    Lines of the message that begin with ``hint:`` say what can be done about it.
    """


class WrongRequestError(FitroomError, ValueError):
    """The request was wrong: no work was begun, and the caller has to change something."""


FitroomError.__module__ = WrongRequestError.__module__ = "fitroom"

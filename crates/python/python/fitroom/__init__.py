"""Compares training runs over seeds honestly, and trains small neural networks.

>>> import fitroom
>>> result = fitroom.judge(df, network="model", seed="seed", score="val_acc", baseline="plain")  # doctest: +SKIP
>>> result.verdict("wide")  # doctest: +SKIP
'better'

:func:`judge` judges runs that any program trained, :func:`run` trains a study, :func:`run_share` a share of one, and
:func:`load` opens a stored one. All of them do their work without Python's lock, and Ctrl-C stops them.
"""

from ._errors import FitroomError, WrongRequestError
from ._frames import FrameKind
from ._judging import Scale, judge
from ._result import Margin, Result, Verdict
from ._stored import Study, load
from ._training import run, run_share

__all__ = [
    "FitroomError",
    "FrameKind",
    "Margin",
    "Result",
    "Scale",
    "Study",
    "Verdict",
    "WrongRequestError",
    "judge",
    "load",
    "run",
    "run_share",
]

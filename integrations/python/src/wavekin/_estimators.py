"""Estimators with the interface of scikit-learn, and the results of PyOD."""

from __future__ import annotations

import functools
import numbers
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from . import _binary, _process
from ._api import pretrain
from ._errors import WavekinWarning

if TYPE_CHECKING:
    # What follows is not typed; a stand-in keeps the classes below typed.
    class BaseEstimator: ...

    class TransformerMixin: ...

    class OutlierMixin: ...

    class ClassNamePrefixFeaturesOutMixin: ...

    def validate_data(estimator: Any, X: Any, **how: Any) -> Any: ...
    def check_is_fitted(estimator: Any) -> None: ...
    def check_array(X: Any, **how: Any) -> Any: ...
    def check_random_state(seed: Any) -> Any: ...

else:
    from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, OutlierMixin, TransformerMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data

# Rows of this many numbers are compared at once.
_BLOCK = 1 << 24


# What level and size weigh beside the encoding, in squared distances of standardised series.
_LEVELS = 0.1

# Means and deviations of standardised series differ by rounding alone; what is below this share of a channel's deviation does not count.
_ROUNDING = 1e-3


@functools.lru_cache(maxsize=16)
def _builtin(binary: str, channels: int, length: int) -> bytes:
    """Return the built-in encoder as a model file: to make it takes ten times as long as to encode some series."""
    with tempfile.TemporaryDirectory(prefix="wavekin-") as folder:
        out = Path(folder) / "builtin.safetensors"
        _process.output(["export", "builtin", f"--channels={channels}", f"--window={length}", f"--out={out}", "--json"])
        return out.read_bytes()


class _Series(BaseEstimator):
    """What both estimators share: arrays of series, the model, and its encodings."""

    encoder: str | None
    method: str | None
    steps: int | None
    model: str | os.PathLike[str] | None
    random_state: Any

    def _checked(self, X: Any, reset: bool) -> Any:
        """Return X as [series, channels, time]; NaN is a gap."""
        _same_lengths(X)
        if isinstance(X, (list, tuple)) and X and isinstance(X[0], np.ndarray) and X[0].ndim == 2:
            X = np.stack(X)
        if (dimensions := getattr(X, "ndim", 2)) > 3:
            raise ValueError(f"X has {dimensions} dimensions, want [series, time] or [series, channels, time]")
        if getattr(X, "ndim", 2) != 3:
            X = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
            shape = (1, X.shape[1])
            X = X[:, None, :]
        else:
            X = check_array(np.asarray(X), allow_nd=True, dtype=np.float64, ensure_all_finite="allow-nan")
            shape = X.shape[1:]
            if reset:
                self.n_features_in_ = shape[0] * shape[1]
                self.__dict__.pop("feature_names_in_", None)
        if reset:
            self._shape = shape
        elif shape != self._shape:
            raise ValueError(f"X has series of {shape[0]} channels and {shape[1]} time stamps, fitted were {self._shape[0]} and {self._shape[1]}")
        return X

    def _learn(self, X: Any) -> None:
        """Learn an encoder where one is asked for, and keep the model's bytes, so that the estimator can be pickled."""
        self._model: bytes | None = None
        as_it_is = self.encoder in (None, "builtin") and self.method is None and (self.encoder is None or self.steps is None)
        learnt = not as_it_is
        if self.model is not None and learnt:
            raise ValueError("model is a trained encoder, and encoder and method say how to train one; give one or the other")
        if self.model is not None:
            self._model = Path(self.model).read_bytes()
        if not learnt:
            return
        with tempfile.TemporaryDirectory(prefix="wavekin-") as folder:
            out = Path(folder) / "model.safetensors"
            options: Any = {} if (seed := _seed(self.random_state)) is None else {"seed": seed}
            pretrain(_as_table(X), out, method=self.method, encoder=self.encoder, steps=self.steps, window=X.shape[2], **options)
            self._model = out.read_bytes()

    def _encode(self, X: Any) -> Any:
        """Return the encodings, [series, numbers]; one without a value has NaN."""
        with tempfile.TemporaryDirectory(prefix="wavekin-") as folder, warnings.catch_warnings():
            # Series without a value are told of below.
            warnings.simplefilter("ignore", WavekinWarning)
            path = Path(folder) / "model.safetensors"
            path.write_bytes(_builtin(_binary.find(), X.shape[1], X.shape[2]) if self._model is None else self._model)
            table = _as_table(X)
            # A file that is no model is told of by its own name.
            names = {} if self.model is None else {str(path): os.fspath(self.model)}
            write = _process.writer(table.schema, table.to_batches())
            schema, batches = _process.table_stream(["embed", f"--model={path}", "--series=series", "--out=-", "-"], write, names)
            got = pa.Table.from_batches(batches, schema)
        at = got["series"].combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)
        vectors = got["embedding"].combine_chunks()
        flat = vectors.flatten().to_numpy(zero_copy_only=False).reshape(len(vectors), -1)
        if len(at) == len(X) and np.array_equal(at, np.arange(len(X))):
            return flat
        all_of = np.full((len(X), flat.shape[1]), np.nan, dtype=flat.dtype)
        all_of[at] = flat
        if lost := len(X) - len(np.unique(at)):
            warnings.warn(f"{lost} of {len(X)} series hold no value and have no encoding", WavekinWarning, stacklevel=_process.outside())
        return all_of

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags


def _same_lengths(X: Any) -> None:
    """Refuse a list of series of unequal length with what can be done about it."""
    if not (isinstance(X, (list, tuple)) or getattr(X, "dtype", None) == object):
        return
    lengths = {s.shape[-1] if isinstance(s, np.ndarray) and s.ndim else len(s) for s in X if isinstance(s, (list, tuple, np.ndarray))}
    if len(lengths) > 1:
        raise ValueError(f"X has series of {min(lengths)} to {max(lengths)} time stamps, want one length: fill up with NaN, which is a gap, or cut")


def _seed(state: Any) -> int | None:
    """Return the seed that a random_state of scikit-learn stands for."""
    if state is None or isinstance(state, numbers.Integral):
        return None if state is None else int(state)
    return int(check_random_state(state).randint(np.iinfo(np.int32).max))


def _as_table(X: Any) -> pa.Table:
    """A row for each time stamp, series after series."""
    n, channels, length = X.shape
    columns = {"series": pa.array(np.repeat(np.arange(n), length)).cast(pa.string())}
    for c in range(channels):
        columns[f"c{c}"] = pa.array(np.ascontiguousarray(X[:, c, :]).ravel())
    return pa.table(columns)


class WavekinEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Series):
    """Encode series: X is [series, time], or [series, channels, time] for several channels, and each series becomes one vector.

    Without ``encoder`` and ``model``, or with "builtin" as ``encoder`` alone, the built-in encoder is used and nothing is learnt; with
    ``method`` or ``steps``, "builtin" is trained further. ``encoder`` names an architecture
    (``wavekin list encoders``) that ``fit`` trains by ``method`` (``wavekin list methods``) for ``steps`` steps; "rocket" is fitted without
    any. ``model`` is a model file.
    NaN is a gap; a series of nothing else has an encoding of NaN.
    """

    def __init__(
        self,
        encoder: str | None = None,
        *,
        method: str | None = None,
        steps: int | None = None,
        model: str | os.PathLike[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.encoder = encoder
        self.method = method
        self.steps = steps
        self.model = model
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # encodings are float32, whatever comes in
        return tags

    def fit(self, X: Any, y: Any = None) -> WavekinEncoder:
        """Learn the encoder, if there is one to learn."""
        X = self._checked(X, reset=True)
        self._learn(X)
        self._n_features_out = self._encode(X[:1]).shape[1]
        return self

    def transform(self, X: Any) -> Any:
        """Return the encodings, a row for each series, of float32."""
        check_is_fitted(self)
        return self._encode(self._checked(X, reset=False))


def _standards(rows: Any, weight: float, least: Any = 0) -> tuple[Any, Any]:
    """Return what to subtract from rows and to divide them by, so that the square of each number is ``weight`` on average.

    Spreads below ``least`` count as that.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a channel that is all gaps
        center, scale = np.nanmean(rows, axis=0), np.fmax(np.nanstd(rows, axis=0), least)
    scale[scale == 0] = 1
    return center, scale / np.sqrt(weight)


class WavekinDetector(OutlierMixin, _Series):
    """Find unusual series by the mean distance of their encodings from those of the ``n_neighbors`` nearest fitted series.

    The built-in encoder standardises each series; with it mean and deviation of each channel are compared as well, at a tenth of the weight.
    X is as for :class:`WavekinEncoder`. A series that is equal to a fitted one in what is compared is not matched with itself. Signs follow scikit-learn:
    ``score_samples``, ``decision_function`` and ``predict`` are low (-1) for outliers. PyOD's results have PyOD's: ``decision_scores_`` is high and
    ``labels_`` 1 for outliers, and ``threshold_`` is the score above which one is.
    """

    def __init__(
        self,
        encoder: str | None = None,
        *,
        method: str | None = None,
        steps: int | None = None,
        model: str | os.PathLike[str] | None = None,
        n_neighbors: int = 3,
        contamination: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.encoder = encoder
        self.method = method
        self.steps = steps
        self.model = model
        self.n_neighbors = n_neighbors
        self.contamination = contamination
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> WavekinDetector:
        """Keep the encodings of X, and set the threshold that a share ``contamination`` of them is beyond."""
        share: Any = self.contamination
        if not isinstance(share, (int, float, np.number)) or not 0 < share <= 0.5:
            raise ValueError(f"contamination is {share!r}, want a number above 0 and at most 0.5")
        near: Any = self.n_neighbors
        if not isinstance(near, numbers.Integral) or near < 1:
            raise ValueError(f"n_neighbors is {near!r}, want a whole number of at least 1")
        X = self._checked(X, reset=True)
        if len(X) < 2:
            raise ValueError(f"n_samples={len(X)}: at least 2 series are needed to compare them")
        self._learn(X)
        codes, levels = self._compared(X)
        valued = ~np.isnan(codes).any(axis=1)
        if valued.sum() < 2:
            raise ValueError("at least 2 series with a value are needed to compare them")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a channel of gaps
            sizes = np.tile(np.nanmean(levels[valued, levels.shape[1] // 2 :], axis=0), 2)
        weight = _LEVELS * codes.shape[1] / max(1, levels.shape[1])
        self._standards = _standards(codes[valued], 1), _standards(levels[valued], weight, _ROUNDING * sizes)
        rows = self._rows(codes, levels)
        self._codes = rows[valued]
        self.decision_scores_ = self._distances(rows)
        self.offset_ = float(np.nanpercentile(-self.decision_scores_, 100 * self.contamination))
        self.threshold_ = -self.offset_
        self.labels_ = (self.decision_scores_ > self.threshold_).astype(int)
        return self

    def _compared(self, X: Any) -> tuple[Any, Any]:
        """Return the encodings, and what the built-in one does not hold, as it standardises each series: mean and deviation of the channels."""
        codes = self._encode(X).astype(np.float64)
        if self._model is not None:
            return codes, np.empty((len(X), 0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a channel of gaps has neither
            return codes, np.hstack([np.nanmean(X, axis=2), np.nanstd(X, axis=2)])

    def _rows(self, codes: Any, levels: Any) -> Any:
        """Return the rows whose distances are taken; a channel of gaps counts as an average one."""
        (center, scale), (level, size) = self._standards
        return np.hstack([(codes - center) / scale, np.nan_to_num((levels - level) / size)])

    def _distances(self, codes: Any) -> Any:
        fitted, k = self._codes, min(self.n_neighbors, len(self._codes) - 1)
        out = np.empty(len(codes))
        step = max(1, _BLOCK // fitted.size)
        for i in range(0, len(codes), step):
            block = codes[i : i + step]
            # By the difference, not by a product: the sum's order must not depend on how many rows there are.
            near = np.sqrt(((block[:, None, :] - fitted[None, :, :]) ** 2).sum(axis=2))
            near.sort(axis=1)
            own = near[:, :1] == 0  # a fitted series itself
            nearest = np.where(own, near[:, 1 : k + 1], near[:, :k])
            out[i : i + step] = nearest.mean(axis=1)
        return out

    def score_samples(self, X: Any) -> Any:
        """Return the negative distance of each series."""
        check_is_fitted(self)
        return -self._distances(self._rows(*self._compared(self._checked(X, reset=False))))

    def decision_function(self, X: Any) -> Any:
        """Return ``score_samples(X) - offset_``: negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Any:
        """Return -1 for outliers and 1 for others. A series without a value is an outlier."""
        return np.where(self.decision_function(X) >= 0, 1, -1)

    def predict_proba(self, X: Any) -> Any:
        """Return the chances of being normal and of being an outlier, as PyOD's "linear" method: the share of the range of ``decision_scores_``.

        A series without a value has NaN.
        """
        scores = -self.score_samples(X)
        low, high = np.nanmin(self.decision_scores_), np.nanmax(self.decision_scores_)
        outlier = np.clip((scores - low) / (high - low if high > low else 1), 0, 1)
        return np.column_stack([1 - outlier, outlier])

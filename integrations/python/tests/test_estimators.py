"""The estimators: scikit-learn's own checks, none of which is expected to fail, and what they are for."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

import wavekin

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
    pytest.mark.filterwarnings("ignore::wavekin.WavekinWarning"),
]


def waves(n: int = 30, length: int = 64) -> Any:
    """Sine waves of random phase; the last two series are noise."""
    r = np.random.default_rng(0)
    x = np.sin(np.arange(length) / 5 + r.uniform(0, 6, size=(n, 1))) + r.normal(scale=0.05, size=(n, length))
    x[-2:] = r.normal(size=(2, length))
    return x


@pytest.mark.parametrize("estimator", [wavekin.WavekinEncoder(), wavekin.WavekinDetector()], ids=["encoder", "detector"])
def test_scikit_learn_checks(estimator: Any) -> None:
    """All checks of the class, with the binary."""
    check_estimator(estimator)


def test_encodings_are_those_of_embed(tmp_path: Path) -> None:
    x = waves()
    table = pa.table({"series": pa.array(np.repeat(np.arange(len(x)), x.shape[1])).cast(pa.string()), "c0": x.ravel()})
    want = np.array(wavekin.embed(table, window=64)["embedding"].to_pylist(), dtype=np.float32)
    assert np.array_equal(wavekin.WavekinEncoder().fit_transform(x), want)
    assert np.array_equal(wavekin.WavekinEncoder().fit_transform(x[:, None, :]), want)
    model = tmp_path / "m.safetensors"
    wavekin.pretrain(table, model, encoder="rocket", window=64)
    want = np.array(wavekin.embed(table, model)["embedding"].to_pylist(), dtype=np.float32)
    assert np.array_equal(wavekin.WavekinEncoder(model=model).fit_transform(x), want)
    learnt = clone(wavekin.WavekinEncoder("rocket")).fit(x)
    again = pickle.loads(pickle.dumps(learnt))
    assert np.array_equal(again.transform(x), learnt.transform(x))


def test_channels_and_gaps() -> None:
    x = np.stack([waves(6), waves(6)[::-1]], axis=1)
    x[0, 0, 3:9] = np.nan
    e = wavekin.WavekinEncoder().fit(x)
    assert np.isfinite(e.transform(x)).all()
    with pytest.raises(ValueError, match="fitted were 2 and 64"):
        e.transform(x[:, :1])
    x[2] = np.nan
    with pytest.warns(wavekin.WavekinWarning, match="1 of 6 series"):
        codes = e.transform(x)
    assert np.array_equal(e.transform(list(x)), codes, equal_nan=True)
    assert np.isnan(codes[2]).all() and np.isfinite(np.delete(codes, 2, axis=0)).all()


def test_what_is_learnt(tmp_path: Path) -> None:
    """A method trains as the function does, from any random_state of scikit-learn."""
    x = waves(8, 32)
    table = pa.table({"series": pa.array(np.repeat(np.arange(len(x)), x.shape[1])).cast(pa.string()), "c0": x.ravel()})
    wavekin.pretrain(table, tmp_path / "m", method="vicreg", encoder="conv(width=4,depth=1,out=8)", steps=2, window=32, seed=5)
    want = np.array(wavekin.embed(table, tmp_path / "m")["embedding"].to_pylist(), dtype=np.float32)
    e = wavekin.WavekinEncoder("conv(width=4,depth=1,out=8)", method="vicreg", steps=2, random_state=5)
    assert np.array_equal(clone(e).fit_transform(x), want)
    drawn = [clone(e).set_params(random_state=np.random.RandomState(s)).fit_transform(x) for s in (1, 1, 2)]
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])


def test_wrong_arguments(tmp_path: Path) -> None:
    """Each is told of by what the caller wrote."""
    x = waves(6, 32)
    for data, match in [([x[0], x[1][:20]], "20 to 32 time stamps.*NaN"), (x[:, None, None], r"4 dimensions, want \[series, time\]")]:
        with pytest.raises(ValueError, match=match):
            wavekin.WavekinEncoder().fit(data)
    for wrong, match in [({"contamination": "auto"}, "contamination is 'auto'"), ({"n_neighbors": 1.5}, "n_neighbors is 1.5"), ({"model": "m", "method": "byol"}, "one or the other")]:
        with pytest.raises(ValueError, match=match):
            wavekin.WavekinDetector(**wrong).fit(x)
    (tmp_path / "notes.txt").write_text("nothing\n")
    with pytest.raises(wavekin.DataError, match="^" + str(tmp_path / "notes.txt") + ": a text file, not a model"):
        wavekin.WavekinEncoder(model=tmp_path / "notes.txt").fit(x)


def test_warnings_are_about_the_caller() -> None:
    x = waves(6, 32)
    x[2] = np.nan
    with pytest.warns(wavekin.WavekinWarning, match="1 of 6 series") as seen:
        wavekin.WavekinEncoder().fit_transform(x)
    assert seen[0].filename == __file__


def test_outliers() -> None:
    x = waves()
    d = wavekin.WavekinDetector(contamination=0.07).fit(x)
    assert set(np.argsort(d.decision_scores_)[-2:]) == {28, 29}
    assert np.array_equal(d.labels_ == 1, d.predict(x) == -1)
    assert np.allclose(d.decision_function(x), d.threshold_ - d.decision_scores_)
    assert np.array_equal(-d.score_samples(x), d.decision_scores_)
    assert (d.labels_ == 1).sum() == (d.decision_scores_ > d.threshold_).sum() >= 2


def test_outliers_by_level_and_size() -> None:
    """What the built-in encoder does not see; a channel of gaps is no outlier by itself."""
    x = np.stack([waves()[:28], waves()[:28]], axis=1)
    d = wavekin.WavekinDetector().fit(x)
    x[9, 1] += 4
    x[17, 0] *= 3
    assert set(np.argsort(d.score_samples(x))[:2]) == {9, 17}
    x[3, 0] = np.nan
    assert np.isfinite(d.score_samples(x)).all() and np.isfinite(wavekin.WavekinDetector().fit(x).decision_scores_).all()


def test_outliers_among_standardised_series() -> None:
    """Their means and deviations are rounding, which decides nothing; a level that is off is seen all the same."""
    x = waves()
    x = np.round((x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True), 7)
    d = wavekin.WavekinDetector(contamination=0.07).fit(x)
    exact = x + np.random.default_rng(1).uniform(-1e-7, 1e-7, x.shape)
    assert np.allclose(wavekin.WavekinDetector().fit(exact).decision_scores_, d.decision_scores_, rtol=0.001)
    x[4] += 1
    assert -1e4 < d.score_samples(x)[4] < d.score_samples(x)[[3, 5]].min() - 1


def test_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in encoder is made once for a shape, and each call is one process after that."""
    from wavekin import _estimators, _process

    commands = []
    begin = _process.Run.__init__

    def count(self: Any, args: list[str], *rest: Any) -> None:
        commands.append(args[0])
        begin(self, args, *rest)

    monkeypatch.setattr(_process.Run, "__init__", count)
    _estimators._builtin.cache_clear()
    x = waves(10, 33)
    d = wavekin.WavekinDetector().fit(x)
    d.predict(x)
    pickle.loads(pickle.dumps(d)).predict(x)
    wavekin.WavekinDetector().fit(x[:7])
    assert commands == ["export", "embed", "embed", "embed", "embed"]


def test_the_builtin_encoder_by_its_name() -> None:
    """In a search over encoders "builtin" is the encoder as it is; with steps it is trained further."""
    x = waves(10, 33)
    assert np.array_equal(wavekin.WavekinEncoder("builtin").fit_transform(x), wavekin.WavekinEncoder().fit_transform(x))
    assert not np.array_equal(wavekin.WavekinEncoder("builtin", steps=1).fit_transform(x), wavekin.WavekinEncoder().fit_transform(x))


def test_outliers_as_in_pyod_and_in_a_pipeline() -> None:
    """What code for PyOD reads of a fitted detector, and the detector at the end of a pipeline."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

    x = waves()
    d = wavekin.WavekinDetector(contamination=0.07).fit(x)
    assert d.decision_scores_.shape == d.labels_.shape == (30,) and set(d.labels_) == {0, 1} and isinstance(d.threshold_, float)
    assert np.array_equal(d.labels_, d.decision_scores_ > d.threshold_)
    p = d.predict_proba(x)
    assert p.shape == (30, 2) and np.allclose(p.sum(axis=1), 1) and p.min() >= 0
    assert np.allclose(p[:, 1], MinMaxScaler().fit_transform(d.decision_scores_[:, None]).ravel())  # as PyOD does by default
    far = np.vstack([100 * x[-1:], x[:1]])
    assert d.predict_proba(far)[0, 1] == 1 and d.predict_proba(far)[1, 1] < 1
    pipe = make_pipeline(FunctionTransformer(lambda v: v * 2 + 1), wavekin.WavekinDetector(contamination=0.07))
    assert set(np.flatnonzero(pipe.fit(x).predict(x) == -1)) >= {28, 29}
    codes = make_pipeline(wavekin.WavekinEncoder(), FunctionTransformer(lambda v: v[:, :3])).fit_transform(x)
    assert codes.shape == (30, 3)

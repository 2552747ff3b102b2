import numpy as np
import pandas as pd

from kpoc.evaluation.composition import MOST_LEVELS, composition


def test_counts_and_ranges_are_those_of_pandas():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"id": range(90), "split": ["train", "test", "test"] * 30})
    frame["age"] = generator.uniform(1, 80, 90)
    frame["band"] = generator.choice(["1-10", "11-20", "101-110"], 90)
    frame.loc[frame["split"] == "test", "band"] = "11-20"
    found = composition(frame)
    assert list(found) == ["age", "band"]
    assert found["band"]["levels"] == ["1-10", "11-20", "101-110"]
    expected = pd.crosstab(frame["band"], frame["split"])
    for split in ("train", "test"):
        counts = expected.loc[found["band"]["levels"], split]
        assert found["band"]["counts"][split] == counts.tolist()
        ages = frame.loc[frame["split"] == split, "age"]
        assert found["age"]["range"][split] == [ages.min(), ages.mean(), ages.max()]
    assert "validation" not in found["age"]["range"]


def test_columns_of_very_many_levels_are_left_out():
    names = [str(i) for i in range(MOST_LEVELS + 1)]
    frame = pd.DataFrame({"split": "train", "name": names})
    assert composition(frame) == {}
    assert len(composition(frame.head(MOST_LEVELS))["name"]["levels"]) == MOST_LEVELS

"""Trials for TensorBoard's HParams tab, written without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard.summary.writer.record_writer import RecordWriter

from kpoc.ground.files import atomic
from tuning.dimension import Dimension
from tuning.folder import Folder, Record
from tuning.objective import Objective
from tuning.oracle import SCORE
from tuning.space import Space

_FILE = "events.out.tfevents.0000000000.search"
"""What TensorBoard reads; written anew, not added to."""


def write_experiment(folder: Folder, space: Space, objective: Objective) -> None:
    """Says what varies and what is measured, in the folder of the search."""
    varied = [
        summary_v2.HParam(key, _domain(dimension))
        for key, dimension in space.keys.items()
    ]
    measured = [
        summary_v2.Metric(tag, display_name=name)
        for tag, name in {SCORE: objective.label, **_own(objective)}.items()
    ]
    _write(folder.path, [summary_v2.hparams_config_pb(varied, measured, 0.0)])


def write_trial(folder: Folder, record: Record, objective: Objective) -> None:
    """Says what a trial drew and what it gave, beside its own curves."""
    place = folder.trial_run(record.number).event_folder
    drawn = summary_v2.hparams_pb(record.levels, str(record.number), 0.0)
    status = "STATUS_SUCCESS" if record.is_complete else "STATUS_FAILURE"
    end = plugin_data_pb2.SessionEndInfo(status=getattr(api_pb2, status))
    measured = {}
    if record.is_complete:
        measured = {SCORE: record.score}
        measured |= {tag: record.figures[tag] for tag in _own(objective)}
    figures = [Summary.Value(tag=tag, simple_value=v) for tag, v in measured.items()]
    ended = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(
            plugin_data_pb2.HParamsPluginData(session_end_info=end)
        ),
        tensor=metadata.NULL_TENSOR,
    )
    _write(place, [drawn, Summary(value=figures), Summary(value=[ended])])


def _own(objective: Objective) -> dict[str, str]:
    """The goals that have figures beside their number, by tag."""
    names = [goal.name for goal in objective.goals]
    return {name: name for name in names} if len(names) > 1 else {}


def _domain(dimension: Dimension) -> summary_v2.Domain:
    levels = dimension.levels()
    if levels is not None:
        return summary_v2.Discrete(levels)
    low, high = dimension.ends()
    whole = isinstance(low, int)
    return (summary_v2.IntInterval if whole else summary_v2.RealInterval)(low, high)


def _write(place: Path, summaries: Iterable[Summary]) -> None:
    events = [Event(file_version="brain.Event:2")]
    events += [Event(step=0, summary=summary) for summary in summaries]
    with atomic(place / _FILE) as part, open(part, "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()

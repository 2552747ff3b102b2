"""What TensorBoard's own HParams tab reads of a search."""

import pytest
from tensorboard.backend.event_processing import (
    data_provider,
    plugin_event_multiplexer,
)
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import (
    api_pb2,
    backend_context,
    list_session_groups,
)

STATUSES = (api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE)


def read(folder):
    """Experiment and sessions, as the tab asks for them."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(folder))
    context = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    asked = RequestContext()
    experiment = context.experiment_from_metadata(
        asked,
        "",
        True,
        context.hparams_metadata(asked, ""),
        context.hparams_from_data_provider(asked, "", limit=100),
    )
    request = api_pb2.ListSessionGroupsRequest(slice_size=100)
    request.allowed_statuses.extend(STATUSES)
    groups = list_session_groups.Handler(asked, context, "", request).run()
    return experiment, groups.session_groups


def test_the_tab_shows_what_was_drawn_and_what_it_gave(prepared_in, run, tmp_path):
    text = """
    objectives: {tribe.macro_f1: {}, age.mae: {}}
    keys:
      optimizer.learning_rate: {kind: float, low: 1e-4, high: 1e-2, scale: log}
      model.dropout: {kind: choice, values: [0.0, 0.1, 0.5]}
    """
    records = run(prepared_in(tmp_path, text, trials=6, method="random"))
    experiment, groups = read(tmp_path / "search")
    [rate] = [p for p in experiment.hparam_infos if p.name == "optimizer.learning_rate"]
    assert (rate.domain_interval.min_value, rate.domain_interval.max_value) == (
        1e-4,
        1e-2,
    )
    tags = {metric.name.tag for metric in experiment.metric_infos}
    assert tags == {"score", "tribe.macro_f1", "age.mae"}
    found = {int(group.name): group for group in groups}
    assert sorted(found) == [one.number for one in records]
    assert {one.is_complete for one in records} == {True, False}
    for one in records:
        group = found[one.number]
        drawn = {key: value.number_value for key, value in group.hparams.items()}
        assert drawn == pytest.approx(one.levels)
        status = STATUSES[0] if one.is_complete else STATUSES[1]
        assert [session.status for session in group.sessions] == [status]
        values = {metric.name.tag: metric.value for metric in group.metric_values}
        expected = {"score": one.score, **one.figures} if one.is_complete else {}
        assert values == pytest.approx(expected, rel=1e-6)

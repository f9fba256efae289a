"""The insights that are counted of every recording. A new one is a file beside this, and a line in
`INSIGHTS`."""

from typing import Any

from stream_processor.insights.insight import Insight
from stream_processor.insights.zero_crossings import ZeroCrossings

INSIGHTS: tuple[Insight[Any], ...] = (ZeroCrossings(),)

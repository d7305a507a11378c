"""Checks of submitted answers against last round, the organisation's size, its peers and each other; NumPy only.

    findings = check_values(Series(...), …)      # every column of a round at once
    findings += find_duplicates(...)

What is found says which figures prove it, in plain numbers; sentences are written by who shows them. Peers' figures are
raw: none of it leaves the foundation.
"""

from surveys.validation.checks import check_measured
from surveys.validation.duplicates import Twin, find_twins
from surveys.validation.forecasting import Forecast, Response, forecast_response
from surveys.validation.measured import Found, Measured
from surveys.validation.robust import Spread, spread_of

__all__ = [
    "Forecast",
    "Found",
    "Measured",
    "Response",
    "Spread",
    "Twin",
    "check_measured",
    "find_twins",
    "forecast_response",
    "spread_of",
]

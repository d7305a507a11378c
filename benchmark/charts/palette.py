"""Colours of the charts, by role; the one place where a chart colour is written.

Contrast on PAPER: text colours at least 4.5:1, marks at least 3:1 (a test computes both). Roles also differ
in shape or tone, so a black and white print keeps its meaning.
"""

PAPER = "#ffffff"
INK = "#1b2a33"  # text that must be read
MUTED = "#55626b"  # explanation: n, notes, axis labels
LINE = "#dfe4e7"  # grid lines
AXIS = "#7b8890"  # base lines and the marks that carry a range
ACCENT = "#0d5466"  # medians, bars, the main series
ACCENT_MIDDLE = "#7fb0bb"
ACCENT_LIGHT = "#cde2e6"  # the middle half, quiet fills
OWN = "#b4430f"  # the reader's own organisation, always with the diamond
OWN_LIGHT = "#f7dccd"
HATCH = "#8d99a1"  # suppressed: hatching, always with words
FONT = '"Source Sans 3", sans-serif'

# Tones of a stacked bar: (fill, pattern, pattern colour, colour of text on it). Neighbours differ in lightness and
# the pattern repeats no neighbour, so the order survives grey print.
TONES: tuple[tuple[str, str, str, str], ...] = (
    (ACCENT, "plain", ACCENT, PAPER),
    (ACCENT_LIGHT, "plain", ACCENT_LIGHT, INK),
    (ACCENT_MIDDLE, "rising", ACCENT, INK),
    (PAPER, "dots", ACCENT, INK),
    ("#33404a", "plain", "#33404a", PAPER),
    ("#e6e9eb", "falling", MUTED, INK),
    ("#9aa6ad", "plain", "#9aa6ad", INK),
    (PAPER, "cross", MUTED, INK),
)

"""A market so small that claims about it are decided in seconds."""

from pathlib import Path

TOP = """
days = {days}
burn_in_days = 3
step_hours = 6.0
focal = "ours"

[network]
consumers = 60
mean_degree = 6.0

[[companies]]
name = "ours"

[[companies]]
name = "rival"
strategy = "broadcast"

[incident]
day = 4
hit_share = 0.9
severity = 0.9

[parameters]
need_interval = 3.0
voice_intercept = 0.0

[levers.answers]
reply_capacity = 50.0
empathy = 1.0
"""
CLAIM = """
[claim]
number = {number}
essays = ["nobody's"]
says = "Answers are noticed."
test = "answers against none"
rests_on = [6]
control = {{ {control} }}
{parts}
[claim.map]
"incident.severity" = [0.3, 0.9]
"""
ANSWERED = {"measure": "replies", "more": "answers", "less": "silent"}


def part(**values: object) -> str:
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in values.items()
    ]
    return "\n".join(["[[claim.parts]]", *lines, ""])


def write(
    folder: Path,
    number: int = 1,
    *parts: dict[str, object],
    control: str = '"levers.answers.reply_capacity" = 0.0',
    days: int = 12,
    sides: str = "",
    extra: str = "",
) -> Path:
    """Write a claim's file."""
    folder.mkdir(exist_ok=True)
    said = sides + "".join(part(**one) for one in parts or (ANSWERED,))
    file = folder / f"{number:02d}.toml"
    text = TOP.format(days=days) + CLAIM.format(number=number, control=control, parts=said) + extra
    file.write_text(text, encoding="utf-8")
    return file

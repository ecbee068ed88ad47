"""What must hold in every file, and what to do where it does not: functions from the tree to their problems."""

from bazel_rules import *  # noqa: F401,F403: the rules are found by their names here
from call_rules import *  # noqa: F401,F403
from metric_rules import *  # noqa: F401,F403
from registry import RULES, WARNINGS, Problem, Rule  # noqa: F401
from room_rules import *  # noqa: F401,F403
from shape_rules import *  # noqa: F401,F403
from word_rules import *  # noqa: F401,F403

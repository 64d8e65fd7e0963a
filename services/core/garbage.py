"""How seldom Python looks for garbage that holds itself."""

import gc

# What we make is almost all freed by counting references. Looking through everything that is alive, again and again
# while thousands of events are in hand, took half of the time of a rebuild and made the long tail of the answers.
THRESHOLDS = (20_000, 20, 100)


def collect_seldom() -> None:
    """For a process that has loaded its code: that is looked through no more, and the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)

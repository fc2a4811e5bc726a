"""Define the one exception of the local start that is meant for a person's eyes."""


class LocalError(Exception):
    """Carry one sentence that says what is wrong here and what to do about it.

    Whoever talks to the person prints ``str(error)`` and no traceback.
    """

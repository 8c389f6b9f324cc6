"""A firm's name as it is stored and compared."""

BRACKETS = str.maketrans("()", "（）")  # a registered name is written with full-width ones


def proper_name(name: str) -> str:
    """No blanks, full-width brackets."""
    return "".join(name.split()).translate(BRACKETS)

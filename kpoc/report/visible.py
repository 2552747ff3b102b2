"""Names from data as people must see them: nothing in them is hidden or turns text."""

import re

# controls but tab and line feed; what turns the direction of text (Unicode's "Trojan
# Source"); what has no width, less the joiners that Persian and emoji need; lone halves
# of characters, which no file can hold
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""Text in which characters that nobody sees are written as Python writes them.

    Line feeds and tabs stay, and so do letters of scripts that run from right to left.

    Example:
        >>> print(visible("cat\u202egpj.exe"), visible("\x1b[31m red\n").strip())
        cat\u202egpj.exe \x1b[31m red
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)

"""Action patterns and scopes, as semantics section 3 says them."""
import functools
import re


@functools.lru_cache(maxsize=None)
def compiled(pattern):
    text = "".join({"*": ".*"}.get(c, re.escape(c)) for c in pattern.strip().lower())
    return re.compile(text.replace("/.*/", "/(?:.*/)?"))


@functools.lru_cache(maxsize=None)
def matches(pattern, action):
    """`*` is any run of characters, `/` included; `/*/` also stands for `/`."""
    return compiled(pattern).fullmatch(action.lower()) is not None


def block_allows(block, action, plane):
    plus, minus = ("actions", "notActions") if plane == "control" else \
                  ("dataActions", "notDataActions")
    return any(matches(p, action) for p in block.get(plus) or []) and \
        not any(matches(p, action) for p in block.get(minus) or [])



def contains(outer, inner):
    """Is the scope `inner` at or below `outer`, by their text alone?  Ids compare without case."""
    outer, inner = outer.lower(), inner.lower()
    return outer == "/" or inner == outer or inner.startswith(outer + "/")

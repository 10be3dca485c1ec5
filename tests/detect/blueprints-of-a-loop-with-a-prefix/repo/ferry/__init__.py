from ferry.build import build
from ferry.piers import piers
from ferry.pulse import pulse


def create_app():
    return build([pulse, piers])

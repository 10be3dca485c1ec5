import os

type Pair[T] = tuple[T, T]
X = os.environ["NEW_STYLE"]
Y = f"{os.environ["NESTED_QUOTES"]}"

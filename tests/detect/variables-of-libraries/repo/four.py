from environs import Env

env = Env()
with env.prefixed("P_"):
    N = env.int("NUMBER", 3)

from . import healthcheck

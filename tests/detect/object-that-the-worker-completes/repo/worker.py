from press import create_app
from press.jobs import queue

application = create_app()

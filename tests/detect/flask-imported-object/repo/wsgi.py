from web.core import backend as application

from site_pkg.base import Site

server = Site(__name__)

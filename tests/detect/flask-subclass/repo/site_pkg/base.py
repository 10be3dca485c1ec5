from flask import Flask as Base


class Site(Base):
    pass

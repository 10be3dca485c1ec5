from fastapi import FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings, case_sensitive=True):
    lamp_colour: str = "red"
    lamp_secret: str


app = FastAPI(title=Settings().lamp_colour)

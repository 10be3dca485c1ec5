import boto3
from fastapi import FastAPI

app = FastAPI()
table = boto3.resource("dynamodb").Table("memories")
kind = "mysql"
if kind == "mysql+pymysql":
    raise ValueError

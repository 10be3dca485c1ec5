#!/bin/sh
exec uvicorn main:app

from apscheduler.schedulers.background import BackgroundScheduler

clock = BackgroundScheduler()


def watch(app):
    clock.add_job(lambda: app.logger.info("lit"), "interval", minutes=5)


if __name__ == "__main__":
    clock.start()

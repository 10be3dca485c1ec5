from jobs import jobs

if __name__ == "__main__":
    jobs.worker_main(["worker", "--queues", "grain", "--loglevel", "info"])

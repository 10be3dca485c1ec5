"""What people do with an application on a cluster, on a real node under ten requests a second of a second each.

Each operation is a function with the exit codes that its releases must have; `Trial.step` counts the requests meanwhile and
compares the cluster with app.toml afterwards. The rendered `k8s/release.py` does all of it, as it would for a person.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable

import packets
from app import App
from load import Load

FIXED = "replicas = 2\n"
QUICK = ("--timeout", "30")  # for releases that cannot become ready


class Wrong(Exception):
    """An operation did not do what it must do."""


class Trial:
    """One application on the node, its load, and what was measured."""

    def __init__(self, app: App, pid: str) -> None:
        self.app, self.pid = app, pid  # of the node
        self.load: Load | None = None
        self.rows: list[dict] = []
        self.image: str | None = None  # where a release was given another than app.toml names
        self.log = (app.folder.parent / f"{app.example}.log").open("w")

    def step(self, name: str, operation: Callable[["Trial"], None]) -> None:
        """Runs one operation; a row of the table, whatever happens."""
        self.log.write(f"\n===== {name} {time.strftime('%H:%M:%S')}\n")
        started, before = time.monotonic(), self.load.sent if self.load else 0
        problem = ""
        try:
            operation(self)
            # Requests that are under way to what the operation took away count, too.
            time.sleep(2)
        except Wrong as wrong:
            problem = str(wrong)
        except Exception:
            problem = traceback.format_exc()
        difference = self.app.settled(self.image)
        after = self.load.settle() if self.load else 0
        faults = self.load.failed(before, after) if self.load else []
        took = time.monotonic() - started
        row = {"operation": name, "sent": after - before, "failed": len(faults), "difference": difference, "problem": problem}
        self.rows.append({**row, "seconds": round(took)})
        for number, stamp, fault in faults[:20]:
            self.log.write(f"request {number} of {stamp}: {fault}\n")
        self.log.flush()
        text = f"{self.app.example:<11}{name:<36}{row['sent']:>5} sent {row['failed']:>4} failed  {took:4.0f} s"
        print(text, *(difference or ["no difference"]), problem, *(str(f) for f in faults[:3]), sep="; ", flush=True)

    def release(self, *arguments: str, code: int = 0, says: str = "") -> str:
        got, text = self.app.release(*arguments)
        if got == 0 and (not arguments or arguments[0].startswith("--")):
            self.image = arguments[1] if "--image" in arguments[:1] else None
        self.log.write(f"$ release.py {' '.join(arguments)}\n{text}\n[{got}]\n")
        self.log.flush()
        if got != code or says not in text:
            raise Wrong(f"exit code {got}, not {code} with {says!r}: {' / '.join(text.strip().splitlines()[-4:])}")
        return text

    def change(self, note: str, *arguments: str, code: int = 0, says: str = "") -> str:
        """Renders app.toml as it is now and releases it."""
        self.app.render(note)
        return self.release(*arguments, code=code, says=says)

    def back(self, text: str) -> None:
        """Gives app.toml back the text that is live, after a release that failed."""
        self.app.toml = type(self.app.toml)(text)
        self.app.render("back to what is live")

    def kubectl(self, *words: str, check: bool = True) -> str:
        done = self.app.run("kubectl", *words, check=check)
        self.log.write(f"$ kubectl {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def answers(self, release: str) -> None:
        """Waits until the Service answers with this release alone."""
        until = time.monotonic() + 40
        while time.monotonic() < until:
            last = self.load.settle()
            time.sleep(0.5)
            latest = {self.load.answers.get(number) for number in range(last - 5, last)}
            if latest == {release}:
                return
        raise Wrong(f"the Service answers with {latest}, not with release {release}")

    @property
    def tag(self) -> str:
        return self.app.toml.sections["image"].split('tag = "')[1].split('"')[0]

    def other_code(self) -> None:
        """Asks for an image that is not live."""
        tag(self, "4" if self.tag == "3" else "3")

    def start_load(self) -> None:
        self.load = Load(self.app.service(), "/slow", self.app.host)
        self.load.start()
        time.sleep(3)


# ------------------------------------------------------------------ ordinary


def tag(trial: Trial, name: str) -> None:
    trial.app.toml.set("image", "tag", f'"{name}"')


def first(trial: Trial) -> None:
    """Into an empty cluster, with the commands that docs/release.md gives."""
    app = trial.app
    tag(trial, "1")
    app.render("first")
    trial.release("look", code=1, says="missing")
    trial.kubectl("create", "namespace", app.namespace)
    make_secrets(app)
    trial.release("look")
    digest = app.run("crane", "digest", "--insecure", f"127.0.0.1:5000/{app.repository.partition('/')[2]}:1").stdout.strip()
    trial.release("--image", f"{app.repository}@{digest}", says="live: release 1")
    the_judge_can_say_no(trial)
    trial.start_load()


def make_secrets(app: App) -> None:
    manifest = app.run(str(app.pykube), "secrets", "manifest", "--env-file", ".env").stdout
    app.run("kubectl", "apply", "--filename=-", send=manifest)


def the_judge_can_say_no(trial: Trial) -> None:
    """What this test cannot see must not pass for right: a left-over, a changed object, a request that fails."""
    app, here = trial.app, f"--namespace={trial.app.namespace}"
    trial.kubectl("create", "configmap", "left-over", here)
    trial.kubectl("label", "configmap", "left-over", here, f"app.kubernetes.io/name={app.name}")
    trial.kubectl("label", "service", f"{app.name}-web", here, "app.kubernetes.io/part-of=another", "--overwrite")
    seen = app.difference(trial.image)
    trial.kubectl("delete", "configmap", "left-over", here)
    trial.kubectl("label", "service", f"{app.name}-web", here, f"app.kubernetes.io/part-of={app.name}", "--overwrite")
    load = Load(app.service(), "/no-such-page", app.host)
    load.start()
    time.sleep(0.5)
    load.stop()
    if len(seen) != 2 or len(load.faults) != load.sent or not load.sent:
        raise Wrong(f"two differences and a 404 were looked at and this was seen: {seen}, {load.faults}")


def who_reaches_whom(trial: Trial) -> None:
    tried, leaks, wrong = packets.compare(trial.app, trial.pid)
    text = f"{tried} connections tried, {len(wrong)} otherwise than they must, {leaks} that kube-router leaks"
    print(f"{trial.app.example:<11}{text}", flush=True)
    if wrong or tried < 50:
        trial.log.write("\n".join(wrong))
        raise Wrong(f"of {tried} connections {len(wrong)} are wrong: {'; '.join(wrong[:4])}")


def code(trial: Trial) -> None:
    tag(trial, "2")
    trial.change("code")
    trial.answers("2")


def configuration(trial: Trial) -> None:
    trial.app.toml.set("config", "LOG_LEVEL", '"WARNING"')
    trial.change("configuration")


def fails(trial: Trial, image: str, *arguments: str, says: str = "as before") -> None:
    """A release of this image fails, and what was live stays."""
    live = trial.app.toml.text()
    tag(trial, image)
    before = running(trial)
    try:
        trial.change(image, *arguments, code=3, says=says)
        if running(trial) != before:
            raise Wrong(f"pods were replaced: {before ^ running(trial)}")
    finally:
        trial.back(live)


def running(trial: Trial) -> set[str]:
    """The web pods; workers may be well with an image whose server is not, and go back with it."""
    pods = trial.app.objects("pods", "--selector=app.kubernetes.io/component!=migrate", "--field-selector=status.phase=Running")
    names = {pod["metadata"]["name"] for pod in pods if not pod["metadata"].get("deletionTimestamp")}
    return {name for name in names if name.startswith(f"{trial.app.name}-web")}


def bad_image(trial: Trial) -> None:
    fails(trial, "absent", *QUICK)


def crashing_image(trial: Trial) -> None:
    fails(trial, "crashes", *QUICK)


def failing_migration(trial: Trial) -> None:
    fails(trial, "migration-fails")


def web_pods(trial: Trial) -> list[str]:
    pods = trial.app.objects("pods", "--selector=app.kubernetes.io/component=web")
    return [pod["metadata"]["name"] for pod in pods if not pod["metadata"].get("deletionTimestamp")]


def pod_deleted(trial: Trial) -> None:
    trial.kubectl("delete", "pod", web_pods(trial)[0], "--namespace", trial.app.namespace)


def node_drained(trial: Trial) -> None:
    """The only node is drained; once the first pod has gone it takes pods again, as another node would."""
    words = ["kubectl", "drain", "node1", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=240s"]
    words.append(f"--pod-selector=app.kubernetes.io/part-of={trial.app.name}")
    before = set(web_pods(trial))
    drain = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(4)
    trial.kubectl("uncordon", "node1")
    text = drain.communicate(timeout=300)[0]
    trial.log.write(text)
    if drain.returncode or before & set(web_pods(trial)):
        raise Wrong(f"the drain did not end: {text[-300:]}")


# ------------------------------------------------------------------- scaling


def autoscaled(trial: Trial) -> None:
    trial.app.toml.replace("scaling", "min = 2\nmax = 6\ncpu = 60\n")
    trial.change("autoscaled")


def fixed(trial: Trial) -> None:
    trial.app.toml.replace("scaling", FIXED)
    trial.change("fixed")


def load_spike(trial: Trial) -> None:
    """Work for the CPU until the autoscaler has added pods, then none until it is back."""
    trial.app.toml.replace("resources", 'cpu = "100m"\nmemory = "512Mi"\n')
    trial.change("small requests of CPU")
    deployment = f"deployment/{trial.app.name}-web"

    def replicas() -> int:
        return int(trial.kubectl("get", deployment, "-n", trial.app.namespace, "-o", "jsonpath={.spec.replicas}"))

    spike = Load(trial.load.target, "/burn", trial.app.host, rate=3)
    spike.start()
    until = time.monotonic() + 150
    while replicas() < 4:
        if time.monotonic() > until:
            spike.stop()
            raise Wrong("no pods were added in 150 s")
        time.sleep(2)
    time.sleep(20)
    spike.stop()
    if spike.faults:
        raise Wrong(f"of the spike {len(spike.faults)} of {spike.sent} failed: {spike.faults[:3]}")
    until = time.monotonic() + 600
    while replicas() > 2:
        if time.monotonic() > until:
            raise Wrong("the pods were not taken away in 600 s")
        time.sleep(5)


# ---------------------------------------------------------------- blue-green


def colours(trial: Trial, live: str, blue: str, green: str) -> None:
    toml = trial.app.toml
    tag(trial, blue if live == "blue" else green)
    toml.replace("rollout", 'strategy = "blue-green"\n')
    toml.replace("rollout.blue-green", f'live = "{live}"\nblue = "{blue}"\ngreen = "{green}"\n')


def blue_green_entered(trial: Trial) -> None:
    colours(trial, "blue", "2", "2")
    trial.change("blue-green entered")


def idle_released(trial: Trial) -> None:
    colours(trial, "blue", "2", "3")
    trial.change("the idle colour")
    trial.answers("2")


def switched(trial: Trial) -> None:
    trial.app.run(str(trial.app.pykube), "promote", "green", "--quiet")
    trial.app.toml = type(trial.app.toml)((trial.app.folder / "app.toml").read_text())
    trial.change("switched")
    trial.answers("3")


def switched_back(trial: Trial) -> None:
    colours(trial, "blue", "2", "3")
    trial.change("switched back")
    trial.answers("2")


def failed_on_idle(trial: Trial) -> None:
    live = trial.app.toml.text()
    colours(trial, "blue", "2", "crashes")
    before = running(trial)
    try:
        trial.change("crashes on the idle colour", *QUICK, code=3, says="as before")
        if running(trial) - before:
            raise Wrong(f"new pods: {running(trial) - before}")
    finally:
        trial.back(live)


def blue_green_left(trial: Trial) -> None:
    trial.app.toml.replace("rollout", None)
    tag(trial, "2")
    trial.change("blue-green left")
    trial.answers("2")


# ---------------------------------------------------------- parts come and go

SLEEP = "python -c 'import time; time.sleep(1000000)'"


def parts_added(trial: Trial) -> None:
    toml = trial.app.toml
    toml.replace("workers.extra", f'command = "{SLEEP}"\n')
    toml.replace("cron.nightly", 'schedule = "17 3 * * *"\ncommand = "python -V"\n')
    if "expose" not in toml.sections:
        toml.replace("expose", f'host = "{trial.app.name}.example.com"\n')
    trial.change("worker, cron and expose added")


def removed(section: str) -> Callable[[Trial], None]:
    def operation(trial: Trial) -> None:
        trial.app.toml.replace(section, None)
        trial.change(f"{section} removed")

    return operation


def renamed(trial: Trial) -> None:
    """The application gets another name; its clients follow when the new one is live."""
    old = trial.app.name
    trial.app.toml.set("app", "name", f'"{old}-two"')
    trial.app.render("another name")
    make_secrets(trial.app)  # the server of [services] has its own, by the new name
    trial.change("renamed")
    trial.load.target = trial.app.service()
    time.sleep(2)
    trial.release("remove", "--app", old, "--namespace", trial.app.namespace)


# ------------------------------------------------------------------ releases

KILL_AT = ("look", "migrate", "waiting", "bring up", "turn", "take away")


def killed(line: str) -> Callable[[Trial], None]:
    """SIGKILL once the release has printed a line that begins so, then another release that goes to its end."""

    def operation(trial: Trial) -> None:
        trial.other_code()
        trial.app.render(f"killed after {line}")
        process = subprocess.Popen(
            trial.app.release_words(), stdout=subprocess.PIPE, text=True, cwd=trial.app.folder,
            env=trial.app.environment, start_new_session=True,
        )
        for printed in process.stdout:
            trial.log.write(printed)
            if printed.strip().startswith(line):
                break
        else:
            raise Wrong(f"the release ended before it printed {line!r}")
        # kubectl of the release, too: its machine is gone.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        trial.release(says="live: release")
        trial.answers(trial.tag)

    return operation


def two_at_once(trial: Trial) -> None:
    trial.other_code()
    trial.app.render("two at once")
    seen: list[tuple[int, str]] = []
    threads = [threading.Thread(target=lambda: seen.append(trial.app.release())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for got, text in seen:
        trial.log.write(f"{text}\n[{got}]\n")
    if [got for got, _ in seen] != [0, 0] or not any("waiting: " in text and "releases" in text for _, text in seen):
        raise Wrong(f"exit codes {[got for got, _ in seen]}; did one wait?")


def older_after_newer(trial: Trial) -> None:
    """A pipeline that was approved late: its commit is older than what is live."""
    trial.app.git("checkout", "--quiet", "HEAD~1")
    try:
        trial.release(code=1, says="live and newer")
    finally:
        trial.app.git("checkout", "--quiet", "main")


def rolled_back(trial: Trial) -> None:
    live, image = trial.app.toml.text(), trial.image
    before = trial.tag
    trial.other_code()
    trial.change("to be rolled back")
    trial.answers(trial.tag)
    trial.release("rollback", says="rolled back to release")
    trial.image = image
    trial.answers(before)
    trial.back(live)

# Name, operation, whether it is among those that every run does.
OPERATIONS: list[tuple[str, Callable[[Trial], None], bool]] = [
    ("first release", first, True),
    ("who reaches whom", who_reaches_whom, True),
    ("code", code, True),
    ("configuration", configuration, False),
    ("bad image", bad_image, False),
    ("image that crashes", crashing_image, True),
    ("failing migration", failing_migration, False),
    ("pod deleted", pod_deleted, False),
    ("node drained", node_drained, False),
    ("fixed to autoscaled", autoscaled, True),
    ("load spike and back", load_spike, False),
    ("autoscaled to fixed", fixed, False),
    ("blue-green entered", blue_green_entered, False),
    ("released to the idle colour", idle_released, False),
    ("switched", switched, False),
    ("switched back", switched_back, False),
    ("failed on the idle colour", failed_on_idle, False),
    ("blue-green left", blue_green_left, False),
    ("worker, cron and expose added", parts_added, False),
    ("worker removed", removed("workers.extra"), False),
    ("cron removed", removed("cron.nightly"), False),
    ("expose removed", removed("expose"), False),
    *((f"killed after “{line}”, run again", killed(line), line == "waiting") for line in KILL_AT),
    ("two at once", two_at_once, False),
    ("older after newer", older_after_newer, False),
    ("rolled back by hand", rolled_back, False),
    ("renamed", renamed, False),
]

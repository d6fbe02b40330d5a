"""TensorBoard itself: what its server answers, and how its pages look."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from comparison import expected_scalars

SECONDS = 90


class TensorBoard:
    """A TensorBoard that runs on a directory of event files."""

    def __init__(self, events, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            sys.executable, "-m", "tensorboard.main", "--logdir", events, "--port", str(self.port),
            "--host", "127.0.0.1", "--reload_interval", "1", *options,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, path, body=None, **query):
        url = f"http://127.0.0.1:{self.port}/{path}?{urllib.parse.urlencode(query)}"
        body = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def ask_json(self, path, body=None, **query):
        return json.loads(self.ask(path, body, **query))

    def scalars(self):
        """What the scalars page shows: of each run, the numbers of each tag, by step."""
        runs = {}
        for run, tags in self.ask_json("data/plugin/scalars/tags").items():
            for tag in tags:
                points = self.ask_json("data/plugin/scalars/scalars", run=run, tag=tag)
                runs.setdefault(run, {})[tag] = [(step, number) for _, step, number in points]
        return runs

    def wait_for_scalars(self, study):
        """Waits until the page shows what the study's files hold, and nothing twice."""
        until = time.monotonic() + SECONDS
        expected = sorted(
            sorted((tag, sorted(steps.items())) for tag, steps in scalars.items())
            for scalars in expected_scalars(study).values()
        )
        found = None
        while time.monotonic() < until:
            try:
                found = sorted(sorted(scalars.items()) for scalars in self.scalars().values())
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            if found == expected:
                return
            time.sleep(0.5)
        raise AssertionError(f"TensorBoard shows {found}, and not {expected}")

    def check_hparams(self, study):
        """The table of settings has a row for each run, with its scores."""
        experiment = self.ask_json("data/plugin/hparams/experiment", {"experimentName": ""})
        names = [info["name"] for info in experiment["hparamInfos"]]
        expected = {"network", "seed", "layers", "epochs", "batch_size", "loss", "optimizer.name",
                    "optimizer.learning_rate", "monitor", "patience", "normalise", "choose", "fit_images"}
        assert expected <= set(names), expected - set(names)
        statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
        columns = [{"hparam": name} for name in names]
        columns += [{"metric": info["name"]} for info in experiment["metricInfos"]]
        request = {"experimentName": "", "allowedStatuses": statuses, "colParams": columns,
                   "startIndex": 0, "sliceSize": 1000}
        groups = self.ask_json("data/plugin/hparams/session_groups", request)["sessionGroups"]
        rows = {}
        for group in groups:
            [session] = group["sessions"]
            metrics = {value["name"]["tag"]: value["value"] for value in session.get("metricValues", [])}
            hparams = group["hparams"]
            rows[hparams["network"], int(hparams["seed"])] = (session["status"], metrics, hparams)
        assert len(rows) == 6, rows.keys()
        for name, scalars in expected_scalars(study).items():
            status, metrics, _ = rows[name]
            if "test/accuracy" in scalars:
                [accuracy] = scalars["test/accuracy"].values()
                assert status == "STATUS_SUCCESS" and metrics["test/accuracy"] == accuracy, rows[name]
        assert rows["diverges", 1][0] == "STATUS_FAILURE", rows["diverges", 1]
        assert rows["conv / λ=0.001", 1][2]["optimizer.learning_rate"] == 0.05

    def check_images(self, study):
        """The images page has both images of each finished run."""
        tags = self.ask_json("data/plugin/images/tags")
        finished = [run for run, scalars in self.scalars().items() if "test/accuracy" in scalars]
        assert len(finished) == 4, finished
        for run in finished:
            for tag in ("confusion_matrix", "first_layer"):
                assert tag in tags[run], tags
                [image] = self.ask_json("data/plugin/images/images", run=run, tag=tag, sample=0)
                url = f"data/plugin/images/individualImage?{image['query']}"
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{url}", timeout=10) as answer:
                    assert answer.read(8) == b"\x89PNG\r\n\x1a\n"

    def take_pictures(self, directory):
        names = ("chromium", "chromium-browser", "google-chrome")
        chromium = next(filter(None, map(shutil.which, names)), None)
        assert chromium, "there is no Chromium"
        for page in ("timeseries", "scalars", "images", "hparams"):
            subprocess.run(
                [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1600,1200",
                 "--virtual-time-budget=20000", f"--screenshot={directory / page}.png",
                 f"http://127.0.0.1:{self.port}/#{page}"],
                check=True, capture_output=True, timeout=SECONDS)

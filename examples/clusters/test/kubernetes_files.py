"""Checks ../kubernetes: kubernetes_files.py

job.yaml against Kubernetes' schema and the rules that the schema does not have, and the Containerfile for files
that are not there. It does not replace a run in a cluster.
"""

import re
import sys
from pathlib import Path

import kubernetes_validate
import yaml

here = Path(__file__).resolve().parent.parent / "kubernetes"
root = here.parent.parent.parent
VERSIONS = ("1.33", kubernetes_validate.latest_version())
wrong = []


def check(holds: bool, words: str) -> None:
    if not holds:
        wrong.append(words)


def pods(job: dict) -> None:
    spec, name = job["spec"], job["metadata"]["name"]
    pod = spec["template"]["spec"]
    containers = {container["name"]: container for container in pod["containers"]}
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in containers.values():
        for mount in container["volumeMounts"]:
            check(mount["name"] in volumes, f"{name}: no volume {mount['name']}")
    check(pod["restartPolicy"] == "Never", f"{name}: a policy for failed pods needs restartPolicy Never")
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        container = rule.get("onExitCodes", {}).get("containerName")
        check(container is None or container in containers, f"{name}: no container {container}")
        check(rule["action"] != "FailIndex" or "backoffLimitPerIndex" in spec, f"{name}: FailIndex needs a limit per index")


documents = list(yaml.safe_load_all((here / "job.yaml").read_text()))
for document in documents:
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            wrong.append(f"{document['metadata']['name']}, Kubernetes {version}: {error.message}")
shares, report = [document for document in documents if document["kind"] == "Job"]
pods(shares)
pods(report)
words = shares["spec"]["template"]["spec"]["containers"][0]["args"]
last_words = report["spec"]["template"]["spec"]["containers"][0]["args"]
share = words.index("--share")
check(shares["spec"].get("completionMode") == "Indexed", "the shares need JOB_COMPLETION_INDEX")
check(words[share + 1] == f"auto/{shares['spec']['completions']}", "the number of shares is not that of the pods")
check(words[:share] + words[share + 2 :] == last_words, "the last job runs something else than the shares")
check(report["spec"]["suspend"] is True, "the last job would run beside the shares")

lines = (here / "Containerfile").read_text().replace("\\\n", "").splitlines()
for source in [name for line in lines if (copy := re.match(r"COPY (?!--from)(.*) \S+", line)) for name in copy[1].split()]:
    check((root / source).exists(), f"Containerfile: {source} is not there")

for words in wrong:
    print(words)
sys.exit(1 if wrong else 0)

# Chromium with the admin page open, driven by a test: reads step-N.json from a folder, answers in done-N.json.
import json
import sys
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

port, folder = sys.argv[1], Path(sys.argv[2])
base = f"http://127.0.0.1:{port}"
foreign, complaints = [], []


def perform(page, step):
    limit = step.get("seconds", 20) * 1000
    do, at = step["do"], step.get("at", "")
    if do == "open":
        page.goto(f"{base}/{at}")
    elif do == "see":
        expect(page.locator(at or "body")).to_contain_text(step["text"], timeout=limit, use_inner_text=True)
    elif do == "miss":
        expect(page.locator(at or "body")).not_to_contain_text(step["text"], timeout=limit, use_inner_text=True)
    elif do == "count":
        expect(page.locator(at)).to_have_count(int(step["text"]), timeout=limit)
    elif do == "fill":
        page.get_by_label(at, exact=step.get("exact", False)).fill(step["text"])
    elif do == "choose":
        page.get_by_label(at).select_option(step["text"])
    elif do == "click":
        page.get_by_role(step.get("role", "button"), name=at).first.click(timeout=limit)
    elif do == "accept":
        page.once("dialog", lambda dialog: dialog.accept())
    elif do == "tab":
        for _ in range(int(step["text"])):
            page.keyboard.press("Tab")
    elif do == "evaluate":
        return page.evaluate(at)
    else:
        raise ValueError(f"no step {do}")


with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("request", lambda request: request.url.startswith(f"{base}/") or foreign.append(request.url))
    page.on("console", lambda line: line.type in ("error", "warning") and complaints.append(line.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    number, waited = 1, 0.0
    while waited < 120:
        file = folder / f"step-{number}.json"
        if not file.exists():
            # Only so does the page's own traffic go on.
            page.wait_for_timeout(20)
            waited += 0.02
            continue
        waited = 0.0
        step = json.loads(file.read_text())
        if step["do"] == "end":
            print(json.dumps({"foreign": foreign, "complaints": complaints}))
            break
        answer = {"error": None, "value": None}
        try:
            value = perform(page, step)
            answer["value"] = None if value is None else str(value)
        except (Error, AssertionError, ValueError) as problem:
            text = page.locator("body").inner_text()
            answer["error"] = f"{step}: {str(problem).splitlines()[0]}; the page says: {text}"
        done = folder / f"done-{number}.tmp"
        done.write_text(json.dumps(answer))
        done.rename(folder / f"done-{number}.json")
        number += 1
    browser.close()

# Chromium with a page of the gateway open, driven by a test: reads step-N.json from a folder, answers in done-N.json.
import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect, sync_playwright

base, folder = sys.argv[1], Path(sys.argv[2])
own, foreign, complaints, logins, going = [f"{base}/"], [], [], {}, []


class MyApps(BaseHTTPRequestHandler):
    """The innovaphone client's own origin: its page frames the App's."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(Path(__file__).with_name("myapps.html").read_bytes())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), MyApps)
threading.Thread(target=server.serve_forever, daemon=True).start()
myapps = f"http://127.0.0.1:{server.server_port}/"


def open_in_myapps(page, url, password, scheme):
    def login(app, challenge):
        info = {"appobj": app, "appurl": url, "pbx": "pbx", "cn": "Ada Ünal", "groups": [], "apps": [{"name": "users"}]}
        told = {"app": url.split("/")[-1], "domain": "contoso.example", "sip": "ada", "guid": "1" * 32, "dn": "Ada Ünal"}
        parts = [*told.values(), json.dumps(info, separators=(",", ":"), ensure_ascii=False), challenge, password]
        digest = hashlib.sha256(":".join(parts).encode()).hexdigest()
        return {"mt": "Login", **told, "info": info, "digest": digest, "pbxObj": app, "key": "session-key"}

    def sent(text):
        if "session-key" in text:
            complaints.append("the session key was given away")

    own.append(myapps)
    page.on("websocket", lambda socket: socket.on("framesent", sent))
    logins["now"] = login
    page.goto(myapps + "?" + urlencode({"url": url, "name": "presence-gw", "scheme": scheme}))


wcag = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


tab_in_sight = """() => {
  const tab = document.querySelector("#nav [aria-current]")?.getBoundingClientRect();
  return !tab || (tab.left > -1 && tab.right < innerWidth + 1);
}"""


def judge(page):
    """What axe-core finds in the page as it is, light and dark, wide and narrow; and what does not fit."""
    found = []
    for scheme, width in (("light", 1200), ("dark", 1200), ("light", 360)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for frame in page.frames:
            if frame.url.startswith(base):
                report = Axe().run(frame, options=wcag)
                found += [f"{scheme}, {width} px: {report.generate_report()}"] if report.violations_count else []
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width} px: wider than the window")
        if not page.evaluate(tab_in_sight):
            found.append(f"{width} px: the current page is not in sight among the tabs")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.emulate_media(color_scheme="light")
    if found:
        raise ValueError("\n".join(found))


focused = """() => {
  const one = document.activeElement;
  // Between the last element and the first, the browser itself has it.
  if (one === document.body) return ["", true];
  const ring = getComputedStyle(one).outlineStyle !== "none" || one.tagName === "MAIN";
  return [one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText ?? one.innerText, ring];
}"""


def tab_to(page, name):
    for _ in range(80):
        page.keyboard.press("Tab")
        now, ring = page.evaluate(focused)
        if not ring:
            raise ValueError(f"nobody sees that {now} has the focus")
        if name in now:
            return
    raise ValueError(f"Tab does not come to {name}")


def perform(page, step):
    limit = step["seconds"] * 1000
    page.set_default_timeout(limit)
    inside = page.frame_locator("#app") if page.url.startswith(myapps) else page
    do, at = step["do"], step.get("at", "")
    if do == "myapps":
        open_in_myapps(page, at, step["text"], step["scheme"])
    elif do == "open":
        page.goto(f"{base}/{at}")
    elif do == "see":
        expect(inside.locator(at or "body")).to_contain_text(step["text"], timeout=limit, use_inner_text=True)
    elif do == "miss":
        expect(inside.locator(at or "body")).not_to_contain_text(step["text"], timeout=limit, use_inner_text=True)
    elif do == "count":
        expect(inside.locator(at)).to_have_count(int(step["text"]), timeout=limit)
    elif do == "fill":
        page.get_by_label(at, exact=step.get("exact") or False).fill(step["text"])
    elif do == "choose":
        page.get_by_label(at).select_option(step["text"])
    elif do == "click":
        page.get_by_role(step.get("role", "button"), name=at, exact=step.get("exact") or False).first.click()
    elif do == "slow":
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": int(step["text"]), "downloadThroughput": -1, "uploadThroughput": -1})
    elif do == "going":
        while (now := sum(at in request.url for request in going)) != int(step["text"]):
            if (limit := limit - 50) < 0:
                raise ValueError(f"{now} requests for {at} are under way")
            page.wait_for_timeout(50)
    elif do == "accept":
        page.once("dialog", lambda dialog: dialog.accept())
    elif do == "tab to":
        tab_to(page, at)
    elif do == "press":
        page.keyboard.press(at)
    elif do == "type":
        page.keyboard.type(step["text"])
    elif do == "focused":
        page.wait_for_function(f"name => ({focused})()[0].includes(name)", arg=at)
    elif do == "titled":
        expect(page).to_have_title(at, timeout=limit)
    elif do == "judge":
        judge(page)
    elif do == "evaluate":
        return page.evaluate(at)
    else:
        raise ValueError(f"no step {do}")


with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    # Whoever comes with a certificate shows it to the gateway.
    shown = [{"origin": base, "certPath": sys.argv[3], "keyPath": sys.argv[4]}] if len(sys.argv) > 3 else None
    page = browser.new_page(
        viewport={"width": 1200, "height": 900}, reduced_motion="reduce", ignore_https_errors=True, client_certificates=shown)
    page.expose_function("pbxLogin", lambda app, challenge: logins["now"](app, challenge))
    page.on("request", lambda request: request.url.startswith(tuple(own)) or foreign.append(request.url))
    page.on("request", lambda request: going.append(request))
    page.on("requestfinished", lambda request: request in going and going.remove(request))
    page.on("requestfailed", lambda request: request in going and going.remove(request))
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
            text = " ".join(frame.locator("body").inner_text() for frame in page.frames)
            answer["error"] = f"{step}: {str(problem).splitlines()[0]}; the page says: {text}; {complaints}"
        done = folder / f"done-{number}.tmp"
        done.write_text(json.dumps(answer))
        done.rename(folder / f"done-{number}.json")
        number += 1
    browser.close()

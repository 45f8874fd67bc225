"""Steps through pages of lab's in headless Chromium, as a class would.

    drive.py CHROMEDRIVER '{"page": FILE, "size": [W, H], "steps": [...]}'

Speaks WebDriver (https://www.w3.org/TR/webdriver2/) to a chromedriver that it
starts. Prints what each step gave as a line of JSON, and last what the console
said and which requests left the page.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

KEYS = {"Left": "\ue012", "Right": "\ue014", "Home": "\ue011", "End": "\ue010"}


class Browser:
    def __init__(self, driver, size, profile):
        self.driver = subprocess.Popen(
            [driver, "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = line.rsplit("on port", 1)[1].strip(" .\n")
                self.base = f"http://127.0.0.1:{port}"
                break
        arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
        ]
        wanted = {
            "browserName": "chrome",
            # In milliseconds: a busy machine takes its time.
            "timeouts": {"script": 120_000},
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self.ask(
            "POST", "/session", {"capabilities": {"alwaysMatch": wanted}}
        )
        self.session = f"/session/{answer['sessionId']}"
        # No window is as narrow as a telephone.
        width, height = size
        metrics = dict(width=width, height=height, deviceScaleFactor=1)
        command = "Emulation.setDeviceMetricsOverride"
        body = {"cmd": command, "params": {**metrics, "mobile": False}}
        self.do("POST", "/goog/cdp/execute", body)

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=150) as response:
            return json.load(response)["value"]

    def do(self, method, path, body=None):
        return self.ask(method, self.session + path, body)

    def script(self, text):
        body = {"script": text, "args": []}
        return self.do("POST", "/execute/sync", body)

    def press(self, keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions.append({"type": "keyDown", "value": value})
            actions.append({"type": "keyUp", "value": value})
        keyboard = {"type": "key", "id": "keys", "actions": actions}
        self.do("POST", "/actions", {"actions": [keyboard]})

    def mouse(self, selector, press):
        found = self.do(
            "POST", "/element", {"using": "css selector", "value": selector}
        )
        element = dict(found)
        actions = [{"type": "pointerMove", "origin": element, "x": 0, "y": 0}]
        if press:
            actions.append({"type": "pointerDown", "button": 0})
            actions.append({"type": "pointerUp", "button": 0})
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self.do("POST", "/actions", {"actions": [mouse]})

    def log(self, kind):
        return self.do("POST", "/se/log", {"type": kind})

    def close(self):
        try:
            self.do("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def requests(browser, page):
    """The addresses that were asked for, but for the page itself."""
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            # What the browser fetches for itself is not the page's.
            asks = message["params"]["documentURL"] == page
            url = message["params"]["request"]["url"]
            if asks and url != page:
                yield url


def path_of(url):
    """The file of an address, without the place in it."""
    parts = urllib.parse.urlsplit(url)
    return pathlib.Path(urllib.request.url2pathname(parts.path))


def main():
    driver, wanted = sys.argv[1], json.loads(sys.argv[2])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(driver, wanted["size"], profile)
        try:
            page = pathlib.Path(wanted["page"]).resolve().as_uri()
            browser.do("POST", "/url", {"url": page})
            for step in wanted["steps"]:
                (does, what), = step.items()
                given = None
                if does == "keys":
                    browser.press(what)
                elif does == "hover":
                    browser.mouse(what, press=False)
                elif does == "click":
                    browser.mouse(what, press=True)
                elif does == "script":
                    given = browser.script(what)
                elif does == "picture":
                    picture = browser.do("GET", "/screenshot")
                    pathlib.Path(what).write_bytes(base64.b64decode(picture))
                print(json.dumps(given))
            console = []
            for window in browser.do("GET", "/window/handles"):
                # What a window has said is told once the driver looks at it.
                browser.do("POST", "/window", {"handle": window})
                log = browser.log("browser")
                console += [entry["message"] for entry in log]
            left = list(requests(browser, page))
            print(json.dumps({"console": console, "requests": left}))
        finally:
            browser.close()


if __name__ == "__main__":
    main()

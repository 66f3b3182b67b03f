// Opens a page in headless Chromium at two widths and tells what a person would see of it, as JSON: what the console said, how many
// plots are there, what is cut off or lies on something else, and the table's cells.
//
//   node page.js PAGE.html [FOLDER]      with FOLDER, pictures of it: light, dark, and printed
//
// `CHROMIUM` names the browser. It is spoken to over a pipe, by the DevTools protocol.
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const WIDTHS = [1280, 390];

// What does not fit is told by its text.
function look() {
  const told = { plots: 0, hidden: [], cut: [], overlapping: [], cells: [] };
  const inside = (inner, outer) =>
    inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  for (const plot of document.querySelectorAll("svg")) {
    told.plots += 1;
    const name = plot.getAttribute("aria-label");
    const frame = plot.getBoundingClientRect();
    if (frame.width < 250 || frame.height < 100 || frame.left < 0 || frame.right > innerWidth) told.hidden.push(name);
    const texts = [...plot.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [index, [text, box]] of texts.entries()) {
      if (!inside(box, frame)) told.cut.push(`${name}: ${text}`);
      for (const [other, otherBox] of texts.slice(index + 1)) if (!apart(box, otherBox)) told.overlapping.push(`${name}: ${text} on ${other}`);
    }
  }
  for (const element of document.querySelectorAll("main *:not(svg):not(svg *)")) {
    const style = getComputedStyle(element);
    const scrolls = element.closest(".scroll");
    const wide = element.scrollWidth > element.clientWidth + 1 && style.display !== "inline" && element.clientWidth > 0;
    if (wide && !scrolls) told.cut.push(`${element.tagName}: ${element.textContent.slice(0, 60)}`);
    if (!scrolls && element.getBoundingClientRect().right > innerWidth + 1) told.cut.push(`${element.tagName} beyond the edge`);
  }
  if (document.documentElement.scrollWidth > innerWidth) told.cut.push("the page is wider than the window");
  for (const row of document.querySelectorAll("tbody tr")) told.cells.push([...row.querySelectorAll("td")].map((cell) => cell.innerText));
  return told;
}

class Browser {
  constructor() {
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), "orderwire-page-"));
    const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", `--user-data-dir=${this.profile}`];
    this.process = spawn(process.env.CHROMIUM || "chromium", options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.waiting = new Map();
    this.events = [];
    this.next = 1;
    let rest = "";
    this.process.stdio[4].on("data", (chunk) => {
      const messages = (rest + chunk).split("\0");
      rest = messages.pop();
      for (const message of messages.map((text) => JSON.parse(text))) {
        const answer = this.waiting.get(message.id);
        if (!answer) this.events.push(message);
        else if (message.error) answer.reject(new Error(JSON.stringify(message.error)));
        else answer.resolve(message.result);
      }
    });
  }

  send(method, params = {}) {
    const id = this.next++;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId: this.session }) + "\0");
    return answer;
  }

  async open(url, width) {
    this.session = undefined;
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    this.session = (await this.send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    this.events = [];
    for (const domain of ["Log", "Network", "Page", "Runtime"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
    await this.send("Page.navigate", { url });
    while (!this.events.some((event) => event.method === "Page.loadEventFired")) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async look() {
    const { result } = await this.send("Runtime.evaluate", { expression: `(${look})()`, returnByValue: true });
    const said = ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"];
    const asked = this.events.filter((event) => event.method === "Network.requestWillBeSent").map((event) => event.params.request.url);
    const network = asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"));
    return { ...result.value, console: this.events.filter((event) => said.includes(event.method)), network };
  }

  async picture(file, scheme) {
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
    fs.writeFileSync(file, Buffer.from(data, "base64"));
  }

  async end() {
    this.session = undefined;
    const ended = new Promise((resolve) => this.process.on("exit", resolve));
    await this.send("Browser.close");
    await ended;
    fs.rmSync(this.profile, { recursive: true, force: true });
  }
}

async function main() {
  const [, , page, folder] = process.argv;
  const browser = new Browser();
  const told = {};
  for (const width of WIDTHS) {
    await browser.open(pathToFileURL(path.resolve(page)).href, width);
    told[width] = await browser.look();
    if (folder) for (const scheme of ["light", "dark"]) await browser.picture(path.join(folder, `${width}-${scheme}.png`), scheme);
  }
  if (folder) {
    const { data } = await browser.send("Page.printToPDF", { printBackground: true });
    fs.writeFileSync(path.join(folder, "print.pdf"), Buffer.from(data, "base64"));
  }
  await browser.end();
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// Layer: real. The page holds a conversation in Debian's Chromium, with a WAV as microphone, against a real
// `tom serve`. Needs chromium, flite and sox; TOM_BIN names the server (default: target/release/tom).
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const binary = process.env.TOM_BIN ?? join(root, "target/release/tom");
const shots = process.env.TOM_SCREENSHOTS;
const folder = mkdtempSync(join(tmpdir(), "tom-page-"));
const results = [];

/** A microphone: seconds of silence and spoken phrases, 16 kHz, with silence at the end. */
function microphone(name, parts) {
  const files = parts.map((part, i) => {
    const file = join(folder, `${name}-${i}.wav`);
    if (typeof part === "number") {
      execFileSync("sox", ["-n", "-r", "16000", "-c", "1", "-b", "16", file, "trim", "0", String(part)]);
    } else {
      const raw = join(folder, `${name}-${i}-raw.wav`);
      execFileSync("flite", ["-voice", "slt", "-t", part, "-o", raw]);
      execFileSync("sox", [raw, "-r", "16000", "-c", "1", "-b", "16", file, "gain", "-n", "-3"]);
    }
    return file;
  });
  const all = join(folder, `${name}.wav`);
  execFileSync("sox", [...files, all]);
  return all;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function startServer() {
  const port = await freePort();
  const server = spawn(binary, ["serve", "--listen", `127.0.0.1:${port}`], {
    env: { ...process.env, TOM_SERVER__WEB_DIR: join(root, "web/dist") },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; tries < 100; tries++) {
    const ready = await fetch(`${url}readyz`).then((r) => r.ok, () => false);
    if (ready) return { url, stop: () => stop(server) };
    await new Promise((done) => setTimeout(done, 100));
  }
  server.kill("SIGKILL");
  throw new Error("tom serve was not ready within 10 s");
}

async function stop(server) {
  const gone = new Promise((done) => server.once("exit", done));
  server.kill("SIGTERM");
  setTimeout(() => server.kill("SIGKILL"), 15_000).unref();
  await gone;
}

async function withPage(mic, url, run) {
  const profile = mkdtempSync(join(folder, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    permissions: ["microphone"],
    viewport: { width: 1280, height: 860 },
    locale: "en-GB",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${mic}%noloop`,
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") problems.push(`request to ${hostname}`);
  });
  try {
    await page.goto(url);
    await run(page);
    assert.deepEqual(problems, [], "the page reported errors");
  } finally {
    await context.close();
  }
}

async function test(name, run) {
  const began = Date.now();
  try {
    await run();
    results.push(true);
    console.log(`ok   ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    results.push(false);
    console.log(`FAIL ${name}\n${error.stack ?? error}`);
  }
}

const seen = (page, selector, text, timeout = 25_000) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout });

const server = await startServer();

await test("a spoken question gets a spoken answer", async () => {
  const mic = microphone("question", [13, "what are your opening hours", 15]);
  await withPage(mic, server.url, async (page) => {
    await page.getByTestId("talk").click();
    await seen(page, ".bubble.agent", /AI assistant/i);
    await seen(page, '[data-testid="floor"]', "Speaking");
    // The agent is heard: the meter of its voice moves.
    await page.waitForFunction(() => Number(document.querySelector('[data-testid="meter-out"]')?.value) > 0.3);
    await seen(page, ".bubble.caller", /opening hours/i);
    await seen(page, ".bubble.agent", /open/i);
    await seen(page, '[data-testid="latency"]', /Voice to voice/);
    assert.ok(Number(await page.getByTestId("meter-in").getAttribute("value")) >= 0);
    if (shots) await page.screenshot({ path: join(shots, "talk.png") });
    await page.getByTestId("talk").click();
    await seen(page, '[data-testid="ended"]', /hung up|over/i);
  });
});

await test("a caller who speaks over the greeting takes the floor", async () => {
  const mic = microphone("interrupt", [2.5, "what are your opening hours please", 15]);
  await withPage(mic, server.url, async (page) => {
    await page.getByTestId("talk").click();
    await seen(page, ".mark", "interrupted");
    await seen(page, ".bubble.caller", /opening hours/i);
    if (shots) await page.screenshot({ path: join(shots, "interrupted.png") });
  });
});

await test("keys and the interrupt button work, in German too", async () => {
  const mic = microphone("silence", [60]);
  await withPage(mic, `${server.url}?lang=de`, async (page) => {
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    await page.getByTestId("talk").click();
    await seen(page, '[data-testid="floor"]', "Spricht");
    await page.getByTestId("interrupt").click();
    await seen(page, ".mark", "unterbrochen");
    await page.getByRole("button", { name: "1", exact: true }).click();
    await seen(page, '[data-testid="keys"]', "1");
    await page.locator(".bubble.agent").nth(1).waitFor({ timeout: 15_000 });
    if (shots) await page.screenshot({ path: join(shots, "german.png") });
  });
});

await test("a narrow screen shows everything without sideways scrolling", async () => {
  const mic = microphone("quiet", [5]);
  await withPage(mic, server.url, async (page) => {
    await page.setViewportSize({ width: 360, height: 740 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `the page is ${width} px wide`);
    if (shots) await page.screenshot({ path: join(shots, "narrow.png") });
  });
});

await server.stop();
rmSync(folder, { recursive: true, force: true });
const failed = results.filter((passed) => !passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

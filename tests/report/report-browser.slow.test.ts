// Pages that this program writes, in a real browser: from file://, at a phone's and a desk's width, light and dark, without a
// console message or a request. Needs Chromium; where there is none, every test is shown as skipped with that reason.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SweepDocument } from "../../worker/core/measure/sweep.ts";
import { freePort, PROGRAM, until } from "../support/worlds/program.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const chromium = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => (process.env["PATH"] ?? "").split(":").map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
const home = mkdtempSync(join(tmpdir(), "autotune-browser-"));
// Whoever wants to look at the pictures names a folder for them.
const pictures = process.env["MLX_AUTOTUNE_PICTURES"] ?? join(home, "pictures");
const SIZES = [360, 1200] as const;
const SCHEMES = ["light", "dark"] as const;

const pages: Record<string, string> = {};
let proxy: Server;
const requested: string[] = [];

function run(args: string[], stopAfter?: RegExp): Promise<{ code: number | null; stdout: string }> {
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", MLX_AUTOTUNE_TEST_SCOPE: home };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: home });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
  child.stderr.on("data", (part: Buffer) => {
    stderr += part.toString();
    if (stopAfter?.test(stderr) === true) child.kill("SIGINT");
  });
  return once(child, "close").then(([code]) => ({ code: code as number | null, stdout }));
}

async function tune(name: string, args: string[], stopAfter?: RegExp): Promise<number | null> {
  const port = String(await freePort());
  const { code } = await run(["run", "--provider", "simulated", "--port", port, "--seed", "5", ...args], stopAfter);
  pages[name] = (await run(["report"])).stdout.trim();
  return code;
}

async function sweep(): Promise<void> {
  const port = String(await freePort());
  const serve = ["simulated-provider", "serve", "--model", "t/Model-14B", "--port", port, "--max-batch", "4"];
  const provider = spawn(process.execPath, [PROGRAM, ...serve], { stdio: "ignore" });
  const healthy = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  await until("the endpoint", healthy);
  const args = [
    "--contexts",
    "300,600,1200,2000",
    "--concurrency",
    "1,2,4",
    "--decode-control",
    "--gate-ttft-ms",
    "220",
  ];
  const { stdout } = await run(["sweep", "--base-url", `http://127.0.0.1:${port}`, ...args, "--json"]);
  pages["sweep"] = (JSON.parse(stdout) as SweepDocument).report_path ?? "";
  const ended = once(provider, "close");
  provider.kill("SIGTERM");
  await ended;
}

/** Everything that the browser asks for goes here, and is written down. */
async function startProxy(): Promise<void> {
  proxy = createServer((request, response) => {
    requested.push(request.url ?? "");
    response.writeHead(404).end();
  });
  proxy.on("connect", (request, socket) => {
    requested.push(request.url ?? "");
    socket.end();
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
}

interface Shown {
  /** What the page said on its console; Chromium's own complaints about the machine are none. */
  console: string[];
  dom: string;
}

function show(page: string, width: number, scheme: (typeof SCHEMES)[number], extra: string[]): Shown {
  const { port } = proxy.address() as AddressInfo;
  const log = join(home, "chromium.log");
  rmSync(log, { force: true });
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--enable-logging",
    "--v=0",
    `--log-file=${log}`,
    `--user-data-dir=${join(home, "profile")}`,
    `--proxy-server=127.0.0.1:${port}`,
    `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
    `--window-size=${width},3600`,
    ...extra,
    `file://${page}`,
  ];
  const dom = execFileSync(chromium ?? "", flags, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  });
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  return { dom, console: lines.filter((line) => line.includes("CONSOLE")) };
}

/** Requests of a page, not of the browser's own services. */
const ofPages = () => requested.filter((address) => !/google|gvt1|chrome|mozilla/.test(address));

if (chromium === undefined) {
  test.skip("no Chromium on PATH: pages are not opened in a browser", () => undefined);
} else {
  describe("in Chromium", () => {
    beforeAll(async () => {
      mkdirSync(pictures, { recursive: true });
      await startProxy();
      expect(await tune("finished", ["--max-tokens", "64"])).toBe(0);
      expect(await tune("interrupted", ["--max-tokens", "64"], /· kv/)).toBe(130);
      expect(await tune("infeasible", ["--gate-ttft-ms", "1"])).toBe(3);
      await sweep();
    }, 240_000);

    afterAll(() => {
      proxy.close();
      removeFolder(home);
    });

    test.each(["finished", "interrupted", "infeasible", "sweep"])(
      "the page of %s opens without a console message or a request, and fits a phone",
      (name) => {
        const page = pages[name] ?? "";
        for (const width of SIZES)
          for (const scheme of SCHEMES) {
            const picture = resolve(pictures, `${name}-${width}-${scheme}.png`);
            const shown = show(page, width, scheme, [`--screenshot=${picture}`]);
            expect(shown.console).toEqual([]);
            expect(statSync(picture).size).toBeGreaterThan(10_000);
          }
        expect(ofPages()).toEqual([]);
      },
      120_000,
    );

    test("no page is wider than a phone", () => {
      // A copy without the policy measures itself in a frame: Chromium's own windows are never narrower than 500 px.
      const script = "<script>parent.postMessage(document.documentElement.scrollWidth, '*')</script>";
      const frame = (file: string) =>
        `<script>onmessage = (event) => (document.body.dataset.wide = event.data)</script><body><iframe src="file://${file}" style="border:0;width:360px;height:900px"></iframe>`;
      for (const [name, page] of Object.entries(pages)) {
        const text = readFileSync(page, "utf8").replace(/<meta\s+http-equiv="Content[^>]*>/, "");
        const copy = copyOf(name, text.replace("</body>", `${script}</body>`));
        const flags = ["--dump-dom", "--virtual-time-budget=3000"];
        const { dom } = show(copyOf(`${name}-frame`, frame(copy)), 1200, "light", flags);
        expect([name, /data-wide="(\d+)"/.exec(dom)?.[1]]).toEqual([name, "360"]);
      }
    });

    test("markup that got into a page runs nothing and loads nothing", () => {
      const evil =
        '<script>document.title = "ran"</script><img src="http://tracker.test/x.png" onerror="document.title = 1">';
      const text = readFileSync(pages["infeasible"] ?? "", "utf8").replace("</body>", `${evil}</body>`);
      const { dom } = show(copyOf("evil", text), 360, "light", ["--dump-dom"]);
      expect(dom).toContain("<title>No recipe: no_feasible</title>");
      expect(ofPages()).toEqual([]);
    });
  });
}

function copyOf(name: string, text: string): string {
  const copy = join(home, `copy-${name}.html`);
  writeFileSync(copy, text);
  return copy;
}

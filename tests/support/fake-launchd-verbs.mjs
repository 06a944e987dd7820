// What each launchctl verb does in the stand-in, and what it answers: the codes of real launchd (contract §5), made on purpose
// in the situations in which a Mac gives them. A verb returns { code, stdout?, stderr? }.
import { statSync } from "node:fs";
import { readFakePlist } from "./fake-plist.mjs";
import { FakeJob } from "./fake-launchd-job.mjs";
import { printDisabled, printDomain, printList, printService } from "./fake-launchd-print.mjs";

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ok = (stdout = "") => ({ code: 0, stdout });
const RICHER = "Try re-running the command as root for richer errors.\n";
const fails = (what, code, why) => ({ code, stderr: `${what} failed: ${code}: ${why}\n${code === 5 ? RICHER : ""}` });
const NO_SESSION = "Domain does not support specified action";

export const verbs = { print, bootout, bootstrap, enable, disable, kickstart, "print-disabled": disabledOf, list };

function print(world, caller, target) {
  const { domain, label } = split(target);
  if (!exists(world, domain)) return { code: 125, stderr: `Could not print domain: 125: ${NO_SESSION}\n` };
  if (label === null) return ok(printDomain(world, domain));
  const job = listed(world, domain, label);
  return job === null ? notFound(domain, label) : ok(printService(job));
}

async function bootout(world, caller, target) {
  const { domain, label } = split(target);
  if (!exists(world, domain)) return fails("Boot-out", 125, NO_SESSION);
  if (!mayChange(domain, caller)) return fails("Boot-out", 1, "Operation not permitted");
  const job = listed(world, domain, label);
  if (job === null) return fails("Boot-out", 3, "No such process");
  if (job.removing) return fails("Boot-out", 36, "Operation now in progress");
  job.removing = true;
  const stopped = job.stop().then(() => "stopped");
  void stopped.then(() => forget(world, job));
  // Recent ones answer at once, while the process has its exit timeout; older ones wait a while for its end.
  const { bootoutWaitMs } = world.settings();
  if (bootoutWaitMs === null) return ok();
  const first = await Promise.race([stopped, delay(bootoutWaitMs)]);
  return first === "stopped" ? ok() : fails("Boot-out", 36, "Operation now in progress");
}

/** The label vanishes from `print` first and can be loaded again only later. */
async function forget(world, job) {
  const { unlistMs, freeMs } = world.settings();
  world.changed();
  await delay(unlistMs);
  job.unlisted = true;
  world.changed();
  await delay(Math.max(0, freeMs - unlistMs));
  if (world.jobs.get(key(job)) === job) world.jobs.delete(key(job));
  world.changed();
}

function bootstrap(world, caller, domain, path) {
  if (!exists(world, domain)) return fails("Bootstrap", 125, NO_SESSION);
  if (!mayChange(domain, caller)) return fails("Bootstrap", 1, "Operation not permitted");
  const plist = read(path);
  if (plist === null) return fails("Bootstrap", 5, "Input/output error");
  if ((statSync(path).mode & 0o022) !== 0) return fails("Bootstrap", 122, "Path had bad ownership/permissions");
  const sessions = [plist.LimitLoadToSessionType ?? "Aqua"].flat();
  if (domain.startsWith("gui/") && !sessions.includes("Aqua"))
    return fails("Bootstrap", 134, "Service cannot load in requested session");
  if (world.disabled.has(`${domain}/${plist.Label}`)) return fails("Bootstrap", 119, "Service is disabled");
  const there = world.jobs.get(`${domain}/${plist.Label}`);
  if (there !== undefined && (there.unlisted || there.removing)) return fails("Bootstrap", 5, "Input/output error");
  if (there !== undefined) return fails("Bootstrap", 37, "Operation already in progress");
  const job = new FakeJob(world, domain, plist.Label, path, plist);
  world.jobs.set(key(job), job);
  job.loaded();
  world.changed();
  return ok();
}

function enable(world, caller, target) {
  world.disabled.delete(target);
  return ok();
}

function disable(world, caller, target) {
  world.disabled.add(target);
  return ok();
}

function kickstart(world, caller, ...words) {
  const { domain, label } = split(words.at(-1));
  const restart = words.some((word) => /^-\w*k/.test(word));
  if (!exists(world, domain)) return { code: 125, stderr: `Could not kickstart service: 125: ${NO_SESSION}\n` };
  if (!mayChange(domain, caller))
    return { code: 1, stderr: "Could not kickstart service: 1: Operation not permitted\n" };
  const job = listed(world, domain, label);
  if (job === null) return notFound(domain, label);
  const said = (code, why) => ({ code, stderr: `Could not kickstart service "${label}": ${code}: ${why}\n` });
  if (job.removing) return said(37, "Operation already in progress");
  if (job.pid === null) job.start();
  else if (!restart) return said(37, "Operation already in progress");
  else void job.stop().then(() => !job.removing && job.pid === null && job.start());
  return ok();
}

function disabledOf(world, caller, domain) {
  return ok(printDisabled(world, domain));
}

function list(world, caller) {
  return ok(printList(world, `gui/${caller.uid}`));
}

/** A domain is `system`, `user/<uid>` or, while that user is logged in, `gui/<uid>`. */
function exists(world, domain) {
  if (domain === "system" || /^user\/\d+$/.test(domain)) return true;
  return /^gui\/\d+$/.test(domain) && world.settings().guiSession;
}

function mayChange(domain, caller) {
  return domain !== "system" || caller.root;
}

function split(target) {
  const match = /^(system|(?:gui|user)\/\d+)(?:\/(.+))?$/.exec(target ?? "");
  return match === null ? { domain: "", label: null } : { domain: match[1], label: match[2] ?? null };
}

function listed(world, domain, label) {
  const job = world.jobs.get(`${domain}/${label}`);
  return job === undefined || job.unlisted ? null : job;
}

function notFound(domain, label) {
  const where = domain === "system" ? "system" : `user gui: ${domain.split("/")[1]}`;
  return { code: 113, stderr: `Bad request.\nCould not find service "${label}" in domain for ${where}\n` };
}

function read(path) {
  try {
    const plist = readFakePlist(path);
    return typeof plist.Label === "string" ? plist : null;
  } catch {
    return null; // launchd says no more than 5 to whatever is wrong with a plist
  }
}

function key(job) {
  return `${job.domain}/${job.label}`;
}

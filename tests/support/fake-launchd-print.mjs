// The texts that the launchd stand-in prints: laid out like the real ones, nested blocks with misleading lines included.

export function printService(job) {
  const argv = job.argv.map((word) => `\t\t${word}`).join("\n");
  return `${job.domain}/${job.label} = {
\tactive count = ${job.pid === null ? 0 : 1}
\tpath = ${job.plistPath}
\ttype = Launch${job.domain === "system" ? "Daemon" : "Agent"}
\tstate = ${job.state}

\tprogram = ${job.plist.Program ?? job.argv[0]}
\targuments = {
${argv}
\t}

\tinherited environment = {
\t\tSSH_AUTH_SOCK => /private/tmp/com.apple.launchd/Listeners
\t}

\tdefault environment = {
\t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin
\t}

\tenvironment = {
\t\tOSLogRateLimit => 64
\t\tXPC_SERVICE_NAME => ${job.label}
\t}

\tdomain = ${job.domain} [100005]
\tasid = 100005
\tminimum runtime = 10
\texit timeout = ${job.exitTimeoutS}
\truns = ${job.runs}
${job.pid === null ? "" : `\tpid = ${job.pid}\n\timmediate reason = semaphore\n`}${lastEnd(job)}
\tsemaphores = {
\t\tsuccessful exit => 0
\t}

\tevent triggers = {
\t\t${job.label} => {
\t\t\tkeepalive = 0
\t\t\tdescriptor = {
\t\t\t\t"Executable" => "${job.argv[0]}"
\t\t\t}
\t\t}
\t}

\tendpoints = {
\t\t"${job.label}.port" = {
\t\t\tport = 0x1a03
\t\t\tstate = active
\t\t\tpid = 1
\t\t}
\t}

\tresource coalition = {
\t\tID = 9275
\t\ttype = resource
\t\tstate = active
\t\tactive count = 1
\t\tname = ${job.label}
\t}

\tspawn type = daemon (3)
\tsubmitted job. ignore execute allowed
\tproperties = ${job.plist.KeepAlive === undefined ? "" : "keepalive | "}runatload | inferred program
}
`;
}

function lastEnd({ lastExit }) {
  if (lastExit === null) return "\tlast exit code = (never exited)\n";
  if (lastExit.signal !== null)
    return `\tlast terminating signal = ${lastExit.signal === "SIGKILL" ? "Killed: 9" : "Terminated: 15"}\n`;
  return `\tlast exit code = ${lastExit.code === 78 ? "78: EX_CONFIG" : lastExit.code}\n`;
}

export function printDomain(world, domain) {
  const services = jobsOf(world, domain).map(
    (job) => `\t\t${String(job.pid ?? 0).padStart(8)} ${status(job).padStart(6)} \t${job.label}`,
  );
  return `${domain} = {
\ttype = ${domain === "system" ? "system" : "login"}
\thandle = 100005
\tactive count = ${services.length}
\tcreator = loginwindow[170]

\tservices = {
\t\t       0      - \tcom.apple.mdworker.shared
\t\t       1      - \tapplication.com.apple.Terminal.1152921500311883022
${services.map((line) => `${line}\n`).join("")}\t}

\tunmanaged processes = {
\t\tcom.apple.xpc.launchd.unmanaged.loginwindow.170 = {
\t\t\tactive count = 3
\t\t}
\t}

\tdisabled services = {
\t}

\tproperties = gui | gui login
}
`;
}

export function printDisabled(world, domain) {
  const labels = [...world.disabled].filter((target) => target.startsWith(`${domain}/`));
  const lines = labels.map((target) => `\t"${target.slice(domain.length + 1)}" => disabled\n`);
  return `\tdisabled services = {\n${lines.join("")}\t}\n`;
}

export function printList(world, domain) {
  const rows = jobsOf(world, domain).map((job) => `${job.pid ?? "-"}\t${job.lastExit?.code ?? 0}\t${job.label}\n`);
  return `PID\tStatus\tLabel\n${rows.join("")}`;
}

function jobsOf(world, domain) {
  return [...world.jobs.values()].filter((job) => job.domain === domain && !job.unlisted);
}

function status(job) {
  return job.lastExit === null ? "-" : String(job.lastExit.code ?? -15);
}

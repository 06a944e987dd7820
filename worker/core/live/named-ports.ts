// Which ports a server's command line asks for. Source: contract §5; every server here calls it --port.

/** Ports that the command lines name, ascending. */
export function namedPorts(argvs: readonly (readonly string[])[]): number[] {
  const named = argvs.flatMap((argv) =>
    argv.map((arg, i) => (arg === "--port" ? argv[i + 1] : /^--port=(\d+)$/.exec(arg)?.[1])),
  );
  const ports = named.map(Number).filter((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  return [...new Set(ports)].sort((a, b) => a - b);
}

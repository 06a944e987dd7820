// File layers that fail: one call with an error, or from one call on for good, as if the process had been killed there.
import * as fs from "node:fs";
import type { FileLayer } from "../../../worker/platform/files/file-layer.ts";

export interface Failure {
  /** 0-based number of the call that fails. */
  at: number;
  /** `error`: this call alone, without effect. `error-after`: with its effect. `crash…`: this and every later call. `…-half`: half the bytes are written. */
  kind: "error" | "error-after" | "crash" | "crash-after" | "crash-half";
  code?: string;
}

export interface Traced {
  layer: FileLayer;
  /** Names of the calls made, in order. */
  calls: string[];
}

/** Wrap node:fs so that every call is counted and one fails. */
export function failingFiles(failure: Failure | null): Traced {
  const calls: string[] = [];
  const wrap =
    (name: string, call: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      const number = calls.push(name) - 1;
      if (failure === null || number < failure.at) return call(...args);
      const isCrash = failure.kind.startsWith("crash");
      if (number > failure.at && !isCrash) return call(...args);
      if (number === failure.at && failure.kind.endsWith("-after")) call(...args);
      if (number === failure.at && failure.kind === "crash-half" && name === "writeSync")
        fs.writeSync(args[0] as number, args[1] as Uint8Array, 0, Math.floor((args[1] as Uint8Array).length / 2));
      throw Object.assign(new Error(`${name} failed`), { code: failure.code ?? "EIO" });
    };
  const layer = new Proxy(fs, {
    get: (target, name: string) => wrap(name, target[name as keyof typeof fs] as (...args: unknown[]) => unknown),
  });
  return { layer, calls };
}

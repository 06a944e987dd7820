// LocalStorage, Cache and remembered form values: files in the support folder, so that they live across launches.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { spec } from "./environment.ts";

type Values = Record<string, string | number | boolean>;

/** Values in one file; every write replaces the file, so that another launch never reads half of it. */
export function storedValues<T = unknown>(name: string, folder = join(spec.supportPath, "com.raycast.host")) {
  const path = join(folder, `${name}.json`);
  const read = (): Record<string, T> => {
    try {
      return JSON.parse(readFileSync(path, "utf8")) as Record<string, T>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
  };
  const write = (values: Record<string, T>) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(values));
    renameSync(`${path}.${process.pid}`, path);
  };
  return { read, write, remove: () => rmSync(path, { force: true }) };
}

const local = storedValues<Values[string]>("local-storage");

export const LocalStorage = {
  allItems: () => Promise.resolve(local.read()),
  getItem: (key: string) => Promise.resolve(local.read()[key]),
  async setItem(key: string, value: unknown) {
    await Promise.resolve();
    if (!["string", "number", "boolean"].includes(typeof value))
      throw new Error(`LocalStorage holds strings, numbers and booleans, not ${typeof value} (${key})`);
    local.write({ ...local.read(), [key]: value as string });
  },
  async removeItem(key: string) {
    await Promise.resolve();
    const values = local.read();
    delete values[key];
    local.write(values);
  },
  clear: () => Promise.resolve(local.write({})),
};

type Subscriber = (key: string | undefined, data: string | undefined) => void;

/** Without eviction: what a test writes stays. */
export class Cache {
  static STORAGE_DIRECTORY_NAME = "com.raycast.api.cache";
  static DEFAULT_CAPACITY = 10 * 1024 * 1024;
  readonly #file: ReturnType<typeof storedValues<string>>;
  readonly #subscribers = new Set<Subscriber>();
  readonly storageDirectory: string;

  constructor(options: { namespace?: string; directory?: string; capacity?: number } = {}) {
    this.storageDirectory = join(options.directory ?? spec.supportPath, Cache.STORAGE_DIRECTORY_NAME);
    this.#file = storedValues<string>(options.namespace ?? "cache", this.storageDirectory);
  }

  get isEmpty() {
    return Object.keys(this.#file.read()).length === 0;
  }
  get(key: string) {
    return this.#file.read()[key];
  }
  has(key: string) {
    return this.get(key) !== undefined;
  }
  set(key: string, data: string) {
    this.#file.write({ ...this.#file.read(), [key]: data });
    this.#tell(key, data);
  }
  remove(key: string) {
    const { [key]: gone, ...rest } = this.#file.read();
    this.#file.write(rest);
    if (gone !== undefined) this.#tell(key, undefined);
    return gone !== undefined;
  }
  clear(options = { notifySubscribers: true }) {
    this.#file.write({});
    if (options.notifySubscribers) this.#tell(undefined, undefined);
  }
  subscribe(subscriber: Subscriber) {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }
  #tell(key: string | undefined, data: string | undefined) {
    for (const subscriber of this.#subscribers) subscriber(key, data);
  }
}

import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { openDatabase } from "../../worker/store/database.ts";
import { SCHEMA_VERSION } from "../../worker/core/runs/schema-version.ts";
import { openStore } from "../../worker/store/store.ts";
import { failure, tempFolder } from "../support/store/store-fixtures.ts";
import { endChildren, startChild } from "../support/store/store-process.ts";

const temp = tempFolder("database");
afterEach(endChildren);
afterAll(temp.remove);

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

const refusal = (path: string) => failure(() => openDatabase(path).close());

describe("a database that can be opened", () => {
  test("is private: folder 0700, file and sidecars 0600, also when they were open to others before", () => {
    const path = temp.path("private/deeper/a.sqlite");
    const db = openDatabase(path);
    expect([dirname(path), path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(["700", "600", "600", "600"]);
    db.close();

    const old = temp.path("open-to-others.sqlite");
    new Database(old).exec("CREATE TABLE other (a)").close();
    expect(modeOf(old)).not.toBe("600");
    openDatabase(old).close();
    expect(modeOf(old)).toBe("600");
  });

  test("keeps the mode of a folder that was there", () => {
    mkdirSync(temp.path("shared"), { mode: 0o755 });
    openDatabase(temp.path("shared/a.sqlite")).close();
    expect(modeOf(temp.path("shared"))).toBe("755");
  });

  test("is in WAL mode with the contract's settings", () => {
    const db = openDatabase(temp.path("settings.sqlite"));
    const settings = ["journal_mode", "synchronous", "busy_timeout", "foreign_keys", "wal_autocheckpoint"];
    expect(settings.map((name) => db.pragma(name, { simple: true }))).toEqual(["wal", 1, 5000, 1, 1000]);
    db.close();
  });

  test("leaves no sidecar behind when the last connection closes", () => {
    openDatabase(temp.path("alone/a.sqlite")).close();
    expect(readdirSync(temp.path("alone"))).toEqual(["a.sqlite"]);
  });

  test("may be an empty file", () => {
    writeFileSync(temp.path("empty.sqlite"), "");
    const db = openDatabase(temp.path("empty.sqlite"));
    expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
    db.close();
  });

  test("may be new to several processes at once", async () => {
    const path = temp.path("race/new.sqlite");
    const children = await Promise.all([1, 2, 3].map(() => startChild("open", path)));
    children.forEach((child) => child.tell());
    expect(await Promise.all(children.map((child) => child.said()))).toEqual(["opened", "opened", "opened"]);
    const store = openStore(path);
    expect(store.damage()).toBeNull();
    store.close();
  });
});

describe("a database that cannot be opened is a config_error with path and remedy", () => {
  test.each([
    ["a text file", (path: string) => writeFileSync(path, "hello, this is no database\n"), /not a SQLite database/],
    ["a folder", (path: string) => mkdirSync(path), /it is a folder/],
    ["below a file", (path: string) => writeFileSync(dirname(path), ""), /its folder cannot be created/],
  ])("%s", (name, make, why) => {
    const path = name === "below a file" ? temp.path("file/a.sqlite") : temp.path(`${name}.sqlite`);
    make(path);
    const before = existsSync(path) && statSync(path).isFile() ? hashOf(path) : null;
    const error = refusal(path);
    expect(error.code).toBe("config_error");
    expect(error.message).toContain(path);
    expect(error.message).toMatch(why);
    expect(error.remedy).toContain("--db-path");
    if (before !== null) expect(hashOf(path)).toBe(before);
  });

  test("damaged inside", () => {
    const path = temp.path("damaged.sqlite");
    const db = new Database(path);
    db.exec("CREATE TABLE tune_trials (id INTEGER PRIMARY KEY, model TEXT)");
    db.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 100, 4096); // header stays, the schema page does not
    writeFileSync(path, bytes);
    const error = refusal(path);
    expect(error.code).toBe("config_error");
    expect(error.message).toBe(`cannot open the database ${path}: it is damaged`);
    expect(error.remedy).toMatch(/Move the file away/);
  });

  test("a place where nothing can be created", () => {
    const error = refusal("/proc/no-such-folder/a.sqlite");
    expect(error.code).toBe("config_error");
    expect(error.message).toContain("/proc/no-such-folder/a.sqlite");
  });

  test("locked by another program for longer than the busy timeout", () => {
    const path = temp.path("locked.sqlite");
    const other = new Database(path);
    other.exec("CREATE TABLE other (a); BEGIN EXCLUSIVE");
    const error = refusal(path);
    other.close();
    expect(error.code).toBe("config_error");
    expect(error.message).toMatch(/another program holds it locked/);
  }, 30_000);
});

describe("a newer schema", () => {
  test("is refused and its file stays byte for byte and alone", () => {
    const path = temp.path("newer/a.sqlite");
    openDatabase(path).close();
    const newer = new Database(path);
    newer.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    const before = hashOf(path);
    const error = refusal(path);
    expect(error.code).toBe("config_error");
    expect(error.message).toMatch(`schema ${SCHEMA_VERSION + 1}`);
    expect(error.remedy).toMatch(/Update mlx-autotune/);
    expect(hashOf(path)).toBe(before);
    expect(readdirSync(temp.path("newer"))).toEqual(["a.sqlite"]);
  });

  test("that a dead program left in the WAL is refused too, file and WAL untouched", () => {
    const path = temp.path("newer-wal.sqlite");
    const live = openDatabase(path);
    live.pragma("wal_checkpoint(TRUNCATE)");
    live.pragma(`user_version = ${SCHEMA_VERSION + 5}`);
    const copy = temp.path("newer-wal-copy.sqlite");
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix);
    live.close();
    const before = [copy, `${copy}-wal`].map(hashOf);
    expect(refusal(copy).message).toMatch(`schema ${SCHEMA_VERSION + 5}`);
    expect([copy, `${copy}-wal`].map(hashOf)).toEqual(before);
  });
});

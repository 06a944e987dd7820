// Makes a component of its row in components.ts: checks what it is given, and hands elements in props down as slots.
import { createElement, isValidElement, type FunctionComponent, type ReactNode } from "react";
import { COMPONENTS, NOT_OFFERED, OWN_TITLES } from "./components.ts";
import { fault } from "./channel.ts";

type Props = Record<string, unknown>;

/** Not where React itself checks nothing: paints are measured there. */
const CHECKED = process.env["NODE_ENV"] !== "production";

/** An object that throws for a name it does not have, where JavaScript would go on with `undefined`. */
export function strict<T extends object>(name: string, target: T, known: string[] = []): T {
  return new Proxy(target, {
    get(object, key) {
      if (typeof key === "symbol" || key in object || IGNORED.has(key)) return Reflect.get(object, key) as unknown;
      const full = name === "" ? key : `${name}.${key}`;
      throw new Error(
        known.includes(key)
          ? `${full} is in @raycast/api, but the host in tests/raycast-host does not offer it`
          : `@raycast/api has no ${full}`,
      );
    },
  });
}

/** Read by React, by bundlers' interop, by `await` and by printing, on every object. */
const IGNORED = new Set(
  "$$typeof __esModule default then toJSON prototype name length displayName defaultProps propTypes contextType contextTypes childContextTypes getDerivedStateFromProps getDerivedStateFromError compare render type asymmetricMatch nodeType constructor".split(
    " ",
  ),
);

/** The component called `type` with its members (`List` with `List.Item` …). */
export function component(type: string, extra: Props = {}): FunctionComponent {
  const members = memberNames(type).map((name) => [name, component(`${type}.${name}`)]);
  const drawn = Object.assign((props: Props) => draw(type, props), Object.fromEntries(members), extra, {
    displayName: type,
  });
  const missing = NOT_OFFERED.filter((name) => name.startsWith(`${type}.`)).map((name) => name.slice(type.length + 1));
  return strict(type, drawn as FunctionComponent, missing);
}

function memberNames(type: string): string[] {
  return Object.keys(COMPONENTS)
    .filter((name) => name.startsWith(`${type}.`) && !name.slice(type.length + 1).includes("."))
    .map((name) => name.slice(type.length + 1));
}

function draw(type: string, props: Props): ReactNode {
  if (CHECKED) checkProps(type, props);
  const { children, ...own } = props;
  const slots = (COMPONENTS[type]?.slots ?? []).filter((name) => isFilled(own[name]));
  const held = slots.map((name) => createElement(`slot:${name}`, { key: `slot:${name}` }, own[name] as ReactNode));
  for (const name of slots) delete own[name];
  if (type in OWN_TITLES) own["title"] ??= OWN_TITLES[type];
  return createElement(type, own, ...held, children as ReactNode);
}

const isFilled = (value: unknown) => value !== undefined && value !== null && value !== false;

function checkProps(type: string, props: Props): void {
  const known = COMPONENTS[type];
  if (known === undefined) throw new Error(`components.ts has no row for ${type}`);
  for (const [name, value] of Object.entries(props)) {
    if (!known.props.includes(name)) fault(`<${type}> does not know the prop "${name}"`);
    else if (isValidElement(value) && !known.slots.includes(name) && name !== "children" && name !== "target")
      fault(`<${type}> was given an element as "${name}"`);
  }
  for (const name of known.required) if (props[name] === undefined) fault(`<${type}> needs the prop "${name}"`);
}

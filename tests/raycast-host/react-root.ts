// The React renderer of the host: keeps a tree of instances, checks who stands in whom, and tells of every commit.
import { createElement } from "react";
import createReconciler from "react-reconciler";
import { DefaultEventPriority, DiscreteEventPriority, NoEventPriority } from "react-reconciler/constants.js";
import { COMPONENTS } from "./api/components.ts";
import { fault } from "./api/channel.ts";
import { Navigation } from "./api/navigation.ts";
import { checkKeys, noteKeys } from "./keys.ts";

export interface Instance {
  id: number;
  type: string;
  props: Record<string, unknown>;
  children: Instance[];
  parent: Instance | null;
  hidden: boolean;
  /** What the user changed in it. */
  memory: Record<string, unknown>;
  /** What a ref to it gets. */
  handle: { focus: () => void; reset: () => void };
}

let instances = 0;
let priority: number = NoEventPriority;

export const root: Instance = newInstance("root", {});
let onCommit: () => void = () => undefined;

function newInstance(type: string, props: Record<string, unknown>): Instance {
  const instance: Instance = {
    ...{ id: ++instances, type, props: ownProps(props), children: [], parent: null, hidden: false, memory: {} },
    handle: {
      focus: () => void (instance.memory["focused"] = true),
      reset: () => void delete instance.memory["value"],
    },
  };
  return instance;
}

function ownProps({ children: _drawn, ...own }: Record<string, unknown>): Record<string, unknown> {
  return own;
}

function insert(parent: Instance, child: Instance, before?: Instance): void {
  detach(child);
  const at = before === undefined ? parent.children.length : parent.children.indexOf(before);
  parent.children.splice(at, 0, child);
  child.parent = parent;
  noteKeys(child);
}

function detach(child: Instance): void {
  if (child.parent === null) return;
  child.parent.children.splice(child.parent.children.indexOf(child), 1);
  child.parent = null;
}

function checkPlace(type: string, parent: string): void {
  const within = COMPONENTS[type]?.within;
  if (within !== undefined && !within.includes(parent))
    fault(`<${type}> stands in <${parent}>; it belongs in <${within.join("> or <")}>`);
}

const nothing = () => undefined;

// The types of react-reconciler 0.31 lack what React 19 asks for, so the configuration is typed loosely.
const config = {
  supportsMutation: true,
  supportsPersistence: false,
  supportsHydration: false,
  isPrimaryRenderer: true,
  supportsMicrotasks: true,
  warnsIfNotActing: false,
  noTimeout: -1,
  scheduleMicrotask: queueMicrotask,
  scheduleTimeout: setTimeout,
  cancelTimeout: clearTimeout,
  getRootHostContext: () => "root",
  getChildHostContext: (_parent: string, type: string) => type,
  createInstance(type: string, props: Record<string, unknown>, _root: Instance, parent: string) {
    checkPlace(type, parent);
    return newInstance(type, props);
  },
  createTextInstance(text: string, _root: Instance, parent: string) {
    fault(`the text ${JSON.stringify(text)} stands in <${parent}>, which draws no text`);
    return newInstance("text", { text });
  },
  appendInitialChild: insert,
  appendChild: insert,
  appendChildToContainer: insert,
  insertBefore: insert,
  insertInContainerBefore: insert,
  removeChild: (_parent: Instance, child: Instance) => detach(child),
  removeChildFromContainer: (_parent: Instance, child: Instance) => detach(child),
  clearContainer: (container: Instance) => void (container.children = []),
  commitUpdate(instance: Instance, _type: string, _old: object, props: Record<string, unknown>) {
    instance.props = ownProps(props);
    noteKeys(instance);
  },
  commitTextUpdate: (instance: Instance, _old: string, text: string) => void (instance.props = { text }),
  hideInstance: (instance: Instance) => void (instance.hidden = true),
  unhideInstance: (instance: Instance) => void (instance.hidden = false),
  hideTextInstance: nothing,
  unhideTextInstance: nothing,
  finalizeInitialChildren: () => false,
  shouldSetTextContent: () => false,
  getPublicInstance: (instance: Instance) => instance.handle,
  prepareForCommit: () => null,
  resetAfterCommit() {
    checkKeys();
    onCommit();
  },
  preparePortalMount: nothing,
  detachDeletedInstance: nothing,
  beforeActiveInstanceBlur: nothing,
  afterActiveInstanceBlur: nothing,
  getInstanceFromNode: () => null,
  getInstanceFromScope: () => null,
  prepareScopeUpdate: nothing,
  setCurrentUpdatePriority: (next: number) => void (priority = next),
  getCurrentUpdatePriority: () => priority,
  resolveUpdatePriority: () => (priority === NoEventPriority ? DefaultEventPriority : priority),
  resolveEventType: () => null,
  resolveEventTimeStamp: () => -1.1,
  trackSchedulerEvent: nothing,
  shouldAttemptEagerTransition: () => false,
  requestPostPaintCallback: nothing,
  maySuspendCommit: () => false,
  preloadInstance: () => true,
  startSuspendingCommit: nothing,
  suspendInstance: nothing,
  waitForCommitToBeReady: () => null,
  resetFormInstance: nothing,
  NotPendingTransition: null,
  HostTransitionContext: { $$typeof: Symbol.for("react.context"), _currentValue: null, _currentValue2: null },
  bindToConsole: (method: "log" | "warn" | "error", args: unknown[]) => console[method].bind(console, ...args),
};

interface Reconciler {
  createContainer(...args: unknown[]): unknown;
  updateContainer(...args: unknown[]): void;
  updateContainerSync(...args: unknown[]): void;
  flushSyncWork(): void;
  flushPassiveEffects(): void;
}

const reconciler = (createReconciler as unknown as (config: object) => Reconciler)(config);
let container: unknown;

/** Begin to draw the navigation stack; `committed` runs after every commit. */
export function mount(committed: () => void): void {
  onCommit = committed;
  const uncaught = (error: unknown, info: { componentStack?: string }) =>
    fault(`while rendering: ${stackOf(error)}${info.componentStack ?? ""}`);
  const caught = (error: unknown) => console.warn(`caught by an error boundary: ${stackOf(error)}`);
  container = reconciler.createContainer(root, 1, null, false, null, "host", uncaught, caught, uncaught, null);
  reconciler.updateContainer(createElement(Navigation), container, null, null);
}

export function unmount(): void {
  reconciler.updateContainerSync(null, container, null, null);
  reconciler.flushSyncWork();
  reconciler.flushPassiveEffects();
}

/** Run a handler as React runs those of a click: what it sets is drawn in the same microtask. */
export function asUser<T>(handler: () => T): T {
  const before = priority;
  priority = DiscreteEventPriority;
  try {
    return handler();
  } finally {
    priority = before;
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

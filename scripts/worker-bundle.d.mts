import type { BuildOptions, Plugin } from "esbuild";

export const BANNER: string;
export function bundleOptions(version: string): BuildOptions;
export const chartingApart: Plugin;

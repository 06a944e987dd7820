/// <reference types="@raycast/api">

/* 🚧 🚧 🚧
 * This file is auto-generated from the extension's manifest.
 * Do not modify manually. Instead, update the `package.json` file.
 * 🚧 🚧 🚧 */

/* eslint-disable @typescript-eslint/ban-types */

type ExtensionPreferences = {
  /** Provider Program - macprovider-cli, malibu-cli or mlx_lm.server. Left empty, the usual places are searched. */
  "providerBinary"?: string,
  /** Model Cache - Folder that holds models--…, as HF_HUB_CACHE names it. Left empty, the live provider's, else ~/.cache/huggingface/hub. Raycast does not read your shell's profile. */
  "modelCache"?: string,
  /** Database - File in which runs are stored; a relative path starts in your home folder. Left empty: ~/.config/mlx-autotune/autotune.sqlite, shared with the command line. */
  "databasePath"?: string,
  /** Node - Node 22 or newer, which runs the worker. Left empty, Raycast's own and the usual places are searched. */
  "nodeBinary"?: string
}

/** Preferences accessible in all the extension's commands */
declare type Preferences = ExtensionPreferences

declare namespace Preferences {
  /** Preferences accessible in the `find-best-recipe` command */
  export type FindBestRecipe = ExtensionPreferences & {}
  /** Preferences accessible in the `tuning-runs` command */
  export type TuningRuns = ExtensionPreferences & {}
  /** Preferences accessible in the `current-recipe` command */
  export type CurrentRecipe = ExtensionPreferences & {}
  /** Preferences accessible in the `apply-latest-recipe` command */
  export type ApplyLatestRecipe = ExtensionPreferences & {}
  /** Preferences accessible in the `revert-recipe` command */
  export type RevertRecipe = ExtensionPreferences & {}
  /** Preferences accessible in the `cancel-tuning` command */
  export type CancelTuning = ExtensionPreferences & {}
  /** Preferences accessible in the `autotune-status` command */
  export type AutotuneStatus = ExtensionPreferences & {
  /** Menu Bar - Stand in the menu bar only while a run is active or something needs you. */
  "hideWhileIdle": boolean
}
  /** Preferences accessible in the `autotune-doctor` command */
  export type AutotuneDoctor = ExtensionPreferences & {}
}

declare namespace Arguments {
  /** Arguments passed to the `find-best-recipe` command */
  export type FindBestRecipe = {}
  /** Arguments passed to the `tuning-runs` command */
  export type TuningRuns = {}
  /** Arguments passed to the `current-recipe` command */
  export type CurrentRecipe = {}
  /** Arguments passed to the `apply-latest-recipe` command */
  export type ApplyLatestRecipe = {}
  /** Arguments passed to the `revert-recipe` command */
  export type RevertRecipe = {}
  /** Arguments passed to the `cancel-tuning` command */
  export type CancelTuning = {}
  /** Arguments passed to the `autotune-status` command */
  export type AutotuneStatus = {}
  /** Arguments passed to the `autotune-doctor` command */
  export type AutotuneDoctor = {}
}


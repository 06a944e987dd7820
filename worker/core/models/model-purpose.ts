// Whether a model that nobody named may be a candidate: only what is made to write text. Embedders, rerankers and speech models
// often have a language model's architecture; their files, their card or their name tell. Pure and forgiving: no evidence = yes.
// Source: contract §4 (default candidates); sentence-transformers' file names, the Hub's pipeline tags.
import { generatesText } from "./model-config.ts";

export interface ModelTraces {
  id: string;
  config: unknown;
  /** Names of its files. */
  names: readonly string[];
  /** Beginning of its README.md; empty without one. */
  card: string;
}

/** Files that only sentence-transformers writes, for embedders and rerankers. */
const EMBEDDER_FILE = /^(modules\.json|config_sentence_transformers\.json|sentence_\w+_config\.json|1_\w+)$/;
/** Tasks of the Hub in which a model answers in text. */
const WRITING_TASKS =
  /^(text-generation|text2text-generation|conversational|.*-text-to-text|any-to-any|summarization|question-answering|visual-question-answering|document-question-answering|translation)$/;
const OTHER_NAME =
  /(^|[-_/. ])(embed(d(ing|ings|er))?|[a-z]*embed(ding)?|re-?rank(er|ing)?|reward|retriev(er|al)|colbert|bge|gte|e5|whisper|tts|asr|stt)(?=$|[-_/. ])/i;

/** @returns what the model is made for instead of writing text, as the end of a sentence; null if it may be tried unasked */
export function otherPurpose({ id, config, names, card }: ModelTraces): string | null {
  if (!generatesText(config)) return "its config.json names no architecture that writes text";
  const file = names.find((name) => EMBEDDER_FILE.test(name));
  if (file !== undefined) return `${file} says that it is made for embeddings or ranking`;
  const task = cardValue(card, "pipeline_tag");
  if (task !== null && !WRITING_TASKS.test(task)) return `its card says that it is made for ${task}`;
  if (cardValue(card, "library_name") === "sentence-transformers")
    return "its card says that it is made for embeddings";
  const word = OTHER_NAME.exec(id)?.[2];
  return word === undefined ? null : `"${word}" in its name says that it does not write text`;
}

/** Value of a key in the YAML block that a card begins with. */
function cardValue(card: string, key: string): string | null {
  const head = /^\uFEFF?---\r?\n/.test(card) ? card.split(/\r?\n---/)[0] : "";
  const line = head?.split(/\r?\n/).find((one) => one.startsWith(`${key}:`));
  return (
    line
      ?.slice(key.length + 1)
      .replace(/["']/g, "")
      .trim() || null
  );
}

// Which Hub is asked, and with which token: from the variables and the token file that huggingface_hub reads as well. Unlike there, the
// file's token, which is one of the public Hub, is never sent to another HF_ENDPOINT: that has tokens of its own. Pure.
// Source: contract §6; huggingface_hub's constants and _auth.

export interface HubAccess {
  /** Without a slash at its end. */
  endpoint: string;
  /** Host of the endpoint, for texts. */
  host: string;
  /** False for another HF_ENDPOINT. */
  isPublic: boolean;
  /** Sent to `endpoint` only; null if there is none. Never put into a text. */
  token: string | null;
}

const PUBLIC_ENDPOINT = "https://huggingface.co";
const PUBLIC_HOSTS = ["huggingface.co", "www.huggingface.co", "hf.co"];

/**
 * @param fileToken content of the token file; null if there is none
 * @returns a sentence that does not repeat a value, where a variable cannot be used
 */
export function hubAccess(env: NodeJS.ProcessEnv, fileToken: string | null): HubAccess | string {
  const endpoint = (env["HF_ENDPOINT"] || PUBLIC_ENDPOINT).trim().replace(/\/+$/, "");
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    return "HF_ENDPOINT is not a plain http(s) address; mend or unset it";
  const isPublic = url.protocol === "https:" && PUBLIC_HOSTS.includes(url.hostname);
  const given = cleaned(env["HF_TOKEN"]) ?? cleaned(env["HUGGING_FACE_HUB_TOKEN"]);
  if (given !== null && isPublic && !given.startsWith("hf_"))
    return 'HF_TOKEN does not begin with "hf_"; mend or unset it';
  if (given !== null && !/^[\x21-\x7e]+$/.test(given))
    return "HF_TOKEN has characters that no token has; mend or unset it";
  const stored = isPublic ? cleaned(fileToken ?? undefined) : null;
  const usable = stored !== null && /^[\x21-\x7e]+$/.test(stored) ? stored : null;
  const token = isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) ? null : (given ?? usable);
  return { endpoint, host: url.host, isPublic, token };
}

/** Spaces and line ends come with copying. */
function cleaned(token: string | undefined): string | null {
  return token?.replace(/[\r\n]/g, "").trim() || null;
}

/** As huggingface_hub reads a switch. */
export function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}

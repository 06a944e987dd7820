// What an HTTP answer other than 200 is called in a reason, and its words alone where the status stands beside them. Pure.

/** @param words of the server; "" gives the status alone */
export const httpReason = (status: number, words: string): string => `${httpHead(status)}${words}`;

/** The server's words in a reason that `httpReason` made for this status; any other reason as it is. */
export function httpWords(reason: string, status: number | null): string {
  const head = status === null ? "" : httpHead(status);
  return reason.startsWith(head) ? reason.slice(head.length) : reason;
}

const httpHead = (status: number): string => `HTTP ${status}: `;

// Cutting a shell command line into its simple commands and their words: enough to see which programs it runs.
// Nothing is expanded; "$HOME/bin/x" keeps its text. Source: contract §5 (agents started through a shell).

/** Words of each simple command, in order; quotes and backslashes resolved, comments and empty commands left out. */
export function simpleCommands(text: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (const token of text.matchAll(TOKEN)) {
    const [all] = token;
    if (/^[;&|()\n]$/.test(all)) endCommand();
    else if (/^\s+$/.test(all)) endWord();
    else if (all !== "\\\n" && !(all.startsWith("#") && word === null)) word = (word ?? "") + unquoted(all);
  }
  endCommand();
  return commands;
}

const TOKEN =
  /'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[;&|()\n]|[^\S\n]+|(?<![^\s;&|()])#[^\n]*|[^\s'"\\;&|()]+|['"\\]/g;

function unquoted(token: string): string {
  if (token.length >= 2 && token.startsWith("'")) return token.slice(1, -1);
  if (token.length >= 2 && token.startsWith('"')) return token.slice(1, -1).replaceAll(/\\([\\"$`\n])/g, "$1");
  return token.startsWith("\\") ? token.slice(1).replace("\n", "") : token;
}

/**
 * One word as a person can paste it into a shell.
 * @returns the word itself where it needs no quoting
 */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command as a person can paste it into a POSIX shell. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}

// Reading what macOS keeps of a process's start (sysctl KERN_PROCARGS2): arguments and environment, word by word.
// Source: sysctl(3); its layout: a 32-bit count, the program's path, NULs, the arguments, the environment, an empty string.

export interface ProcArgs {
  argv: string[];
  /** {} where the system hides it. */
  env: Record<string, string>;
}

/**
 * @param bytes as the kernel gives them, little-endian
 * @returns null if they do not hold as many arguments as they count
 */
export function parseProcArgs(bytes: Uint8Array): ProcArgs | null {
  if (bytes.length < 8) return null;
  const count = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  let at = bytes.indexOf(0, 4);
  while (at >= 0 && at < bytes.length && bytes[at] === 0) at++;
  if (count < 1 || at < 0) return null;
  const strings: string[] = [];
  for (; at < bytes.length; at++) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    strings.push(new TextDecoder().decode(bytes.subarray(at, end)));
    if (end === at && strings.length > count) break;
    at = end;
  }
  if (strings.length < count) return null;
  return { argv: strings.slice(0, count), env: Object.fromEntries(strings.slice(count).flatMap(variable)) };
}

function variable(text: string): [string, string][] {
  const at = text.indexOf("=");
  return at < 1 ? [] : [[text.slice(0, at), text.slice(at + 1)]];
}

/**
 * What to run to get them of a pid (its argument): Perl, which every Mac has, can make the system call (202 is __sysctl; 1, 49
 * are CTL_KERN, KERN_PROCARGS2). The buffer is as large as arguments may be, 1 MiB.
 */
export const PROCARGS_PERL = [
  "my $name = pack('i3', 1, 49, shift);",
  'my $text = "\\0" x 1048576;',
  "my $size = pack('Q', length $text);",
  "exit 1 if syscall(202, $name, 3, $text, $size, 0, 0) != 0;",
  "binmode STDOUT; print substr($text, 0, unpack('Q', $size));",
].join(" ");

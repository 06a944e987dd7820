// Preloaded into a program under test: its wall clock jumps an hour ahead after one second and two hours back after the next,
// as NTP or a user may do. The monotonic clock goes on.
const RealDate = Date;
const HOUR_MS = 3_600_000;

function now() {
  const seconds = performance.now() / 1000;
  return RealDate.now() + (seconds > 2 ? -HOUR_MS : seconds > 1 ? HOUR_MS : 0);
}

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts));
  }

  static now() {
    return now();
  }
};

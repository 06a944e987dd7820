#!/bin/bash
# Stand-in for launchctl: hands its arguments to the resident fake-launchd.mjs of FAKE_LAUNCHD_DIR and repeats the answer.
# FAKE_LAUNCHD_ROOT=1 makes the caller root, who alone may change the system domain.
# A shell script because tests call it hundreds of times: it starts in 3 ms, Node in 50.
# Sent: uid, root or user, number of words, one word a line. Answered: lines marked o (stdout) or e (stderr), then c<code>.
root=user
[ "${FAKE_LAUNCHD_ROOT:-}" = 1 ] && root=root
if ! { read -r port <"$FAKE_LAUNCHD_DIR/port" && exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then
  echo "fake launchctl: no launchd in ${FAKE_LAUNCHD_DIR:-(unset)}" >&2
  exit 71
fi
printf '%s\n' "$UID" "$root" "$#" "$@" >&3
while IFS= read -r line <&3; do
  case "$line" in
    o*) printf '%s\n' "${line#o}" ;;
    e*) printf '%s\n' "${line#e}" >&2 ;;
    c*) exit "${line#c}" ;;
  esac
done
exit 71

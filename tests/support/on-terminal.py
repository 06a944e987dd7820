# Runs a program on a terminal of its own for tests: on-terminal.py COLUMNS PROGRAM ARGUMENT...
# What the program draws goes to stdout as it is. Bytes on stdin are typed; the end of stdin closes the terminal, as closing its
# window does. Ends with the program's code.
import fcntl, os, pty, select, struct, sys, termios

columns, argv = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0))
watched = [terminal, 0]
while terminal in watched:
    for ready in select.select(watched, [], [])[0]:
        try:
            data = os.read(ready, 65536)
        except OSError:  # Linux says EIO where the program's side is closed
            data = b""
        if ready == terminal and data:
            os.write(1, data)
        elif ready == 0 and data:
            os.write(terminal, data)
        else:
            watched = []
            break
os.close(terminal)
status = os.waitpid(pid, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) & 255)

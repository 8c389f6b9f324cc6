"""kill -9 at named points and at random, judged where people read: `python -m bench.faults`.

__main__.py   options, and the report as the last line
drive.py      says what people say, kills the programme, waits until all is quiet
child.py      the programme, forked anew for each life, that kills itself at a named point
scenario.py   what is said to it, and what it then does: chats, notices, reminders, moves
judge.py      what the emulators accepted, held against what was said
"""

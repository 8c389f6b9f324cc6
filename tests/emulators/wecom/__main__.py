"""python -m tests.emulators.wecom --port 8082 --callback http://127.0.0.1:8080/wecom/callback"""

import argparse
import asyncio
import signal
import sys

from tests.emulators.wecom.emulator import AGENT_ID, CORP_ID, KEYS, SECRET, WeComEmulator


async def serve(port: int, callback: str) -> None:
    """Prints its address and what a bot must know, then runs until it is interrupted."""
    stopped = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stopped.set)
    async with WeComEmulator(port=port) as emulator:
        emulator.callback_url = callback
        known = f"corp {CORP_ID}, agent {AGENT_ID}, secret {SECRET}"
        sys.stdout.write(f"{emulator.base_url}\n{known}\n")
        sys.stdout.write(f"token {KEYS.token}, EncodingAESKey {KEYS.aes_key}\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.emulators.wecom", description=__doc__)
    parser.add_argument("--port", type=int, default=8082, help="0 takes any free port")
    parser.add_argument("--callback", default="", help="the bot's address; none is asked")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.callback))


if __name__ == "__main__":
    main()

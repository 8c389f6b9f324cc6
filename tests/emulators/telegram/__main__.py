"""python -m tests.emulators.telegram --port 8081 --token 123456:TEST"""

import argparse
import asyncio
import signal
import sys

from tests.emulators.telegram.emulator import TelegramEmulator


async def serve(token: str, port: int) -> None:
    """Prints its address, then runs until it is interrupted or terminated."""
    stopped = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stopped.set)
    async with TelegramEmulator(token, port) as emulator:
        sys.stdout.write(f"{emulator.address}\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.emulators.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="0 takes any free port")
    parser.add_argument("--token", default="123456:TEST")
    options = parser.parse_args()
    asyncio.run(serve(options.token, options.port))


if __name__ == "__main__":
    main()

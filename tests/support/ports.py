"""A port of loopback for a server that is started later, or never: nobody else is given it meanwhile."""

import os
import socket


class Port:
    """`number` is taken until `free`: no other program is given it, and connecting to it is refused, until the one that
    is told of it listens there. It may stop and start as often as it likes."""

    def __init__(self) -> None:
        # Bound without listening: Linux gives the port to nobody who asks for any, and to whoever asks for this one.
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        self.number: int = held.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.number}"
        self._held: int | None = held.detach()

    def free(self) -> None:
        """Lets it go."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

"""What is no HTTP at all is answered too, in the one shape of every error and with a request id."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.api.errors import problem_of
from services.api.parameters import Malformed
from services.core.ids import new_id


class Protocol(HttpToolsProtocol):
    """The server's own, but for the answer to what it cannot read."""

    def send_400_response(self, msg: str) -> None:
        """`msg` is the server's word on it, which says nothing that a client could use."""
        request_id = new_id("req")
        problem = problem_of(Malformed("This is not an HTTP request that can be read."), request_id)
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            "content-type: application/json\r\n"
            f"content-length: {len(problem.body)}\r\n"
            f"request-id: {request_id}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + problem.body)
        self.transport.close()

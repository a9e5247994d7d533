"""Request bodies: JSON by name, bounded while they stream in, replayed to whoever reads next."""

from starlette.requests import Request
from starlette.types import Message, Receive

from app.kit.strict_json import DocumentTooLarge
from app.web.problems import ContentTypeNotJson

SMALL = 64 * 1024  # bytes; every body but a footprint file is a handful of words


def expect_json(request: Request) -> None:
    """Refuse a body that does not call itself JSON in UTF-8; raises `ContentTypeNotJson`."""
    given = request.headers.get("content-type", "")
    media, *parameters = (part.strip().lower() for part in given.split(";"))
    if media != "application/json" or any(
        part.replace('"', "") not in {"", "charset=utf-8"} for part in parameters
    ):
        raise ContentTypeNotJson(given)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body; raises `DocumentTooLarge` as soon as it is known to be beyond `limit`."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise DocumentTooLarge(int(announced[:20]), limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:  # a chunked body announces nothing
            raise DocumentTooLarge(len(body), limit)
    return bytes(body)


def replayed(body: bytes) -> Receive:
    """Return a channel that delivers a body which was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

# The protocol as another implementation writes it: postcard, Ed25519, envelopes, the admin socket.
#
# Nothing here is shared with the product. Needs `websockets` and `cryptography` (or `pynacl`).

import base64, hashlib, http.client, json, os, socket, struct, time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

try:
    from cryptography.hazmat.primitives.asymmetric import ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def make_key(seed):
        key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), key.sign

    def verifies(public, signature, message):
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            return True
        except Exception:
            return False
except ImportError:
    from nacl.signing import SigningKey, VerifyKey

    def make_key(seed):
        key = SigningKey(seed)
        return bytes(key.verify_key), lambda message: key.sign(message).signature

    def verifies(public, signature, message):
        try:
            VerifyKey(public).verify(message, signature)
            return True
        except Exception:
            return False

SIGNING_CONTEXT = b"aura-change-set/1"
KINDS = ["put", "delete"]
UNITS = ["function", "method", "type", "constant", "imports", "opaque"]


# Postcard: little-endian base-128 numbers, lengths before bytes, one byte before an option.

def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    return number((value << 1 ^ value >> 63) & (1 << 64) - 1)


def counted(data):
    data = data.encode() if isinstance(data, str) else data
    return number(len(data)) + data


def option(value):
    return b"\0" if value is None else b"\1" + value


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("the bytes end early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self):
        raw = self.number()
        return (raw >> 1) ^ -(raw & 1)

    def counted(self):
        return self.take(self.number())

    def option(self, read):
        return read() if self.take(1) == b"\1" else None

    def list(self, read):
        return [read() for _ in range(self.number())]


def change(function, text, path="lib/a.py", name="a::f", kind="put", base=0, base_aura=None,
           aura="auto", unit="function", ordinal=0, parent=None):
    if aura == "auto":
        aura = None if text is None else hashlib.sha256(b"unit" + text).digest()
    return dict(function=function, kind=kind, unit=unit, path=path, name=name, ordinal=ordinal,
                base=base, base_aura=base_aura, aura=aura, text=text, tail=None,
                placement=(parent, None, None))


def encode_change(c):
    text = None if c["text"] is None else counted(c["text"]) + option(
        None if c["tail"] is None else counted(c["tail"]))
    return b"".join([
        c["function"], number(KINDS.index(c["kind"])), number(UNITS.index(c["unit"])),
        counted(c["path"]), counted(c["name"]), number(c["ordinal"]), number(c["base"]),
        option(c["base_aura"]), option(c["aura"]), option(text),
        *[option(p) for p in c["placement"]]])


def decode_change(r):
    c = dict(function=r.take(16), kind=KINDS[r.number()], unit=UNITS[r.number()],
             path=r.counted().decode(), name=r.counted().decode(), ordinal=r.number(),
             base=r.number(), base_aura=r.option(lambda: r.take(32)),
             aura=r.option(lambda: r.take(32)), text=None, tail=None)
    text = r.option(lambda: (r.counted(), r.option(r.counted)))
    if text is not None:
        c["text"], c["tail"] = text
    c["placement"] = tuple(r.option(lambda: r.take(16)) for _ in range(3))
    return c


def encode_set(changes, repository, branch="main", commit="", made_at=0, set_id=None,
               language="python", grammar=bytes(32), version=1):
    return b"".join([
        number(version), set_id or os.urandom(16), counted(repository), counted(branch),
        counted(commit), counted(language), grammar, signed(made_at), number(len(changes)),
        *map(encode_change, changes)])


def decode_set(data):
    r = Reader(data)
    assert r.number() == 1, "format version"
    s = dict(id=r.take(16), repository=r.counted().decode(), branch=r.counted().decode(),
             commit=r.counted().decode(), language=r.counted().decode(), grammar=r.take(32),
             made_at=r.signed())
    s["changes"] = r.list(lambda: decode_change(r))
    assert r.at == len(data), "bytes after the last field"
    return s


def decode_delivery(data):
    r = Reader(data)

    def delivered():
        device, signature, payload = r.take(32), r.take(64), r.counted()
        assert verifies(device, signature, SIGNING_CONTEXT + payload), "a delivery's signature"
        received = r.signed()
        places = r.list(lambda: (r.number(), r.number(), r.number()))
        return dict(device=device, received=received, places=places, set=decode_set(payload))

    delivery = dict(after=r.number(), through=r.number(), sets=r.list(delivered))
    assert r.at == len(data), "bytes after the last field"
    return delivery


class Device:
    def __init__(self, user):
        self.user = user
        self.id, self.sign = make_key(os.urandom(32))

    def pack(self, payload, count, signature=None, device=None):
        signature = signature or self.sign(SIGNING_CONTEXT + payload)
        return pack((device or self.id) + signature + counted(payload), count)


def pack(data, count):
    return dict(data=base64.b64encode(data).decode(), count=count,
                digest=hashlib.sha256(data).hexdigest())


def envelope(kind, number=1, v=1, **fields):
    return json.dumps(dict(v=v, type=kind, id=number, **fields))


class Ship:
    """A running Mothership, seen from outside."""

    def __init__(self, home, port):
        self.home, self.port = home, port

    def admin(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(self.home + "/run/mothership.sock")
            s.sendall(json.dumps(dict(command=command, arguments=arguments)).encode() + b"\n")
            line = s.makefile().readline()
        reply = json.loads(line)
        assert reply.get("failure") is None, line
        return json.loads(reply["value"])

    def token(self, device, room):
        return self.admin("token", room=room, device=device.id.hex(), user=device.user)

    def http(self, method, path, headers={}):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            c.request(method, path, headers=headers)
            answer = c.getresponse()
            return answer.status, answer.read().decode()
        finally:
            c.close()

    def metric(self, name):
        page = self.http("GET", "/metrics")[1]
        values = [line.rsplit(" ", 1)[1] for line in page.splitlines()
                  if line.startswith("aura_" + name)]
        return sum(float(v) for v in values)

    def resident(self):
        """Bytes of memory the process holds."""
        with open("/proc/%d/statm" % self.admin("status")["pid"]) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def healthy(self):
        status, body = self.http("GET", "/health")
        return status == 200 and json.loads(body)["status"] == "ok"

    def open(self, room, **options):
        return connect("ws://127.0.0.1:%d/ws/%s" % (self.port, room), max_size=None,
                       compression=None, open_timeout=20, close_timeout=2, ping_interval=None,
                       **options)

    def tcp(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        s.settimeout(40)
        return s

    def upgraded(self, room, receive_buffer=None):
        """A socket after the handshake, for frames no library would send."""
        s = socket.socket()
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.settimeout(40)
        s.connect(("127.0.0.1", self.port))
        s.sendall(upgrade_request("/ws/" + room))
        return s, read_head(s)


def upgrade_request(path, more=""):
    return ("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
            % (path, more)).encode()


def read_head(s):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = s.recv(1)
        if not byte:
            break
        head += byte
    return head.decode()


def frame(opcode, data, fin=True, masked=True, rsv=0):
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mask = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([mask | len(data)])
    elif len(data) < 1 << 16:
        head += bytes([mask | 126]) + struct.pack(">H", len(data))
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", len(data))
    # The zero mask leaves the data as it is.
    return head + (bytes(4) if masked else b"") + data


def read_frame(s):
    def exactly(count):
        data = b""
        while len(data) < count:
            more = s.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    first, second = exactly(2)
    length = second & 0x7F
    if length == 126:
        length = struct.unpack(">H", exactly(2))[0]
    elif length == 127:
        length = struct.unpack(">Q", exactly(8))[0]
    return first & 0x0F, exactly(length)


class Peer:
    """A device with an open socket."""

    def __init__(self, ship, room, device, branch="main", frontier=None, join=True, token=None):
        self.ship, self.room, self.device, self.branch = ship, room, device, branch
        self.socket, self.next, self.seen = ship.open(room), 1, []
        self.frontier, self.welcome = frontier, None
        if join:
            token = token or ship.token(device, room)["token"]
            self.send("hello", **hello(device, room, token, branch, frontier))
            self.welcome = self.wait("welcome")

    def send(self, kind, **fields):
        self.next += 1
        self.socket.send(envelope(kind, self.next, **fields))
        return self.next

    def read(self, limit=30):
        message = json.loads(self.socket.recv(timeout=limit))
        if message["type"] == "ping":
            self.send("pong", value=message["value"])
        return message

    def wait(self, kind, limit=30, also=lambda m: True):
        end = time.monotonic() + limit
        while True:
            message = self.read(max(0.01, end - time.monotonic()))
            if message["type"] == kind and also(message):
                return message

    def push(self, changes, **options):
        payload = encode_set(changes, self.room, **{"branch": self.branch, **options})
        self.send("pack", **self.device.pack(payload, len(changes)))
        return self.wait("pack-ack")

    def delivery(self, limit=30):
        message = self.wait("pack", limit)
        data = base64.b64decode(message["data"], validate=True)
        assert hashlib.sha256(data).hexdigest() == message["digest"], "a pack's digest"
        delivery = decode_delivery(data)
        self.send("pack-ack", value=delivery["through"])
        return delivery

    def refusal(self, limit=30):
        """The first error notice, then the close code if the socket ends."""
        notice = None
        try:
            while True:
                message = self.read(limit)
                if message["type"] == "error":
                    notice = message
                    if not message["closing"]:
                        return notice, None
                elif message["type"] == "pack-ack" and message["rejected"]:
                    return message["rejected"][0], None
        except ConnectionClosed as closed:
            return notice, closed.rcvd.code if closed.rcvd else 1006

    def close(self):
        try:
            self.socket.close()
        except ConnectionClosed:
            pass


def hello(device, room, token=None, branch="main", frontier=None, changed=()):
    fields = dict(version=1, device=device.id.hex(), user=device.user + "@python", room=room,
                  branch=branch, commit="", filterDigest=bytes(32).hex(), agentVersion="python")
    if token is not None:
        fields["token"] = token
    if frontier is not None:
        fields["frontier"] = frontier
    fields.update(changed)
    return fields


def until(what, condition, limit=30):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, what + " did not happen"
        time.sleep(0.02)

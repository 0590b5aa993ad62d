"""TDS sessions made up for the comparison: log-ins of TDS 7.1, 7.2 and 7.4, batches, RPC, errors, TLS inside PRELOGIN, and the SQL Server browser."""
import struct


def wide(text):
    return text.encode("utf-16-le")


def packets(kind, payload, most=4096):
    """The packets of one message."""
    parts = [payload[at:at + most] for at in range(0, len(payload), most)] or [b""]
    return b"".join(struct.pack(">BBHHBB", kind, n == len(parts), 8 + len(part), 51 if kind == 4 else 0, n % 256, 0) + part
                    for n, part in enumerate(parts, 1))


def prelogin(version, encryption, instance=b"MSSQLServer\0", server=False):
    options = [(0, struct.pack(">BBHH", *version)), (1, bytes([encryption])), (2, b"\0" if server else instance), (3, b"" if server else b"\0\0\1\2"),
               (4, b"\0")]
    at, head, body = 5 * len(options) + 1, b"", b""
    for token, value in options:
        head += struct.pack(">BHH", token, at + len(body), len(value))
        body += value
    return head + b"\xff" + body


def login(version, number, password="secret", database="plant"):
    texts = [f"WS-{number}", f"op{number}", password, "SCADA client", f"sql{number}", "", "ODBC", "us_english", database]
    at, table, body = 94, b"", b""
    for n, text in enumerate(texts):
        octets = wide(text)
        if n == 2:
            octets = bytes(((each << 4 | each >> 4) & 0xFF) ^ 0xA5 for each in octets)
        table += struct.pack("<HH", at + len(body), len(text))
        body += octets
    end = at + len(body)
    table += bytes(6) + struct.pack("<HHHHHHI", end, 0, end, 0, end, 0, 0)
    fixed = struct.pack("<IIIIIBBBBII", version, 4096, 0x07000000, 1000 + number, 0, 0xE0, 3, 0, 0, 0, 0x409)
    return struct.pack("<I", 94 + len(body)) + fixed + table + body


def notice(token, number, severity, text, server, procedure, old):
    body = struct.pack("<IBBH", number, 1, severity, len(text)) + wide(text) + bytes([len(server)]) + wide(server)
    body += bytes([len(procedure)]) + wide(procedure) + (struct.pack("<H", 7) if old else struct.pack("<I", 7))
    return bytes([token]) + struct.pack("<H", len(body)) + body


def change(kind, new, old):
    body = bytes([kind, len(new)]) + wide(new) + bytes([len(old)]) + wide(old)
    return b"\xe3" + struct.pack("<H", len(body)) + body


def acknowledge(version, build):
    program = "Microsoft SQL Server\0\0"
    body = b"\1" + struct.pack(">I", version) + bytes([len(program)]) + wide(program) + struct.pack(">BBH", 15, 0, build)
    return b"\xad" + struct.pack("<H", len(body)) + body


def done(kind, status, command, rows, old):
    return bytes([kind]) + struct.pack("<HHI" if old else "<HHQ", status, command, rows)


HEADERS = struct.pack("<IIHQI", 22, 18, 2, 0, 1)
STATEMENTS = ["SELECT * FROM dbo.Breakers", "INSERT INTO Log VALUES (1)", "UPDATE [dbo].[Points] SET v = 1", "DELETE FROM Alarms", "DROP TABLE Trend",
              "EXEC sp_who", "EXEC master..xp_cmdshell 'whoami'", "SELECT 1"]


def session(number, version):
    """(message, from the client) of one connection."""
    old = version >> 24 < 0x72
    headers = b"" if old else HEADERS
    yield packets(18, prelogin((9, 0, number, 0), 2)), True
    yield packets(4, prelogin((15, 0, 2000 + number, 0), 2, server=True)), False
    yield packets(16, login(version, number)), True
    if number % 4 == 3:
        yield packets(4, notice(0xAA, 18456, 14, f"Login failed for user 'op{number}'.", "SQL1", "", old) + done(0xFD, 2, 0, 0, old)), False
        return
    yield packets(4, change(1, "plant", "master") + notice(0xAB, 5701, 0, "Changed database context to 'plant'.", "SQL1", "", old)
                  + change(2, "us_english", "") + acknowledge(version if old else (0x72090002, 0x74000004)[version >> 24 == 0x74], 2000 + number)
                  + change(4, "4096", "4096") + done(0xFD, 0, 0, 0, old)), False
    for n, text in enumerate(STATEMENTS):
        yield packets(1, headers + wide(text)), True
        if n % 3 == 2:
            yield packets(4, notice(0xAA, (208, 229, 102)[number % 3], 16, "No.", "SQL1", "", old) + done(0xFD, 2, 0xFD, 0, old)), False
        else:
            yield packets(4, done(0xFD, 0x10, 0xC1, n * 7, old)), False
    if not old:
        yield packets(3, headers + struct.pack("<HHH", 0xFFFF, 12, 0) + b"\0\0\x26\4\4" + struct.pack("<I", number)), True
        yield packets(4, b"\x79" + struct.pack("<I", number) + done(0xFE, 0, 0xE0, 0, old)), False
        yield packets(3, headers + struct.pack("<H", 7) + wide("sp_help") + struct.pack("<H", 0)), True
        yield packets(4, b"\x79" + struct.pack("<I", 0) + done(0xFE, 0, 0xE0, 0, old)), False
    yield packets(6, b""), True
    yield packets(4, done(0xFD, 0x20, 0xFD, 0, old)), False


def sessions():
    made_up = {}
    for number in range(8):
        for version in (0x71000001, 0x72090002, 0x74000004):
            made_up[f"tds.{version >> 24:x}.{number}"] = (1433, session(number, version))
    return made_up
